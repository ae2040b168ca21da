import { type Packet, rescale } from '../media/packet.ts'
import type { Child, ChildEvents } from './child/child-threads.ts'
import type { ChildConfig, ChildEnd, ChildFrame } from './child/protocol.ts'
import { ChildInput } from './child-input.ts'
import type { ChildRung } from './ffmpeg-arguments.ts'
import type { PlannedRung } from './plan.ts'
import type { SourceTimes } from './source-times.ts'

/** Where the child's time begins, milliseconds: near zero FFmpeg moves what comes first. */
const FIRST_MS = 10_000
/** FLV counts to 31 bits in FFmpeg: nearly 25 days. */
const LAST_MS = 2 ** 31 - 3_600_000
/** Frames that come within so long are handed over together; one that comes alone goes at once. */
const GATHER_MS = 10
/** A child that was fed so much, says nothing for as long, and does nothing meanwhile, hangs. */
const SILENT_MS = 2000
/** One that does something may be slow: the box is busy. */
const SILENT_AND_BUSY_MS = 15_000

/** Starts a child that makes these rungs. */
export type Launch = (rungs: readonly ChildRung[], events: ChildEvents) => Child

export type ChildRunOptions = {
  readonly launch: Launch
  readonly rungs: readonly PlannedRung[]
  readonly times: SourceTimes
  readonly timescale: number
  /** Where it begins: the presentation time of the first frame it will be fed; undefined: not known yet. */
  readonly startPts: number | undefined
  /** What other children made of each rung already: frames up to this presentation time are left out. */
  readonly madePts?: ReadonlyMap<string, number>
  readonly made: (run: ChildRun, frames: readonly (ChildFrame | ChildConfig)[]) => void
  readonly gone: (run: ChildRun, end: ChildEnd) => void
}

/** One child at work on a broadcast: feeds it in its own time, and knows how far it is. */
export class ChildRun {
  readonly #options: ChildRunOptions
  readonly #child: Child
  readonly #input = new ChildInput()
  /** Milliseconds of the broadcast at which the child's would be 0. */
  #baseMs: number | undefined
  #timer: NodeJS.Timeout | undefined
  #flushedAtMs = 0
  #newestPts: number | undefined
  #ended = false
  /** When it was last heard of, or began to be fed; and how far it was fed then. */
  #heard: { readonly atMs: number; readonly pts: number } | undefined
  readonly startedAtMs = performance.now()
  /** When its first frame came. */
  firstMadeAtMs: number | undefined

  /** Starts a child. */
  constructor(options: ChildRunOptions) {
    const { launch, rungs, times, timescale, startPts, madePts, made, gone } = options
    this.#options = options
    if (startPts !== undefined) this.#baseMs = times.enter(startPts, timescale) - FIRST_MS
    const base = this.#baseMs
    const childRungs = rungs.map((rung): ChildRung => {
      const last = madePts?.get(rung.name)
      const isBehind = base === undefined || last === undefined || startPts === undefined || last < startPts
      return { ...rung, startMs: isBehind ? undefined : times.enter(last, timescale) + 1 - base }
    })
    this.#child = launch(childRungs, {
      made: (frames) => {
        const nowMs = performance.now()
        this.firstMadeAtMs ??= nowMs
        this.#heard = { atMs: nowMs, pts: this.#newestPts ?? 0 }
        made(this, frames)
      },
      gone: (end) => {
        clearTimeout(this.#timer)
        gone(this, end)
      },
    })
  }

  get waitingBytes(): number {
    return this.#child.waitingBytes
  }
  get pid(): number | undefined {
    return this.#child.pid
  }
  get cpuSeconds(): number {
    return this.#child.cpuSeconds ?? 0
  }
  /** It was given all that it should make. */
  get isEnded(): boolean {
    return this.#ended
  }
  /** Its time is nearly used up. */
  get isOld(): boolean {
    if (this.#newestPts === undefined || this.#baseMs === undefined) return false
    return rescale(this.#newestPts, this.#options.timescale, 1000) - this.#baseMs > LAST_MS
  }

  feed(packet: Packet, avcC: Uint8Array): void {
    const { times, timescale } = this.#options
    const pts = packet.dts + packet.cts
    const ptsMs = times.enter(pts, timescale)
    this.#baseMs ??= ptsMs - FIRST_MS
    this.#newestPts = pts
    this.#heard ??= { atMs: performance.now(), pts }
    this.#input.add(packet, avcC, rescale(packet.dts, timescale, 1000) - this.#baseMs, ptsMs - this.#baseMs)
    const waitMs = this.#flushedAtMs + GATHER_MS - performance.now()
    if (waitMs <= 0) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), waitMs)
  }

  /** It makes what it was fed, and ends. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#flush()
    this.#child.end()
    const { pts = 0 } = this.#heard ?? {}
    this.#heard = { atMs: performance.now(), pts }
  }

  /** Nothing more of it is told. */
  kill(): void {
    clearTimeout(this.#timer)
    this.#child.kill()
  }

  /** It was fed, and says nothing. */
  hangs(nowMs: number): boolean {
    if (this.#heard === undefined) return false
    const patienceMs = this.#child.isIdle ? SILENT_MS : SILENT_AND_BUSY_MS
    if (nowMs - this.#heard.atMs < patienceMs) return false
    const fedMs = rescale((this.#newestPts ?? 0) - this.#heard.pts, this.#options.timescale, 1000)
    return this.#ended || fedMs >= patienceMs
  }

  /** The presentation time of a frame that it made; undefined: it was fed no such frame. */
  exactPts(ms: number): number | undefined {
    return this.#baseMs === undefined ? undefined : this.#options.times.exact(ms + this.#baseMs)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#input.isEmpty) return
    this.#flushedAtMs = performance.now()
    this.#child.feed(this.#input.take())
  }
}
