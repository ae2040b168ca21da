import { setTimeout as sleep } from 'node:timers/promises'
import { encoded } from '../test/light/encoder.ts'
import type { Bench, Figure, Measure } from './measure/frame.ts'
import { LoadProcess } from './measure/load-process.ts'
import { cpuMs } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'
import { nginxRtmp } from './targets/nginx-rtmp.ts'
import { nodeMediaServer } from './targets/node-media-server.ts'
import { ours } from './targets/ours.ts'
import { startAll } from './targets/start-all.ts'
import type { Running, Target } from './targets/target.ts'

type Case = {
  readonly name: string
  readonly targets: readonly Target[]
  readonly bounds: Readonly<Record<string, Pick<Figure, 'atMost' | 'later'>>>
}

const CASES: readonly Case[] = [
  {
    name: 'packaging off',
    targets: [ours({ packaging: 'off' }), nginxRtmp({ hls: false }), nodeMediaServer],
    bounds: { 'nginx-rtmp': { atMost: 1.7 }, 'node-media-server': { atMost: 0.45 } },
  },
  {
    name: 'with packaging',
    targets: [ours({ packaging: 'always' }), nginxRtmp({ hls: true })],
    bounds: { 'nginx-rtmp with HLS': { atMost: 0.9 } },
  },
]

/** Until each broadcast has its first picture for the home page, which it gets once. */
const WARM_UP_MS = 5000

/** Processor time of taking in 720p30 at 2.5 Mbit/s, by number of publishers. */
export const measure: Measure = {
  name: 'ingest',
  about: '1, 10 and 100 publishers, without and with packaging, beside nginx-rtmp and node-media-server',
  minutes: 47,
  rounds: 5,
  // A shorter look falls between a broadcast's first picture and the first look at its sound, or upon one of them.
  seconds: 20,
  async run(bench) {
    const file = bench.short ? undefined : await encoded('hd')
    for (const { name, targets, bounds } of bench.short ? CASES.slice(0, 1) : CASES) {
      await using running = await startAll(bench, targets)
      // Many first: few publishers would be measured while the code that serves them is still being compiled.
      for (const publishers of bench.short ? [2] : [100, 10, 1]) {
        const turns = running.all.map(([target, server]) => ({
          name: target.name,
          sample: () => sample(bench, server, publishers, file),
        }))
        const rounds = await interleave(bench, turns)
        // One stream alone costs less than the measuring of it is good for.
        const judged = publishers > 1 ? bounds : {}
        const late = [...rounds.values.values(), rounds.again].flat().map(({ lateP99Ms = 0 }) => lateP99Ms)
        const more = { 'publishers late p99 ms': Math.max(...late) }
        const about = { name: `${publishers} publishers, ${name}`, unit: 'ms CPU per stream-second' }
        for (const figure of compare(rounds, 'cpu', about, judged, more)) bench.tell(figure)
      }
    }
  },
}

async function sample(bench: Bench, server: Running, publishers: number, file: string | undefined): Promise<Sample> {
  const warmUpMs = bench.short ? 100 : WARM_UP_MS
  const options = { port: server.rtmpPort, publishers, warmUpMs, ...(file !== undefined && { file }) }
  await using load = await LoadProcess.start('publish', options)
  await load.begin()
  const startedAt = performance.now()
  const before = cpuMs(server.pid)
  await sleep(bench.seconds * 1000)
  const cpu = cpuMs(server.pid) - before
  const seconds = (performance.now() - startedAt) / 1000
  const { lateP99Ms = 0, open = 0 } = await load.end()
  if (open < publishers) throw new Error(`${publishers - open} of ${publishers} publishers lost their connection`)
  return { cpu: cpu / seconds / publishers, lateP99Ms }
}
