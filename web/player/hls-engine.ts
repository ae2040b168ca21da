import type Hls from 'hls.js'
import type { ErrorData, HlsConfig, LevelDetails } from 'hls.js'
import { buffered, type Engine, type EngineFailure, holds } from './engine.ts'
import { type Join, type ListedPart, planJoin } from './join.ts'
import { closePartRace, hlsConfig, setLongestDelay } from './tame-hls.ts'
import type { Range } from './watchdog.ts'

/** A player further behind than this (seconds) jumps. */
const longestDelay = 4
/** So far behind (seconds), a jump within what is buffered is the better of two evils. */
const noticeablyLate = 1.5
const joinPatienceMs = 10_000

/** Plays by hls.js over Media Source Extensions (or ManagedMediaSource, on iPhones). */
export class HlsEngine implements Engine {
  readonly #hls: Hls
  readonly #video: HTMLVideoElement
  #details: LevelDetails | null = null
  #join: (Join & { readonly sinceMs: number }) | null = null
  #joined = false
  /** Key frames are further apart than segments: hls.js must not jump to where nothing can be decoded. */
  #sparse = false
  #behind = false

  constructor(library: typeof Hls, video: HTMLVideoElement, url: string, failed: (why: EngineFailure) => void) {
    const config: Partial<HlsConfig> = { ...hlsConfig }
    // Whoever embeds or measures this player may adjust it: a listener gets the library and the configuration before they are used.
    video.dispatchEvent(new CustomEvent('player-config', { bubbles: true, detail: { Hls: library, config } }))
    const hls = new library(config)
    closePartRace(hls)
    this.#hls = hls
    this.#video = video
    const { Events } = library
    hls.on(Events.LEVEL_UPDATED, (_, { details }) => this.#onDetails(details))
    hls.on(Events.ERROR, (_, data) => {
      if (data.fatal) failed(failureOf(library, data))
    })
    hls.loadSource(url)
    hls.attachMedia(video)
  }

  #onDetails(details: LevelDetails): void {
    this.#details = details
    if (!details.live) return
    if (!this.#joined) {
      this.#joined = true
      this.#enter(details)
    }
    this.#applyLongestDelay()
  }

  /** The first playlist is here and nothing has been asked for yet: choose where to begin. */
  #enter(details: LevelDetails): void {
    const sync = this.#hls.liveSyncPosition
    const plan = sync === null ? null : planJoin(listed(details), sync)
    if (plan === null) return
    this.#sparse = true
    this.#join = { ...plan, sinceMs: performance.now() }
    this.#hls.startLoad(plan.load)
  }

  #applyLongestDelay(): void {
    const { partHoldBack = 0, holdBack = 0 } = this.#details ?? {}
    const usual = Math.max(longestDelay, (partHoldBack || holdBack) + 2.5)
    const own = this.#behind || this.#sparse || this.#join !== null
    setLongestDelay(this.#hls, own ? Number.POSITIVE_INFINITY : usual)
  }

  tick(): void {
    const sync = this.syncPosition()
    if (sync === null || this.#behind || this.#video.seeking) return
    if (this.#join !== null) {
      if (holds(this.#video, sync, 0.2)) {
        if (this.#video.currentTime < sync - 0.3) this.#video.currentTime = sync
        this.#join = null
        this.#applyLongestDelay()
      } else if (performance.now() - this.#join.sinceMs > joinPatienceMs) {
        this.#join = null
        this.#applyLongestDelay()
      }
      return
    }
    if (!this.#sparse) return
    // hls.js is kept from jumping here, and catches up by speed only when it is close: between the two it would stay behind.
    const late = sync - this.#video.currentTime
    if (late > longestDelay || (late > noticeablyLate && holds(this.#video, sync, 0.2))) this.seekLive()
  }

  seekLive(): void {
    const sync = this.syncPosition()
    if (sync === null) return
    const plan = holds(this.#video, sync) || this.#details === null ? null : planJoin(listed(this.#details), sync)
    if (plan === null) {
      this.#video.currentTime = sync
      return
    }
    this.#sparse = true
    this.#join = { ...plan, sinceMs: performance.now() }
    this.#applyLongestDelay()
    const { currentTime } = this.#video
    // Going forward only: what lies between here and the key frame may already be on its way.
    if (plan.load > currentTime) this.#video.currentTime = plan.load
    else if (!holds(this.#video, currentTime)) {
      const next = buffered(this.#video).find(([start]) => start > currentTime)
      this.#video.currentTime = next === undefined ? plan.load : next[0]
    }
  }

  syncPosition(): number | null {
    return this.#hls.liveSyncPosition
  }

  playingAtMs(): number | null {
    return this.#hls.playingDate?.getTime() ?? null
  }

  window(): Range | null {
    const details = this.#details
    return details === null ? null : [details.fragmentStart, details.edge]
  }

  stayBehind(behind: boolean): void {
    if (behind === this.#behind) return
    this.#behind = behind
    if (behind) this.#join = null
    this.#hls.config.maxLiveSyncPlaybackRate = behind ? 1 : (hlsConfig.maxLiveSyncPlaybackRate ?? 1)
    if (behind && this.#video.playbackRate > 1) this.#video.playbackRate = 1
    this.#applyLongestDelay()
  }

  cushion(): number {
    const details = this.#details
    if (details === null) return 0.5
    const hold = details.partHoldBack || details.holdBack
    // What is ahead of a player at its hold-back, just before the next part comes.
    return Math.max(0.5, Math.min(2, hold - (details.partTarget || details.targetduration)))
  }

  stepBack(extra: number): void {
    const hold = this.#details?.partHoldBack || this.#details?.holdBack
    if (hold !== undefined && hold > 0) this.#hls.targetLatency = hold + extra
  }

  mend(): boolean {
    this.#hls.recoverMediaError()
    return true
  }

  destroy(): void {
    this.#hls.destroy()
  }
}

function listed(details: LevelDetails): ListedPart[] {
  return (details.partList ?? []).map((part) => ({
    start: part.start,
    duration: part.duration,
    independent: part.independent,
    gap: part.gap,
    sn: Number(part.fragment.sn),
  }))
}

function failureOf({ ErrorTypes, ErrorDetails }: typeof Hls, data: ErrorData): EngineFailure {
  if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) return 'codec'
  if (data.details === ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR) return 'codec'
  if (data.details === ErrorDetails.BUFFER_ADD_CODEC_ERROR) return 'codec'
  return data.type === ErrorTypes.MEDIA_ERROR || data.type === ErrorTypes.MUX_ERROR ? 'media' : 'network'
}
