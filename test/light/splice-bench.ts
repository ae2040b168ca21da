import { silentLog } from '../../src/base/log.ts'
import { X264 } from '../../src/transcode/box/encoders.ts'
import { ChildThreads } from '../../src/transcode/child/child-threads.ts'
import { ffmpegArguments } from '../../src/transcode/ffmpeg-arguments.ts'
import type { PlannedRung } from '../../src/transcode/plan.ts'
import { Splicer } from '../../src/transcode/splicer.ts'
import { RungFrames } from './rung-frames.ts'

/** A rung that costs next to nothing. */
export const tinyRung = (name: string, height: number, leastGapMs?: number): PlannedRung => ({
  ...{ name, height, width: 2 * Math.round((height * 8) / 9), framesPerSecond: 30, leastGapMs },
  ...{ videoKbps: 150, peakKbps: 200, profile: 'main', preset: 'ultrafast' },
})

/** A splicer whose children are real, and a sink that keeps what they make. */
export class SpliceBench implements AsyncDisposable {
  readonly threads = new ChildThreads(silentLog)
  readonly sink = new RungFrames()
  readonly splicer: Splicer
  /** Command lines of the children, in the order they began. */
  readonly commands: string[][] = []
  missing = 0
  /** What it said to the log. */
  readonly said: string[] = []
  readonly #look: NodeJS.Timeout

  constructor(program = 'ffmpeg') {
    const warn = (fields: object, message: string): void => {
      this.said.push(`${message} ${JSON.stringify(fields)}`)
    }
    this.splicer = new Splicer({
      ...{ sink: this.sink, changed: () => {}, log: { ...silentLog, warn } },
      missing: () => {
        this.missing++
      },
      launch: (rungs, events) => {
        const args = ffmpegArguments({ rungs, encoder: X264 })
        this.commands.push(args)
        return this.threads.start({ program, args, outputs: rungs.map(() => 'flv') }, events)
      },
    })
    this.#look = setInterval(() => this.splicer.look(performance.now()), 100)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#look)
    this.splicer.end()
    await this.threads.stop()
  }
}
