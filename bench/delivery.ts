import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Bench, Measure } from './measure/frame.ts'
import { type LeftBehind, leaveBroadcast } from './measure/held-broadcast.ts'
import { LoadProcess } from './measure/load-process.ts'
import { cpuMs } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'
import { bareStatic } from './targets/bare-static.ts'
import { nginxStatic } from './targets/nginx-static.ts'
import { ours } from './targets/ours.ts'
import { startAll } from './targets/start-all.ts'
import type { Running } from './targets/target.ts'

const CONNECTIONS = 32

/** Processor time of sending media and playlists, beside nginx and a bare `node:http` handler that send the same bytes. */
export const measure: Measure = {
  name: 'delivery',
  about: 'segments, parts and compressed playlists, beside nginx and a bare handler with the same files',
  minutes: 3,
  rounds: 5,
  seconds: 3,
  async run(bench) {
    const files = await mkdtemp(join(tmpdir(), 'bench-files-'))
    await using parts = new AsyncDisposableStack()
    parts.defer(() => rm(files, { recursive: true, force: true }))
    const targets = [
      ours({ packaging: 'always', profile: 'low', graceSeconds: 3600 }),
      nginxStatic(files),
      bareStatic(files),
    ]
    const running = parts.use(await startAll(bench, targets))
    const [first] = running.all
    if (first === undefined) return
    const left = await leaveBroadcast(bench, first[1])
    const bytes = await copyTo(files, first[1], left)
    const kinds = [
      { name: 'segments', paths: left.segments, gzip: false },
      { name: 'parts', paths: left.parts, gzip: false },
      { name: 'gzipped playlists', paths: [left.playlist], gzip: true },
    ]
    for (const { name, paths, gzip } of bench.short ? kinds.slice(-1) : kinds) {
      const turns = running.all.map(([target, server]) => ({
        name: target.name,
        sample: () => sample(bench, server, paths, gzip),
      }))
      const rounds = await interleave(bench, turns)
      const bounds = { nginx: { atMost: 1.6 }, 'bare node:http': { atMost: 1.15 } }
      const size = paths.reduce((sum, path) => sum + (bytes.get(path) ?? 0), 0) / paths.length
      const more = { 'bytes each': Math.round(size) }
      for (const each of compare(rounds, 'perRequest', { name, unit: 'µs CPU per request' }, bounds, more))
        bench.tell(each)
      if (name !== 'segments') continue
      for (const each of compare(rounds, 'perGb', { name: 'segments, by bytes', unit: 's CPU per GB' }))
        bench.tell(each)
    }
  },
}

/** Puts what ours has into files of the same names, playlists also compressed. @returns sizes by path, as they are sent */
export async function copyTo(folder: string, server: Running, left: LeftBehind): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const path of [...left.segments, ...left.parts, left.playlist]) {
    const answer = await fetch(`http://127.0.0.1:${server.httpPort}${path}`)
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
    const body = Buffer.from(await answer.arrayBuffer())
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, body)
    sizes.set(path, body.byteLength)
    if (path !== left.playlist) continue
    const gzipped = gzipSync(body, { level: 5 })
    await writeFile(`${file}.gz`, gzipped)
    sizes.set(path, gzipped.byteLength)
  }
  return sizes
}

async function sample(bench: Bench, server: Running, paths: readonly string[], gzip: boolean): Promise<Sample> {
  const options = { port: server.httpPort, connections: CONNECTIONS, paths, gzip, warmUpMs: bench.short ? 50 : 700 }
  await using load = await LoadProcess.start('fetch', options)
  await load.begin()
  const before = cpuMs(server.pid)
  await sleep(bench.seconds * 1000)
  const { requests = 0, bytes = 0, failed = 0 } = await load.end()
  const cpu = cpuMs(server.pid) - before
  if (failed > 0) throw new Error(`${failed} requests failed`)
  return { perRequest: (cpu * 1000) / requests, perGb: cpu / 1000 / (bytes / 1e9) }
}
