import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../test/light/server-process.ts'
import type { Bench, Measure } from './measure/frame.ts'
import { LoadProcess } from './measure/load-process.ts'
import { cpuMs } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'
import { bareHttp } from './targets/bare-http.ts'
import { ours } from './targets/ours.ts'
import type { Running } from './targets/target.ts'

/** Two pictures a second make parts of half a second: two releases a second. */
const RELEASES_A_SECOND = 2
const PUBLISHER = { publishers: 1, prefix: 'held', framesPerSecond: RELEASES_A_SECOND, silent: true, frameBytes: 2000 }
const PLAYLIST = '/live/held-0/source.m3u8'

/** Blocking playlist reloads: processor time of each cycle of hold and release, and how late the last ones are let go. */
export const measure: Measure = {
  name: 'reload',
  about: '500, 2,000 and 5,000 blocking reloads held, released twice a second, beside a bare node:http handler',
  minutes: 5,
  rounds: 5,
  seconds: 5,
  async run(bench) {
    await using parts = new AsyncDisposableStack()
    const server = parts.use(await ours({ packaging: 'always' }).start())
    parts.use(await LoadProcess.start('publish', { ...PUBLISHER, port: server.rtmpPort, warmUpMs: 0 }))
    const url = `http://127.0.0.1:${server.httpPort}${PLAYLIST}`
    const wanted = bench.short ? 1 : 10
    const read = async () => (await fetch(url)).text()
    await until(async () => ((await read()).match(/^#EXTINF/gm)?.length ?? 0) >= wanted, 60_000, 'not live')
    const target = bareHttp(await read(), 1000 / RELEASES_A_SECOND)
    const bare = parts.use(await target.start())
    for (const clients of bench.short ? [20] : [500, 2000, 5000]) {
      const rounds = await interleave(bench, [
        { name: 'ours', sample: () => sample(bench, server, clients) },
        { name: target.name, sample: () => sample(bench, bare, clients) },
      ])
      const bounds = { [target.name]: { atMost: 0.5, later: true } }
      const held = `${clients} held`
      for (const each of compare(rounds, 'perCycle', { name: held, unit: 'µs CPU per cycle' }, bounds)) bench.tell(each)
      for (const each of compare(rounds, 'p99', { name: `${held}, release p99`, unit: 'ms' })) bench.tell(each)
      // All that were held were let go at each release: 1. Less: the machine can't keep up.
      for (const each of compare(rounds, 'sustained', { name: `${held}, answered of all`, unit: '' })) bench.tell(each)
    }
  },
}

async function sample(bench: Bench, server: Running, clients: number): Promise<Sample> {
  const warmUpMs = bench.short ? 100 : 2000
  const options = { port: server.httpPort, clients, playlist: PLAYLIST, warmUpMs }
  await using load = await LoadProcess.start('hold', options)
  await load.begin()
  const startedAt = performance.now()
  const before = cpuMs(server.pid)
  await sleep(bench.short ? 1200 : bench.seconds * 1000)
  const { answers = 0, failed = 0, lost = 0, p50Ms = 0, p99Ms = 0 } = await load.end()
  const cpu = cpuMs(server.pid) - before
  const seconds = (performance.now() - startedAt) / 1000
  if (failed + lost > 0) throw new Error(`${failed} requests failed, ${lost} connections were lost`)
  const sustained = answers / ((clients - 1) * seconds * RELEASES_A_SECOND)
  return { perCycle: (cpu * 1000) / answers, p50: p50Ms, p99: p99Ms, sustained }
}
