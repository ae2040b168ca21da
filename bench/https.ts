import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeSelfSigned } from '../src/tls/self-signed.ts'
import { until } from '../test/light/server-process.ts'
import { copyTo } from './delivery.ts'
import { spread } from './measure/figures.ts'
import type { Bench, Measure } from './measure/frame.ts'
import { leaveBroadcast } from './measure/held-broadcast.ts'
import { LoadProcess } from './measure/load-process.ts'
import { cpuMs, residentBytes } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'
import { nginxTls } from './targets/nginx-tls.ts'
import { ours } from './targets/ours.ts'
import { startAll } from './targets/start-all.ts'
import type { Running } from './targets/target.ts'

const CONNECTIONS = 32
/** Two pictures a second make parts of half a second: two releases a second. */
const PUBLISHER = { publishers: 1, prefix: 'held', framesPerSecond: 2, silent: true, frameBytes: 2000 }
const PLAYLIST = '/live/held-0/source.m3u8'

/** What browsers use on a real site: TLS and HTTP/2. */
export const measure: Measure = {
  name: 'https',
  about:
    'parts and compressed playlists by TLS and HTTP/2, beside nginx with the same; 2,000 reloads held, and their memory',
  minutes: 4,
  rounds: 5,
  seconds: 3,
  async run(bench) {
    await delivery(bench)
    await held(bench)
  },
}

async function delivery(bench: Bench): Promise<void> {
  const files = await mkdtemp(join(tmpdir(), 'bench-files-'))
  await using parts = new AsyncDisposableStack()
  parts.defer(() => rm(files, { recursive: true, force: true }))
  const certificate = await makeSelfSigned(['localhost'])
  const targets = [
    ours({ packaging: 'always', profile: 'low', graceSeconds: 3600, https: true }),
    ...(bench.short ? [] : [nginxTls(files, certificate)]),
  ]
  const running = parts.use(await startAll(bench, targets))
  const [first] = running.all
  if (first === undefined) return
  const left = await leaveBroadcast(bench, first[1])
  await copyTo(files, first[1], left)
  for (const { name, paths, gzip } of [
    { name: 'parts', paths: left.parts, gzip: false },
    { name: 'gzipped playlists', paths: [left.playlist], gzip: true },
  ]) {
    const turns = running.all.map(([target, server]) => ({
      name: target.name,
      sample: () => fetched(bench, server, paths, gzip),
    }))
    const rounds = await interleave(bench, turns)
    const bounds = { nginx: { atMost: 1.5 } }
    for (const each of compare(rounds, 'perRequest', { name, unit: 'µs CPU per request' }, bounds)) bench.tell(each)
  }
}

async function fetched(bench: Bench, server: Running, paths: readonly string[], gzip: boolean): Promise<Sample> {
  const port = server.httpsPort ?? 0
  const options = { port, connections: CONNECTIONS, paths, gzip, warmUpMs: bench.short ? 50 : 700 }
  await using load = await LoadProcess.start('fetch-h2', options)
  await load.begin()
  const before = cpuMs(server.pid)
  await sleep(bench.short ? 300 : bench.seconds * 1000)
  const { requests = 0, failed = 0 } = await load.end()
  const cpu = cpuMs(server.pid) - before
  if (failed > 0 || requests === 0) throw new Error(`${failed} of ${requests} requests failed`)
  return { perRequest: (cpu * 1000) / requests }
}

/** One waiting request on each connection, as phones have it. */
async function held(bench: Bench): Promise<void> {
  const clients = bench.short ? 20 : 2000
  const late: number[] = []
  const memory: number[] = []
  const cycles: number[] = []
  for (let round = 0; round < bench.rounds; round++) {
    await using server = await ours({ packaging: 'always', https: true }).start()
    await using _publisher = await LoadProcess.start('publish', { ...PUBLISHER, port: server.rtmpPort, warmUpMs: 0 })
    const url = `http://127.0.0.1:${server.httpPort}${PLAYLIST}`
    const wanted = bench.short ? 1 : 5
    const segments = async () => ((await (await fetch(url)).text()).match(/^#EXTINF/gm)?.length ?? 0) >= wanted
    await until(segments, 60_000, 'not live')
    const options = { port: server.httpsPort ?? 0, playlist: PLAYLIST, warmUpMs: bench.short ? 100 : 3000 }
    // Once before: what the first viewers make the server load and compile is no memory of theirs.
    await using few = await LoadProcess.start('hold-h2', { ...options, clients: 10 })
    const before = residentBytes(server.pid)
    await using load = await LoadProcess.start('hold-h2', { ...options, clients })
    memory.push((residentBytes(server.pid) - before) / clients / 1000)
    await load.begin()
    const cpu = cpuMs(server.pid)
    await sleep(bench.short ? 1200 : bench.seconds * 1000)
    const { answers = 0, failed = 0, p99Ms = 0 } = await load.end()
    if (failed > 0) throw new Error(`${failed} requests failed`)
    cycles.push(((cpuMs(server.pid) - cpu) * 1000) / answers)
    late.push(p99Ms)
    await few[Symbol.asyncDispose]()
  }
  bench.tell({ name: `${clients} held, release p99`, unit: 'ms', ours: spread(late), atMost: 500 })
  bench.tell({ name: `${clients} held`, unit: 'µs CPU per cycle', ours: spread(cycles) })
  bench.tell({ name: `a waiting viewer, of ${clients}`, unit: 'KB', ours: spread(memory), atMost: 60 })
}
