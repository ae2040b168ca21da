import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions } from '../../../bench/load/serve-load.ts'
import { LightHlsClient } from '../../light/hls-client.ts'
import { readMultivariant } from '../../light/playlist.ts'
import { Follower } from './follower.ts'
import { Line } from './line.ts'
import { Skew, SourceClock } from './source-clock.ts'
import { serveTally, Tally } from './tally.ts'

/** Light viewers of all channels, and one of the strict kind, that compares segments with their parts. */
export type ViewersOptions = {
  readonly port: number
  /** Channels whose encoders stay; viewers are dealt out to them in turn. */
  readonly steady: readonly string[]
  readonly viewers: number
  /** Channels whose encoders come and go; each has one viewer more. */
  readonly passing: readonly string[]
  /** What the encoders replay. */
  readonly file: string
}

/** Every so many-th viewer reads the long playlist. */
const DVR_EVERY = 10
/** Viewers come one after the other, at any phase of a segment. */
const APART_MS = 20
const LIVE_MS = 60_000

const options = loadOptions<ViewersOptions>()
const tally = new Tally()
const clock = SourceClock.read(options.file)
const signal = new AbortController().signal

async function watch(slug: string, index: number, steady: boolean): Promise<void> {
  const line = new Line(options.port)
  let answer = await line.get(`/live/${slug}/index.m3u8`)
  for (const endsAtMs = performance.now() + LIVE_MS; answer.status !== 200; ) {
    if (performance.now() > endsAtMs) throw new Error(`${slug} is not live: ${answer.status}`)
    await sleep(250)
    answer = await line.get(`/live/${slug}/index.m3u8`)
  }
  const skew = new Skew(clock.loopMs)
  for (const playlist of readMultivariant(answer.body.toString())) {
    const dvr = steady && index % DVR_EVERY === DVR_EVERY - 1
    const follower = new Follower({ port: options.port, slug, playlist, steady, dvr }, { tally, clock, skew })
    void follower.run(signal)
  }
  line.close()
}

for (let i = 0; i < options.viewers; i++) {
  await watch(options.steady[i % options.steady.length] ?? '', i, true)
  await sleep(APART_MS)
}
for (const [i, slug] of options.passing.entries()) await watch(slug, i, false)
const strict = new LightHlsClient(`http://127.0.0.1:${options.port}/live/${options.steady[0]}/index.m3u8`)
await strict.start()
let told = 0
setInterval(() => {
  for (const fault of strict.faults.slice(told)) tally.fault('strictFaults', fault)
  told = strict.faults.length
}, 1000)
serveTally(tally, () => ({ viewers: options.viewers + options.passing.length + 1 }))
