import { LADDERS } from '../src/transcode/ladder.ts'
import { planLadder } from '../src/transcode/plan.ts'
import { encoded } from '../test/light/encoder.ts'
import { spread } from './measure/figures.ts'
import type { Bench, Measure } from './measure/frame.ts'
import { runLadder } from './measure/run-ladder.ts'

/** Until FFmpeg has begun: what it loads is not what a broadcast costs. */
const WARM_MS = 3000
const RATE = 30
/** More of them missing in the end means that the machine was too busy. */
const LATE_FRAMES = 10
const SOURCES = {
  '1080p30': { name: 'full-hd', width: 1920, height: 1080 },
  '720p30': { name: 'hd', width: 1280, height: 720 },
} as const

/** What each ladder of `config/ladders` keeps busy: the figures of docs/operating.md. */
export const measure: Measure = {
  name: 'ladders',
  about: 'processors that each ladder keeps busy, of 1080p30 and of 720p30',
  minutes: 5,
  rounds: 1,
  seconds: 10,
  async run(bench: Bench) {
    for (const [source, { name, ...picture }] of Object.entries(SOURCES)) {
      if (bench.short && name !== 'hd') continue
      const file = await encoded(bench.short ? 'gop2' : name)
      const warmMs = bench.short ? 500 : WARM_MS
      for (const [ladder, of] of LADDERS) {
        if (bench.short && ladder !== 'low') continue
        const { rungs } = planLadder(of, { ...picture, framesPerSecond: RATE })
        const busy: number[] = []
        for (let round = 0; round < bench.rounds; round++) {
          const load = { file, ...picture, ladder, seconds: bench.seconds + warmMs / 1000 }
          const { cpu, frames, made } = await runLadder(load, warmMs)
          const missing = rungs.map((rung) => (frames * rung.framesPerSecond) / RATE - (made[rung.name] ?? 0))
          // What isn't made costs nothing.
          if (bench.short || Math.max(...missing) < LATE_FRAMES) busy.push(cpu / 1000)
          else bench.note(`${ladder} of ${source} fell behind: at the end ${Math.max(...missing)} frames were missing`)
        }
        if (busy.length > 0) bench.tell({ name: `${ladder}, of ${source}`, unit: 'processors', ours: spread(busy) })
      }
    }
  },
}
