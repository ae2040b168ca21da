import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../test/light/server-process.ts'
import { startChild } from './child.ts'
import type { Running } from './target.ts'

const MODULE = 'ngx_rtmp_module.so'
const MODULES = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/share/nginx/modules']
const PROGRAMS = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx']

export const nginxProgram = (): string | undefined => PROGRAMS.find((path) => existsSync(path))
export const rtmpModule = (): string | undefined =>
  MODULES.map((folder) => join(folder, MODULE)).find((path) => existsSync(path))

export type NginxOptions = {
  readonly rtmp: boolean
  /** What stands in the file, given the ports and a folder of its own. */
  readonly config: (ports: { readonly rtmpPort: number; readonly httpPort: number }, folder: string) => string
}

/** One worker, nothing written into logs. */
export async function startNginx({ rtmp, config }: NginxOptions): Promise<Running> {
  const program = nginxProgram()
  if (program === undefined) throw new Error('there is no nginx')
  const folder = await mkdtemp(join(tmpdir(), 'bench-nginx-'))
  const [first = 0, second = 0] = await freePorts(2)
  const ports = rtmp ? { rtmpPort: first, httpPort: 0 } : { rtmpPort: 0, httpPort: second }
  const file = join(folder, 'nginx.conf')
  const head = [
    rtmp ? `load_module ${rtmpModule()};` : '',
    // Its worker must read and write below the temporary folder.
    process.getuid?.() === 0 ? 'user root;' : '',
    'daemon off;',
    'worker_processes 1;',
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/error.log error;`,
    'events { worker_connections 16384; }',
  ]
  await writeFile(file, `${head.join('\n')}\n${config(ports, folder)}\n`)
  const clean = () => rm(folder, { recursive: true, force: true })
  const child = await startChild(program, ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], ports, clean)
  return { ...ports, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}
