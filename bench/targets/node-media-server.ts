import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, ROOT } from '../../test/light/server-process.ts'
import { startChild } from './child.ts'
import type { Target } from './target.ts'

const PROGRAM = join(ROOT, 'node_modules/node-media-server/bin/app.js')

/** The npm package of that name under the same Node as ours. It makes no HLS. */
export const nodeMediaServer: Target = {
  name: 'node-media-server',
  missing: () => (existsSync(PROGRAM) ? undefined : 'node-media-server is not installed'),
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'bench-nms-'))
    const [rtmpPort = 0, httpPort = 0] = await freePorts(2)
    const file = join(folder, 'config.json')
    const users: readonly object[] = []
    await writeFile(
      file,
      JSON.stringify({
        bind: '127.0.0.1',
        notify: { url: '' },
        store: { path: join(folder, 'data'), maxHistory: 100 },
        auth: { play: false, publish: false, secret: 'bench', jwt: { secret: 'bench', users } },
        rtmp: { port: rtmpPort },
        http: { port: httpPort },
        webadmin: { enable: false },
        record: { auto: false, path: join(folder, 'record') },
      }),
    )
    const ports = { rtmpPort, httpPort }
    const child = await startChild(process.execPath, [PROGRAM, '-c', file], ports, () =>
      rm(folder, { recursive: true, force: true }),
    )
    return { ...ports, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
  },
}
