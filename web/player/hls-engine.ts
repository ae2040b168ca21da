import type Hls from 'hls.js'
import type { ErrorData, HlsConfig, Level, LevelDetails } from 'hls.js'
import { aheadLoader } from './ask-ahead.ts'
import { Captions } from './captions/captions.ts'
import { cmcdHeaders } from './cmcd.ts'
import { buffered, bufferedAhead, type Engine, type EngineFailure, holds } from './engine.ts'
import { type Join, type ListedPart, planJoin } from './join.ts'
import { keepRate, recallRate } from './kept-rate.ts'
import { ListedWindow } from './listed-window.ts'
import { byQuality, oneOfEach, playlistName, type Rung, rungFor, shownRung } from './rungs.ts'
import { closePartRace, growBackwards, hlsConfig, keepSoundInStep, setLongestDelay } from './tame-hls.ts'
import { dateAt, timeOf } from './timeline.ts'
import type { Range } from './watchdog.ts'

/** A player further behind than this (seconds) jumps. */
const longestDelay = 4
/** So far behind (seconds), a jump within what is buffered is the better of two evils. */
const noticeablyLate = 1.5
const joinPatienceMs = 10_000
/** Going to live waits no longer (ms) for the newest playlist. */
const newestPatienceMs = 1500
/** How often (ms) the rate of the connection is kept for the next visit. */
const keepEveryMs = 15_000
/** More room on the time line (seconds) than the window is long, as segments are not cut to the second. */
const roomMore = 120

export type HlsEngineOptions = {
  /** How far behind live (seconds) to be at the least; 0: as near as the playlist allows. */
  readonly atLeastBehind: number
  /** How far back (seconds) the playlists with `?dvr=1` reach; 0: there are none. */
  readonly rewindSeconds: number
  /** What the address is of. */
  readonly first: 'multivariant' | 'media'
  /** Where to begin (ms since 1970); null: at live. */
  readonly from: number | null
  /** The channel, for CMCD. */
  readonly content: string
  readonly failed: (why: EngineFailure) => void
}

/** Plays by hls.js over Media Source Extensions (or ManagedMediaSource, on iPhones). */
export class HlsEngine implements Engine {
  readonly #hls: Hls
  readonly #video: HTMLVideoElement
  readonly kind = 'hls'
  readonly captions = new Captions()
  readonly #sound = new Rate()
  #extra = 0
  #atLeast: number
  #size: number | null = null
  #played = false
  /** When the rate of the connection was kept (performance.now). */
  #keptMs = 0
  #stalled = false
  #details: LevelDetails | null = null
  #join: (Join & { readonly sinceMs: number }) | null = null
  #joined = false
  /** Key frames are further apart than segments: hls.js must not jump to where nothing can be decoded. */
  #sparse = false
  #behind = false
  readonly #list: ListedWindow
  readonly #rewindSeconds: number
  #from: number | null
  #soundDetails: LevelDetails | null = null
  /** Where to go as soon as it is listed. */
  #wanted: number | null = null
  /** Since when live is wanted, and the newest playlist is waited for. */
  #wantsLiveMs: number | null = null

  constructor(library: typeof Hls, video: HTMLVideoElement, url: string, options: HlsEngineOptions) {
    const { atLeastBehind, content, failed, rewindSeconds, from, first } = options
    this.#atLeast = atLeastBehind
    this.#rewindSeconds = rewindSeconds
    this.#from = from
    this.#list = new ListedWindow(first, location.href)
    this.#list.ask({ whole: from !== null })
    const config: Partial<HlsConfig> = {
      ...hlsConfig,
      abrEwmaDefaultEstimate: recallRate(),
      pLoader: this.#list.loader(aheadLoader(library)),
    }
    // Where to begin is decided before the first playlist tells how far to hold back.
    if (atLeastBehind > 0) config.liveSyncDuration = atLeastBehind
    config.xhrSetup = (request, url) => {
      const { origin, pathname } = new URL(url, location.href)
      if (origin !== location.origin || pathname.endsWith('.m3u8')) return
      for (const [name, value] of cmcdHeaders({ content, url, ...this.#state() })) request.setRequestHeader(name, value)
    }
    // Whoever embeds or measures this player may adjust it: a listener gets the library and the configuration before they are used.
    video.dispatchEvent(new CustomEvent('player-config', { bubbles: true, detail: { Hls: library, config } }))
    const hls = new library(config)
    closePartRace(hls)
    keepSoundInStep(hls)
    if (rewindSeconds > 0) growBackwards(hls, library.Events, rewindSeconds + roomMore)
    this.#hls = hls
    this.#video = video
    const { Events } = library
    hls.on(Events.LEVEL_UPDATED, (_, { details }) => this.#onDetails(details))
    hls.on(Events.AUDIO_TRACK_UPDATED, (_, { details }) => {
      this.#soundDetails = details
      this.#arrive()
    })
    hls.on(Events.MANIFEST_PARSED, () => this.#applyChoice())
    hls.on(Events.FRAG_LOADED, (_, { frag, part, payload }) => {
      if (frag.type === 'audio' && frag.sn !== 'initSegment')
        this.#sound.add(payload.byteLength * 8, (part ?? frag).duration)
    })
    hls.on(Events.FRAG_PARSING_USERDATA, (_, { samples }) => this.#onUserData(samples))
    hls.on(Events.ERROR, (_, data) => {
      if (data.fatal) failed(failureOf(library, data))
    })
    // Absolute: an answer that was asked for ahead has no other address than this one, and to a relative one hls.js adds no `_HLS_msn`.
    hls.loadSource(new URL(url, location.href).href)
    hls.attachMedia(video)
  }

  #onDetails(details: LevelDetails): void {
    this.#details = details
    // The first segment listed is no gap, however late on the time line it is.
    details.appliedTimelineOffset = details.fragmentStart
    if (!details.live && (this.#joined || this.#from === null)) {
      this.#arrive()
      return
    }
    this.#applyHoldBack()
    if (!this.#joined) {
      this.#joined = true
      this.#enter(details)
    }
    this.#applyLongestDelay()
    this.#arrive()
  }

  /** What was waited for may be listed now. */
  #arrive(): void {
    if (this.#wanted !== null && this.listsWhole) {
      const to = this.#wanted
      this.#wanted = null
      this.#moveTo(to)
    }
    if (this.#wantsLiveMs !== null && this.#listsLive) this.#moveToLive()
  }

  /** The playlists in use, as their answers are known by. */
  get #playlists(): string[] {
    const { levels, loadLevel, audioTracks, audioTrack } = this.#hls
    return [levels[loadLevel]?.url[0], audioTracks[audioTrack]?.url].filter(
      (url) => url !== undefined && url !== '',
    ) as string[]
  }

  get listsWhole(): boolean {
    const playlists = this.#playlists
    return playlists.length > 0 && playlists.every((url) => this.#list.knows(url))
  }

  get #listsLive(): boolean {
    return this.#playlists.every((url) => !this.#list.knows(url))
  }

  /** The first playlist is here and nothing has been asked for yet: choose where to begin. */
  #enter(details: LevelDetails): void {
    const from = this.#from === null ? null : timeOf(details.fragments, this.#from)
    if (from !== null) {
      this.#hls.startLoad(Math.max(from, details.fragmentStart))
      return
    }
    const sync = this.#hls.liveSyncPosition
    const plan = sync === null ? null : planJoin(listed(details), sync)
    if (plan === null) return
    this.#sparse = true
    this.#join = { ...plan, sinceMs: performance.now() }
    this.#hls.startLoad(plan.load)
  }

  #applyLongestDelay(): void {
    const { partHoldBack = 0, holdBack = 0 } = this.#details ?? {}
    const usual = Math.max(longestDelay, Math.max(partHoldBack || holdBack, this.#atLeast) + this.#extra + 2.5)
    const own = this.#behind || this.#sparse || this.#join !== null
    setLongestDelay(this.#hls, own ? Number.POSITIVE_INFINITY : usual)
  }

  tick(): void {
    this.#keepRate()
    if (this.#wantsLiveMs !== null && performance.now() - this.#wantsLiveMs > newestPatienceMs) this.#moveToLive()
    if (this.#video.readyState >= 3) this.#played = true
    else if (this.#played && !this.#video.paused && !this.#video.seeking) this.#stalled = true
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

  /** A page that is closed says nothing. */
  #keepRate(): void {
    const nowMs = performance.now()
    const rate = this.throughput()
    if (!this.#played || rate === null || nowMs - this.#keptMs < keepEveryMs) return
    this.#keptMs = nowMs
    keepRate(rate)
  }

  seek(time: number): void {
    this.#wantsLiveMs = null
    const window = this.window()
    if (window === null) return
    if (time >= window[0] || this.#rewindSeconds === 0) {
      this.#wanted = null
      this.#moveTo(time)
      return
    }
    this.#wanted = time
    this.#list.ask({ whole: true })
    this.#arrive()
  }

  #moveTo(time: number): void {
    const window = this.window()
    if (window !== null) this.#video.currentTime = Math.max(window[0] + 0.1, Math.min(time, window[1] - 0.5))
  }

  list(whole: boolean): void {
    // Who goes to live waits for the short playlists.
    if (this.#wantsLiveMs === null) this.#list.ask({ whole: whole || this.#wanted !== null })
  }

  get live(): boolean {
    return this.#details?.live ?? true
  }

  position(): number {
    return this.#wanted ?? this.#video.currentTime
  }

  dateAt(time: number): number | null {
    return this.#details === null ? null : dateAt(this.#details.fragments, time)
  }

  seekLive(): void {
    this.#wanted = null
    // The whole window was listed anew once a segment: where live is now, the short playlist knows.
    this.#list.ask({ whole: false, patient: false })
    this.#wantsLiveMs = performance.now()
    if (this.#listsLive) this.#moveToLive()
  }

  #moveToLive(): void {
    this.#wantsLiveMs = null
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
    if (details === null) return null
    return [Math.max(details.fragmentStart, this.#soundDetails?.fragmentStart ?? 0), details.edge]
  }

  stayBehind(behind: boolean): void {
    if (behind === this.#behind) return
    this.#behind = behind
    this.#list.ask({ patient: behind })
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

  holdBack(extra: number, atLeast: number): void {
    this.#extra = extra
    this.#atLeast = atLeast
    this.#applyHoldBack()
  }

  #applyHoldBack(): void {
    const hold = this.#details?.partHoldBack || this.#details?.holdBack
    if (hold === undefined || hold <= 0) return
    const target = Math.max(hold, this.#atLeast) + this.#extra
    if (Math.abs((this.#hls.targetLatency ?? hold) - target) < 0.001) return
    this.#hls.targetLatency = target
    this.#applyLongestDelay()
  }

  rungs(): readonly Rung[] {
    return oneOfEach(
      this.#hls.levels
        .filter(({ height }) => height > 0)
        .map(rungOf)
        .sort(byQuality),
    )
  }

  rung(): Rung | null {
    const { levels, currentLevel, loadLevel } = this.#hls
    // It knows what plays a moment after it plays.
    const level = levels[currentLevel] ?? levels[loadLevel]
    // Another quality may stand in for one that the server has no room for.
    return level === undefined || level.height === 0 ? null : shownRung(rungOf(level), this.rungs(), this.#video)
  }

  choose(size: number | null): void {
    this.#size = size
    this.#applyChoice()
  }

  #applyChoice(): void {
    const hls = this.#hls
    if (hls.levels.length === 0) return
    const wanted = this.#size === null ? null : rungFor(this.rungs(), this.#size)
    // Where there are several forms of the sound, that which is played goes on.
    const { codecSet } = hls.levels[hls.loadLevel] ?? hls.levels[hls.firstLevel] ?? {}
    const isWanted = (level: Level): boolean => level.codecSet === codecSet && rungOf(level).name === wanted?.name
    const index = wanted === null ? -1 : hls.levels.findIndex(isWanted)
    // With one rung there is nothing to switch, and hls.js would throw away what is buffered.
    if (hls.levels.length > 1 && index !== (hls.autoLevelEnabled ? -1 : hls.nextLevel)) hls.nextLevel = index
  }

  soundRate(): number | null {
    return this.#sound.rate
  }

  throughput(): number | null {
    const estimate = this.#hls.bandwidthEstimate
    return this.#details !== null && Number.isFinite(estimate) ? Math.round(estimate) : null
  }

  #onUserData(samples: readonly { readonly pts: number; readonly bytes?: Uint8Array }[]): void {
    this.captions.push(samples.flatMap(({ pts, bytes }) => (bytes === undefined ? [] : [{ time: pts, data: bytes }])))
  }

  /** What CMCD tells with the next request. */
  #state() {
    const stalled = this.#stalled
    this.#stalled = false
    return { ahead: bufferedAhead(this.#video), throughput: this.throughput(), stalled }
  }

  mend(): boolean {
    this.#hls.recoverMediaError()
    return true
  }

  destroy(): void {
    this.#hls.destroy()
  }
}

/** Bits a second over all that was added. */
class Rate {
  #bits = 0
  #seconds = 0

  add(bits: number, seconds: number): void {
    this.#bits += bits
    this.#seconds += seconds
  }

  /** null: too little was seen. */
  get rate(): number | null {
    return this.#seconds < 0.5 ? null : Math.round(this.#bits / this.#seconds)
  }
}

const rungOf = (level: Level): Rung => ({
  name: playlistName(level.url[0] ?? ''),
  width: level.width,
  height: level.height,
  bitrate: level.averageBitrate || level.bitrate,
})

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
