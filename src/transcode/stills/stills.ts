import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Broadcast } from '../../live/broadcast.ts'
import type { Reader } from '../../live/ports.ts'
import { decodeStills, sizeOf } from './decode-stills.ts'
import type { KeyFrame } from './key-frame.ts'
import { StillTap } from './still-tap.ts'
import { Storyboard, storyboardVtt } from './storyboard.ts'

/** A picture of what is on air. */
export type Still = {
  readonly jpeg: Uint8Array
  /** When its frame came, milliseconds since 1970. */
  readonly atMs: number
  readonly width: number
  readonly height: number
}

export type StillSettings = {
  /** How far one can rewind; 0: there is no storyboard. */
  readonly dvrSeconds: number
  /** How long an ended broadcast is still shown. */
  readonly endedSeconds: number
}

export type StillsOptions = {
  /** The FFmpeg to use; it may be another one later. */
  readonly ffmpeg: () => string
  /** May change: a broadcast keeps what it began with. */
  readonly settings: StillSettings
  /** A channel has a picture now, or none any more. */
  readonly changed: (slug: string) => void
  readonly log: Log
}

const POSTER_SIDE = 854
const THUMBNAIL_SIDE = 160
/** A picture may be so old before another one is made for who asks next, and so old before who asks waits for it. */
const FRESH_MS = 4000
const OLD_MS = 8000
/** … but no longer than this; then the picture is there for the next one. */
const PATIENCE_MS = 3000
/** Between two pictures of a storyboard, and how many there are at most in a window. */
const LEAST_SECONDS = 10
const MOST_THUMBNAILS = 180
const LOOK_MS = 1000
/** Pictures that one FFmpeg makes. */
const TOGETHER = 16
/** After as many failures in a row a broadcast is left alone for a while: its pictures can't be decoded. */
const FAILURES = 3
const REST_MS = 60_000

type Entry = {
  readonly slug: string
  readonly tap: StillTap
  readonly everySeconds: number
  readonly board: Storyboard | undefined
  poster: { readonly still: Still; readonly frame: KeyFrame } | undefined
  /** Somebody waits for a picture. */
  asked: PromiseWithResolvers<void> | undefined
  failures: number
  restsUntilMs: number
}

type Job = { readonly entry: Entry; readonly frame: KeyFrame; readonly side: number; readonly isPoster: boolean }

/**
 * Pictures of what is on air: a still for each channel, made when somebody asks, and small ones for the rewind window, made a
 * few at a time. One short FFmpeg after the other, behind everything else; all of it in memory. Without FFmpeg it says so once.
 */
export class Stills {
  readonly #options: StillsOptions
  readonly #entries = new Map<string, Entry>()
  readonly #stop = new AbortController()
  #ticker: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #missing = false
  /** Pictures made, and such that could not be made. */
  made = 0
  failed = 0

  constructor(options: StillsOptions) {
    this.#options = options
  }

  /** Also after it found no FFmpeg, and there may be one now. */
  start(): void {
    this.#missing = false
    clearInterval(this.#ticker)
    this.#ticker = setInterval(() => this.#next(), LOOK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker)
    this.#stop.abort(new Error('the server is stopping'))
    await this.#running
  }

  /** A reader for each broadcast, as the hub wants them. */
  reader(broadcast: Broadcast): Reader {
    const { slug } = broadcast
    const { dvrSeconds, endedSeconds } = this.#options.settings
    const everySeconds =
      dvrSeconds === 0 ? Number.POSITIVE_INFINITY : Math.max(LEAST_SECONDS, dvrSeconds / MOST_THUMBNAILS)
    const ended = (): void => void setTimeout(() => this.#forget(entry), endedSeconds * 1000).unref()
    const entry: Entry = {
      ...{ slug, everySeconds, poster: undefined, asked: undefined, failures: 0, restsUntilMs: 0 },
      tap: new StillTap(everySeconds, () => broadcast.showsSlate, ended),
      board: dvrSeconds === 0 ? undefined : new Storyboard(dvrSeconds),
    }
    this.#entries.set(slug, entry)
    return entry.tap
  }

  /** The newest picture of a channel, as it is. */
  current(slug: string): Still | undefined {
    return this.#entries.get(slug)?.poster?.still
  }

  /** A picture of a channel, not much older than its last key frame. The last one stays while the encoder is away. */
  async poster(slug: string): Promise<Still | undefined> {
    const entry = this.#entries.get(slug)
    if (entry === undefined) return undefined
    if (this.#isStale(entry)) {
      const made = this.#ask(entry)
      if (Date.now() - (entry.poster?.still.atMs ?? 0) > OLD_MS) await made
    }
    return entry.poster?.still
  }

  /** WebVTT that names the small pictures of a channel's rewind window. */
  async storyboard(slug: string): Promise<string | undefined> {
    const entry = this.#entries.get(slug)
    if (entry?.board === undefined) return undefined
    if (entry.tap.isWaiting) {
      const made = this.#ask(entry)
      if (entry.board.thumbnails.length === 0) await made
    }
    return entry.board.thumbnails.length === 0 ? undefined : storyboardVtt(entry.board, entry.everySeconds)
  }

  thumbnail(slug: string, epoch: string, number: number): Uint8Array | undefined {
    const board = this.#entries.get(slug)?.board
    return board?.epoch === epoch ? board.get(number)?.jpeg : undefined
  }

  describe(): { readonly made: number; readonly failed: number; readonly bytes: number } {
    let bytes = 0
    for (const { poster, board } of this.#entries.values()) {
      bytes += (poster?.still.jpeg.byteLength ?? 0) + (board?.bytes ?? 0)
    }
    return { made: this.made, failed: this.failed, bytes }
  }

  #isStale({ tap: { newest }, poster }: Entry): boolean {
    return newest !== undefined && newest !== poster?.frame && Date.now() - (poster?.still.atMs ?? 0) > FRESH_MS
  }

  async #ask(entry: Entry): Promise<void> {
    if (this.#missing || this.#rests(entry)) return
    entry.asked ??= Promise.withResolvers()
    this.#next()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS)
    })
    await Promise.race([entry.asked?.promise, late])
    clearTimeout(timer)
  }

  #rests({ restsUntilMs }: Entry): boolean {
    return performance.now() < restsUntilMs
  }

  #next(): void {
    if (this.#running !== undefined || this.#missing || this.#stop.signal.aborted) return
    const jobs = this.#take()
    if (jobs.length === 0) return
    this.#running = this.#make(jobs).finally(() => {
      this.#running = undefined
      // Somebody may have asked meanwhile.
      this.#next()
    })
  }

  /** What is due. A broadcast that failed goes alone, so that it spoils nobody else's. */
  #take(): Job[] {
    const jobs: Job[] = []
    for (const entry of this.#entries.values()) {
      const { tap, poster, asked } = entry
      const isDue = asked !== undefined || tap.isFull || (poster === undefined && tap.newest !== undefined)
      if (!isDue || this.#rests(entry)) continue
      if (entry.failures > 0 && jobs.length > 0) continue
      for (const frame of tap.takeWaiting()) jobs.push({ entry, frame, side: THUMBNAIL_SIDE, isPoster: false })
      const { newest } = tap
      if (newest !== undefined && this.#isStale(entry))
        jobs.push({ entry, frame: newest, side: POSTER_SIDE, isPoster: true })
      if (entry.failures > 0 || jobs.length >= TOGETHER) break
    }
    return jobs
  }

  async #make(jobs: readonly Job[]): Promise<void> {
    const { ffmpeg, log } = this.#options
    const asked = new Map(jobs.map(({ entry }) => [entry, entry.asked]))
    try {
      const pictures = await decodeStills(ffmpeg(), jobs, this.#stop.signal)
      for (const [at, job] of jobs.entries()) this.#keep(job, pictures[at])
      this.#putBack(jobs.filter((_, at) => pictures[at] === undefined))
      // A batch may have been spoilt by one: each of it is tried by itself before it is given up.
      const failed = new Set(jobs.filter((_, at) => pictures[at] === undefined).map(({ entry }) => entry))
      for (const entry of new Set(jobs.map((job) => job.entry))) {
        if (failed.has(entry)) this.#failedOnce(entry)
        else entry.failures = 0
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'EACCES') {
        // Said once: every try would fail alike.
        this.#missing = true
        log.warn(
          { ffmpeg: ffmpeg() },
          'there is no FFmpeg (see transcode.ffmpeg): there are no pictures of what is on air',
        )
      } else {
        log.warn({ error: messageOf(error) }, 'pictures of what is on air could not be made')
        this.#putBack(jobs)
        for (const entry of new Set(jobs.map((job) => job.entry))) this.#failedOnce(entry)
      }
    } finally {
      for (const [entry, waiting] of asked) {
        if (entry.asked === waiting) entry.asked = undefined
        waiting?.resolve()
      }
    }
  }

  #keep({ entry, frame, side, isPoster }: Job, jpeg: Buffer | undefined): void {
    if (jpeg === undefined) return
    this.made++
    if (!isPoster) {
      entry.board?.add(frame.time, frame.atMs, jpeg)
      return
    }
    const isFirst = entry.poster === undefined
    entry.poster = { still: { jpeg, atMs: frame.atMs, ...sizeOf(frame.avcC, side) }, frame }
    if (isFirst && this.#entries.get(entry.slug) === entry) this.#options.changed(entry.slug)
  }

  /** They are tried again, unless that was their last chance. */
  #putBack(jobs: readonly Job[]): void {
    for (const entry of new Set(jobs.map((job) => job.entry))) {
      if (entry.failures + 1 >= FAILURES) continue
      entry.tap.putBack(jobs.filter((job) => job.entry === entry && !job.isPoster).map(({ frame }) => frame))
    }
  }

  #failedOnce(entry: Entry): void {
    this.failed++
    if (++entry.failures < FAILURES) return
    if (entry.restsUntilMs === 0)
      this.#options.log.warn({ channel: entry.slug }, 'FFmpeg can make no picture of this broadcast')
    entry.restsUntilMs = performance.now() + REST_MS
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.slug) !== entry) return
    this.#entries.delete(entry.slug)
    if (entry.poster !== undefined) this.#options.changed(entry.slug)
  }
}
