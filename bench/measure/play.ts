import { setTimeout as sleep } from 'node:timers/promises'
import { encoded } from '../../test/light/encoder.ts'
import { ours } from '../targets/ours.ts'
import { startAll } from '../targets/start-all.ts'
import type { Running, Target } from '../targets/target.ts'
import type { Bench, Figure } from './frame.ts'
import { LoadProcess } from './load-process.ts'
import { cpuMs } from './process-tree.ts'
import { compare, interleave, type Sample } from './rounds.ts'

type Protocol = 'rtmp' | 'flv'
type Bounds = Readonly<Record<string, Pick<Figure, 'atMost'>>>

export type PlayMeasure = {
  readonly protocol: Protocol
  readonly peers: readonly Target[]
  /** Processor time for each byte sent, beside each peer. */
  readonly fanOut: Bounds
  /** Milliseconds. */
  readonly joinAtMost: number
}

/** What `packaging.flvMergeMs` and the reading of publishers cost of delay when nothing is gathered. */
const AT_ONCE = ours({ packaging: 'off', mergeMs: 0 })
/** A broadcast that stays: its players come and go. */
const SOURCE = { publishers: 1, prefix: 'play', stamped: true }

/** Fan-out to 500 players, delay of pictures, and how long one who comes waits for a key frame. */
export async function measurePlay(bench: Bench, { protocol, peers, fanOut, joinAtMost }: PlayMeasure): Promise<void> {
  const file = bench.short ? undefined : await encoded('hd')
  await using parts = new AsyncDisposableStack()
  const running = parts.use(await startAll(bench, [ours({ packaging: 'off' }), ...peers]))
  for (const [, server] of running.all) parts.use(await publish(server, file))
  const players = bench.short ? 5 : 500
  const turns = (sample: (server: Running) => Promise<Sample>) =>
    running.all.map(([target, server]) => ({ name: target.name, sample: () => sample(server) }))

  const many = await interleave(
    bench,
    turns((server) => playing(bench, server, protocol, players)),
  )
  const about = { name: `${players} players`, unit: 's CPU per GB' }
  for (const figure of compare(many, 'perGb', about, fanOut)) bench.tell(figure)
  for (const figure of compare(many, 'p50', { name: `${players} players, delay p50`, unit: 'ms' })) bench.tell(figure)
  tellAlone(bench, many, 'p50', `${players} players, delay p50 alone`, 60)

  const few = await interleave(
    bench,
    turns((server) => playing(bench, server, protocol, 1)),
  )
  for (const figure of compare(few, 'p50', { name: 'one player, delay p50', unit: 'ms' })) bench.tell(figure)
  tellAlone(bench, few, 'p50', 'one player, delay p50 alone', 60)

  const joins = await interleave(
    bench,
    turns((server) => joining(bench, server, protocol)),
  )
  for (const figure of compare(joins, 'p50', { name: 'wait for a key frame', unit: 'ms' })) bench.tell(figure)
  tellAlone(bench, joins, 'p50', 'wait for a key frame alone', joinAtMost)

  const atOnce = parts.use(await AT_ONCE.start())
  parts.use(await publish(atOnce, file))
  const quick = await interleave(bench, [
    { name: 'ours', sample: () => playing(bench, atOnce, protocol, bench.short ? 2 : 20) },
  ])
  tellAlone(bench, quick, 'p50', 'nothing gathered, delay p50', 5)
}

/** Ours by itself against a bound in the figure's own unit. */
function tellAlone(
  bench: Bench,
  rounds: Awaited<ReturnType<typeof interleave>>,
  key: string,
  name: string,
  atMost: number,
): void {
  const own = new Map([...rounds.values].slice(0, 1))
  for (const figure of compare({ ...rounds, values: own }, key, { name, unit: 'ms' }, { alone: { atMost } }))
    bench.tell(figure)
}

async function publish(server: Running, file: string | undefined): Promise<LoadProcess> {
  return await LoadProcess.start('publish', { ...SOURCE, port: server.rtmpPort, warmUpMs: 0, ...(file && { file }) })
}

const portOf = (server: Running, protocol: Protocol): number =>
  protocol === 'rtmp' ? server.rtmpPort : server.httpPort

async function playing(bench: Bench, server: Running, protocol: Protocol, players: number): Promise<Sample> {
  const options = { protocol, port: portOf(server, protocol), name: 'play-0', players }
  await using load = await LoadProcess.start('play', { ...options, warmUpMs: bench.short ? 200 : 3000 })
  await load.begin()
  const before = cpuMs(server.pid)
  await sleep(Math.max(bench.seconds, 0.5) * 1000)
  const { bytes = 0, lost = 0, p50Ms = 0, p99Ms = 0 } = await load.end()
  const cpu = cpuMs(server.pid) - before
  if (lost > 0) throw new Error(`${lost} of ${players} players lost their connection`)
  if (bytes === 0) throw new Error('nothing was played')
  return { perGb: cpu / 1000 / (bytes / 1e9), p50: p50Ms, p99: p99Ms }
}

async function joining(bench: Bench, server: Running, protocol: Protocol): Promise<Sample> {
  const joins = bench.short ? 2 : 12
  const options = { protocol, port: portOf(server, protocol), name: 'play-0', joins }
  await using load = await LoadProcess.start('join', options)
  const { waits = 0, p50Ms = 0 } = await load.end()
  if (waits < joins) throw new Error(`${joins - waits} of ${joins} players saw no key frame`)
  return { p50: p50Ms }
}
