import { join } from 'node:path'
import { freePorts } from '../../test/light/server-process.ts'
import { startChild } from './child.ts'
import type { Target } from './target.ts'

/** A node:http handler that does nothing but send files that it has in memory. */
export function bareStatic(folder: string): Target {
  return {
    name: 'bare node:http',
    missing: () => undefined,
    async start() {
      const [httpPort = 0] = await freePorts(1)
      const ports = { rtmpPort: 0, httpPort }
      const program = join(import.meta.dirname, 'bare-static-program.ts')
      const args = ['--disable-warning=ExperimentalWarning', program, JSON.stringify({ port: httpPort, folder })]
      const child = await startChild(process.execPath, args, ports, async () => {})
      return { ...ports, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
    },
  }
}
