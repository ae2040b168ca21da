import { join } from 'node:path'
import { freePorts } from '../../test/light/server-process.ts'
import { startChild } from './child.ts'
import type { Target } from './target.ts'

/** A node:http handler that does nothing but hold requests and let them go. */
export function bareHttp(playlist: string, everyMs: number): Target {
  return {
    name: 'bare node:http',
    missing: () => undefined,
    async start() {
      const [httpPort = 0] = await freePorts(1)
      const ports = { rtmpPort: 0, httpPort }
      const options = JSON.stringify({ port: httpPort, everyMs, playlist })
      const program = join(import.meta.dirname, 'bare-program.ts')
      const args = ['--disable-warning=ExperimentalWarning', program, options]
      const child = await startChild(process.execPath, args, ports, async () => {})
      return { ...ports, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
    },
  }
}
