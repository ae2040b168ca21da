import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Broadcast } from '../../live/broadcast.ts'
import type { Reader } from '../../live/ports.ts'
import { howToInstallFfmpeg } from '../missing-ffmpeg.ts'
import { decodeStills, sizeOf } from './decode-stills.ts'
import type { KeyFrame, Moment } from './key-frame.ts'
import { StillTap } from './still-tap.ts'
import { Storyboard, spreadOver, storyboardVtt } from './storyboard.ts'

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
  /** Where decoding can begin in the rewind window of a broadcast as it is now, oldest first. */
  readonly moments: (slug: string, broadcastId: string) => Iterable<Moment>
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
/** Who points at the seek bar asks again in less; then the rest of the small pictures is made, too. */
const LOOKED_AT_MS = 10_000
/** After as many failures in a row a broadcast is left alone for a while: its pictures can't be decoded. */
const FAILURES = 3
const REST_MS = 60_000

type Entry = {
  readonly slug: string
  readonly broadcastId: string
  readonly tap: StillTap
  readonly everySeconds: number
  readonly board: Storyboard | undefined
  /** So long the storyboard is of use to somebody, by the clock that only grows. */
  boardUntilMs: number
  poster: { readonly still: Still; readonly frame: KeyFrame } | undefined
  /** Somebody waits for pictures: settled when some were made, or could not be. */
  asked: PromiseWithResolvers<void> | undefined
  failures: number
  restsUntilMs: number
}

/** A poster, or the small picture of a moment. */
type Wish = { readonly entry: Entry } & ({ readonly poster: KeyFrame } | { readonly moment: Moment })
type Job = { readonly wish: Wish; readonly frame: KeyFrame; readonly side: number }

/**
 * Pictures of what is on air: a still for each channel, and small ones for the rewind window, made when somebody asks.
 * One short FFmpeg after the other, behind everything else; all of it in memory. Without FFmpeg it says so once.
 */
export class Stills {
  readonly #options: StillsOptions
  readonly #entries = new Map<string, Entry>()
  readonly #stop = new AbortController()
  #ticker: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #withoutFfmpeg = false
  /** Pictures made, and such that could not be made. */
  made = 0
  failed = 0

  constructor(options: StillsOptions) {
    this.#options = options
  }

  /** Also after it found no FFmpeg, and there may be one now. */
  start(): void {
    this.#withoutFfmpeg = false
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
    const { slug, id: broadcastId } = broadcast
    const { dvrSeconds, endedSeconds } = this.#options.settings
    const everySeconds = Math.max(LEAST_SECONDS, dvrSeconds / MOST_THUMBNAILS)
    const ended = (): void => void setTimeout(() => this.#forget(entry), endedSeconds * 1000).unref()
    const entry: Entry = {
      ...{ slug, broadcastId, everySeconds, poster: undefined, asked: undefined, failures: 0, restsUntilMs: 0 },
      tap: new StillTap(() => broadcast.showsSlate, ended),
      board: dvrSeconds === 0 ? undefined : new Storyboard(everySeconds),
      boardUntilMs: 0,
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
      const before = entry.poster
      const made = this.#ask(entry, () => entry.poster !== before)
      if (Date.now() - (before?.still.atMs ?? 0) > OLD_MS) await made
    }
    return entry.poster?.still
  }

  /** WebVTT that names the small pictures of a channel's rewind window. */
  async storyboard(slug: string): Promise<string | undefined> {
    const entry = this.#entries.get(slug)
    if (entry?.board === undefined) return undefined
    entry.boardUntilMs = performance.now() + LOOKED_AT_MS
    const { board } = entry
    const isThere = (): boolean => board.thumbnails.length > 0
    if (this.#missing(entry).length > 0) {
      const made = this.#ask(entry, isThere)
      if (!isThere()) await made
    }
    return isThere() ? storyboardVtt(board, entry.everySeconds) : undefined
  }

  /** Whether one that isn't there may come soon: who asked may ask again. */
  expects(slug: string, what: 'poster' | 'storyboard'): boolean {
    const entry = this.#entries.get(slug)
    if (entry?.tap.newest === undefined || !this.#canMake(entry)) return false
    return what === 'poster' || entry.board !== undefined
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

  /** Moments that somebody wants to see, and that have no picture yet. */
  #missing({ slug, broadcastId, board, boardUntilMs }: Entry): readonly Moment[] {
    if (board === undefined || performance.now() >= boardUntilMs) return []
    return board.missing(this.#options.moments(slug, broadcastId))
  }

  /** Waits until it is there, patience ends, or it can't be made: an FFmpeg may be busy with other pictures, even of this channel. */
  async #ask(entry: Entry, isThere: () => boolean): Promise<void> {
    const late = Promise.withResolvers<void>()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      late.resolve()
    }, PATIENCE_MS)
    for (let first = true; !isThere() && !isLate && this.#canMake(entry); first = false) {
      entry.asked ??= Promise.withResolvers()
      const { promise } = entry.asked
      // Later on that is done when pictures were made, and once a second: what can't be read now isn't tried without a pause.
      if (first) this.#next()
      await Promise.race([promise, late.promise])
    }
    clearTimeout(timer)
  }

  #canMake(entry: Entry): boolean {
    return !this.#withoutFfmpeg && !this.#rests(entry) && !this.#stop.signal.aborted
  }

  #rests({ restsUntilMs }: Entry): boolean {
    return performance.now() < restsUntilMs
  }

  #next(): void {
    if (this.#running !== undefined || this.#withoutFfmpeg || this.#stop.signal.aborted) return
    const wishes = this.#take()
    if (wishes.length === 0) return
    const before = this.made
    this.#running = this.#make(wishes).finally(() => {
      this.#running = undefined
      // Somebody may have asked meanwhile, or wants more than one FFmpeg makes. Where nothing came of it, that can wait a little.
      if (this.made > before) this.#next()
    })
  }

  /** What is due. A broadcast that failed goes alone, so that it spoils nobody else's. */
  #take(): readonly Wish[] {
    const wishes: Wish[] = []
    for (const entry of this.#entries.values()) {
      const { tap, poster, asked } = entry
      if (this.#rests(entry) || (entry.failures > 0 && wishes.length > 0)) continue
      const { newest } = tap
      if (newest !== undefined && (asked !== undefined || poster === undefined) && this.#isStale(entry))
        wishes.push({ entry, poster: newest })
      const moments = spreadOver(this.#missing(entry), TOGETHER - wishes.length)
      for (const moment of moments) wishes.push({ entry, moment })
      if (entry.failures > 0 || wishes.length >= TOGETHER) break
    }
    return wishes
  }

  async #make(wishes: readonly Wish[]): Promise<void> {
    const { ffmpeg, log } = this.#options
    const entries = new Set(wishes.map(({ entry }) => entry))
    try {
      const jobs = (await Promise.all(wishes.map(jobOf))).filter((job) => job !== undefined)
      const pictures = await decodeStills(ffmpeg(), jobs, this.#stop.signal)
      for (const [at, { wish, frame }] of jobs.entries()) this.#keep(wish, frame, pictures[at])
      // A batch may have been spoilt by one: each of it is tried by itself before it is given up.
      const failed = jobs.filter((_, at) => pictures[at] === undefined).map(({ wish }) => wish)
      this.#giveUp(failed)
      const failedEntries = new Set(failed.map(({ entry }) => entry))
      for (const entry of entries) {
        if (failedEntries.has(entry)) this.#failedOnce(entry)
        else entry.failures = 0
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'EACCES') {
        // Said once: every try would fail alike.
        this.#withoutFfmpeg = true
        log.warn(
          { ffmpeg: ffmpeg() },
          `there is no FFmpeg: there are no pictures of what is on air. ${howToInstallFfmpeg()}`,
        )
      } else {
        log.warn({ error: messageOf(error) }, 'pictures of what is on air could not be made')
        this.#giveUp(wishes)
        for (const entry of entries) this.#failedOnce(entry)
      }
    } finally {
      // Also who came meanwhile: it may be the very picture, and who waits for another goes on waiting.
      for (const entry of entries) {
        entry.asked?.resolve()
        entry.asked = undefined
      }
    }
  }

  #keep(wish: Wish, frame: KeyFrame, jpeg: Buffer | undefined): void {
    if (jpeg === undefined) return
    this.made++
    const { entry } = wish
    if ('moment' in wish) {
      entry.board?.add(wish.moment, jpeg)
      return
    }
    const isFirst = entry.poster === undefined
    entry.poster = { still: { jpeg, atMs: frame.atMs, ...sizeOf(frame.avcC, POSTER_SIDE) }, frame }
    if (isFirst && this.#entries.get(entry.slug) === entry) this.#options.changed(entry.slug)
  }

  /** They are tried again, unless that was their last chance. */
  #giveUp(wishes: readonly Wish[]): void {
    for (const wish of wishes)
      if ('moment' in wish && wish.entry.failures + 1 >= FAILURES) wish.entry.board?.giveUp(wish.moment)
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

/** @returns undefined: its key frame is gone, or can't be read now */
async function jobOf(wish: Wish): Promise<Job | undefined> {
  if ('poster' in wish) return { wish, frame: wish.poster, side: POSTER_SIDE }
  try {
    return { wish, frame: await wish.moment.read(), side: THUMBNAIL_SIDE }
  } catch {
    return undefined
  }
}
