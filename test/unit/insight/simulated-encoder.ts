import type { BroadcastFigures, EncoderFigures } from '../../../src/insight/ingest/encoder-figures.ts'
import type { IngestFigures } from '../../../src/insight/ingest/ingest-monitor.ts'
import { IngestMonitor } from '../../../src/insight/ingest/ingest-monitor.ts'

export const START_MS = 1_800_000_000_000

/** What an encoder does from one second to the next; all is well by default. */
export type Second = {
  readonly videoBitrate?: number
  readonly audioBitrate?: number
  readonly frames?: number
  readonly missing?: number
  readonly jumps?: number
  /** Seconds of media that arrive in this second of the clock. */
  readonly media?: number
  readonly peakDb?: number
  readonly meanDb?: number
  /** What else the figures say. */
  readonly says?: Partial<EncoderFigures>
}

const VIDEO = { codec: 'avc1.64001f', width: 1280, height: 720, framesPerSecond: 30, unusual: undefined }
const AUDIO = { codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2 }

/** An encoder at 720p30, 2.5 Mbit/s, key frames every 2 s, AAC; second by second, on a clock of its own. */
export class SimulatedEncoder {
  readonly monitor: IngestMonitor
  #nowMs = 0
  #figures: EncoderFigures | undefined
  #broadcastId = 'b1'
  readonly #isResumed: boolean

  /** @param isResumed its broadcast began before the server started */
  constructor(isResumed = false) {
    this.#isResumed = isResumed
    this.monitor = new IngestMonitor({ source: () => this.#source(), viewers: () => 7 })
    this.connect(1)
  }

  connect(connection: number): void {
    this.#figures = {
      ...{ connection, encoder: 'simulated', video: VIDEO, audio: AUDIO, declaredVideoBitrate: undefined },
      ...{ videoBytes: 0, audioBytes: 0, frames: 0, missingFrames: 0, unusableFrames: 0, keyFramesWithoutIdr: 0 },
      ...{ keyFrameDistances: [2, 2, 2, 2], sinceKeyFrame: 1, bFrames: 0, mediaSeconds: 0, jumps: 0, configChanges: 0 },
      refusedRivals: 0,
    }
  }

  disconnect(): void {
    this.#figures = undefined
  }

  endBroadcast(): void {
    this.#broadcastId = ''
  }

  /** Lets so many seconds go by. */
  run(seconds: number, doing: Second | ((second: number) => Second) = {}): this {
    for (let n = 0; n < seconds; n++) this.#second(typeof doing === 'function' ? doing(n) : doing)
    return this
  }

  report(sinceMs?: number): IngestFigures {
    return this.monitor.report('main', sinceMs)
  }

  kinds(): string[] {
    return this.report().advice.map(({ kind }) => kind)
  }

  #second(doing: Second): void {
    this.#nowMs += 1000
    const before = this.#figures
    if (before !== undefined) {
      const { videoBitrate = 2_500_000, audioBitrate = 128_000, frames = 30, missing = 0, jumps = 0, media = 1 } = doing
      this.#figures = {
        ...before,
        videoBytes: before.videoBytes + videoBitrate / 8,
        audioBytes: before.audioBytes + audioBitrate / 8,
        frames: before.frames + frames,
        missingFrames: before.missingFrames + missing,
        jumps: before.jumps + jumps,
        mediaSeconds: before.mediaSeconds + media,
        ...doing.says,
      }
    }
    this.monitor.tick(START_MS + this.#nowMs, this.#nowMs)
    if (doing.peakDb !== undefined) this.monitor.sound('main', doing.peakDb, doing.meanDb ?? doing.peakDb - 12)
  }

  *#source(): Iterable<BroadcastFigures> {
    if (this.#broadcastId === '') return
    const state = this.#figures === undefined ? 'reconnecting' : 'live'
    const { encoder, isResumed } = { encoder: this.#figures, isResumed: this.#isResumed }
    yield { slug: 'main', broadcastId: this.#broadcastId, startedAtMs: START_MS, state, isResumed, encoder }
  }
}
