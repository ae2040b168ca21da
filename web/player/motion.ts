import { Cushion } from './cushion.ts'
import { buffered, bufferedAhead, type Engine } from './engine.ts'
import type { PlayerStats } from './stats.ts'
import { Watchdog } from './watchdog.ts'

/** Standing still shorter than this is not seen as a stall. */
const stallMs = 500
/** So many rescues in a row that moved nothing, or so long (ms) with nothing at all of what is listed: it won't play any more. */
const vainRescues = 5
const nothingMs = 25_000

/** What the viewer wants, as far as it decides whether the picture should move. */
export type Wish = {
  /** There is something to play, and it is not paused. */
  readonly play: boolean
  /** The viewer is behind live on purpose. */
  readonly behind: boolean
}

/** Whether the picture moves as it should: the first picture, stalls, and the ways out of them. */
export class Motion {
  /** The source that is loaded has shown a picture. */
  started = false
  /** Since when (performance.now) nothing moves that should; null: all is well. */
  stillSinceMs: number | null = null

  readonly #video: HTMLVideoElement
  readonly #stats: PlayerStats
  readonly #cushion = new Cushion()
  #watchdog = new Watchdog()
  #movedMs = 0
  #lastTime = Number.NaN
  #tickedMs = 0
  /** The stall that is now is in the figures already. */
  #counted = false
  /** Moved on purpose: until the picture moves again, waiting for it is no stall. */
  #left = false
  /** Rescues since it last moved. */
  #rescues = 0
  #openedMs = 0

  constructor(video: HTMLVideoElement, stats: PlayerStats) {
    this.#video = video
    this.#stats = stats
  }

  /** Seconds to stay further behind live than the playlist asks for, because this connection needs it. */
  get extra(): number {
    return this.#cushion.extra
  }

  /** What is loaded stands still for good, whatever it waits for: begun anew it may go on. */
  isStuck(engine: Engine, nowMs: number): boolean {
    if (this.started) return this.#rescues >= vainRescues
    const nothing = !this.#video.paused && this.#video.buffered.length === 0 && engine.syncPosition() !== null
    return nothing && nowMs - this.#openedMs > nothingMs
  }

  /** A source is being loaded: that it doesn't move yet is no stall. */
  opened(nowMs: number): void {
    this.#openedMs = nowMs
    this.#movedMs = nowMs
    this.#counted = true
  }

  closed(): void {
    this.started = false
    this.#left = false
    this.#rescues = 0
    this.#watchdog = new Watchdog()
    this.release()
  }

  /** Moved on purpose: no waiting any more for what lay ahead of the old position. */
  leave(): void {
    this.release()
    this.#left = true
    this.#movedMs = performance.now()
  }

  release(): void {
    this.#cushion.release()
    if (this.#video.playbackRate === 0) this.#video.playbackRate = 1
  }

  /** The element waits for data. @returns whether the player waits for a cushion now */
  ranDry(engine: Engine, behind: boolean): boolean {
    const video = this.#video
    if (!this.started || behind || video.seeking || engine.cushion() === 0) return false
    // A hole is no dry spell: what lies behind it is there, and the watchdog goes to it.
    if (buffered(video).some(([start]) => start > video.currentTime)) return false
    this.#cushion.ranDry(performance.now(), bufferedAhead(video))
    if (this.#cushion.holding) video.playbackRate = 0
    return this.#cushion.holding
  }

  /** Goes on when the cushion is there, and out of where the element would stand still for ever. */
  keepMoving(engine: Engine, nowMs: number, wish: Wish): void {
    if (this.#cushion.holding && this.#goesOn(engine, nowMs)) this.release()
    const video = this.#video
    const rescue = this.#watchdog.look({
      nowMs,
      currentTime: video.currentTime,
      wantsMotion: this.started && wish.play && !video.paused && !video.ended && !this.#cushion.holding,
      buffered: buffered(video),
      syncPosition: engine.syncPosition(),
      rewound: wish.behind,
    })
    if (rescue === null) return
    this.#stats.rescues += 1
    this.#rescues += 1
    if (!this.#left) this.#count()
    if (rescue.why === 'live') engine.seekLive()
    else video.currentTime = rescue.to + 0.01
  }

  #goesOn(engine: Engine, nowMs: number): boolean {
    const video = this.#video
    const ahead = bufferedAhead(video)
    const hole = ahead === 0 && buffered(video).some(([start]) => start > video.currentTime)
    return hole || this.#cushion.look(nowMs, ahead, engine.cushion() + this.#cushion.extra)
  }

  /**
   * Looks whether it moved since the last time, and counts.
   *
   * @param loaded whether there is a source that could show its first picture
   */
  note(nowMs: number, wantsPlay: boolean, loaded: boolean): 'first picture' | 'moved' | 'still' {
    const video = this.#video
    const wanted = wantsPlay && !video.ended
    const moved = video.currentTime !== this.#lastTime && video.readyState >= 2 && !video.paused && !video.seeking
    this.#lastTime = video.currentTime
    const first = moved && !this.started && loaded
    if (first) this.started = true
    if (moved) {
      this.#counted = false
      this.#left = false
      this.#rescues = 0
    }
    if (moved || !wanted) this.#movedMs = nowMs
    const still = wanted && nowMs - this.#movedMs > stallMs
    const tickedMs = this.#tickedMs === 0 ? 0 : nowMs - this.#tickedMs
    this.#tickedMs = nowMs
    if (this.started && wanted && !video.paused && !this.#left) {
      if (still) this.#stats.stalledMs += tickedMs
      else this.#stats.playedMs += tickedMs
    }
    if (this.started && still && !this.#left) this.#count()
    this.stillSinceMs = still ? this.#movedMs : null
    if (first) return 'first picture'
    return moved ? 'moved' : 'still'
  }

  #count(): void {
    if (!this.#counted) this.#stats.stalls += 1
    this.#counted = true
  }
}
