import { join } from 'node:path'
import { freePorts } from '../../test/light/server-process.ts'
import { startChild } from './child.ts'
import type { Target } from './target.ts'

/** A chat that is nothing but `ws.send` to each. */
export function bareChat(): Target {
  return {
    name: 'bare ws.send',
    missing: () => undefined,
    async start() {
      const [httpPort = 0] = await freePorts(1)
      const ports = { rtmpPort: 0, httpPort }
      const program = join(import.meta.dirname, 'bare-chat-program.ts')
      const args = ['--disable-warning=ExperimentalWarning', program, JSON.stringify({ port: httpPort })]
      const child = await startChild(process.execPath, args, ports, async () => {})
      return { ...ports, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
    },
  }
}
