import type Hls from 'hls.js'
import type { Captions } from './captions/captions.ts'
import { Cushion } from './cushion.ts'
import { buffered, bufferedAhead, type Engine, type EngineFailure } from './engine.ts'
import { FrameCounts } from './frame-counts.ts'
import { HlsEngine } from './hls-engine.ts'
import { NativeEngine } from './native-engine.ts'
import { type Offer, type Rung, readOffer } from './rungs.ts'
import type { ServerClock } from './server-clock.ts'
import { newStats, type PlayerPhase, type PlayerStats } from './stats.ts'
import { keepStill } from './still.ts'
import { Watchdog } from './watchdog.ts'

const tickMs = 250
/** Standing still shorter than this is not seen as a stall. */
const stallMs = 500
/** Further from live than this (seconds), "Go to live" is offered. */
const nearLive = 3

/** Sound alone, whatever the connection carries, or a rung of this size (`sizeOf`). */
export type Quality = 'auto' | 'sound' | number
/** `steady`: as near to live as the broadcast allows. `safe`: far enough behind that a shaky connection is not noticed. */
export type Delay = 'steady' | 'safe'
/** Seconds behind live that are safe. */
export const safeDelay = 6

export type PlayerOptions = {
  readonly video: HTMLVideoElement
  /** Keeps the last picture while the source is loaded anew. */
  readonly still: HTMLCanvasElement
  readonly loadHls: () => Promise<typeof Hls>
  readonly clock: ServerClock
  /** The channel. */
  readonly content: string
  readonly quality: Quality
  readonly delay: Delay
  /** Something that the page shows may have changed. */
  readonly changed: () => void
  /** The broadcast can't be reached: ask what became of it. */
  readonly trouble: () => void
}

/** Plays one channel's broadcast and keeps it moving. Every way back after a failure is in here. */
export class LivePlayer {
  readonly stats: PlayerStats = newStats()
  /** The browser allows no sound before a tap; the picture runs. */
  soundBlocked = false
  /** The last picture is shown in place of the element's own. */
  showsStill = false
  /** The viewer is behind live on purpose. */
  behind = false
  /** Why `stats.state` is `failed`: this browser can't play it, or the player itself did not load. */
  failure: 'codec' | 'script' | null = null
  /** Since when (performance.now) nothing moves that should; null: all is well. */
  stillSinceMs: number | null = null

  /** What can be chosen; empty until the first playlist is here. */
  offer: Offer = { rungs: [], sound: null }
  quality: Quality
  delay: Delay

  readonly #options: PlayerOptions
  readonly #abort = new AbortController()
  readonly #timer: ReturnType<typeof setInterval>
  #engine: Engine | null = null
  #library: typeof Hls | null = null
  #source: string | null = null
  #watchdog = new Watchdog()
  #cushion = new Cushion()
  #wantsPlay = true
  #started = false
  #movedMs = 0
  #lastTime = Number.NaN
  #counted = false
  #openedMs = 0
  #firstOpenMs = 0
  #retry: ReturnType<typeof setTimeout> | null = null
  #retries = 0
  #mendedMs = Number.NEGATIVE_INFINITY
  #generation = 0
  #inBackground = false
  /** Between the picture and the sound alone: no beginning, and no failure. */
  #switching = false
  #tickedMs = 0
  #soundRate: number | null = null
  readonly #frames = new FrameCounts()

  constructor(options: PlayerOptions) {
    this.#options = options
    this.quality = options.quality
    this.delay = options.delay
    this.#timer = setInterval(() => this.#tick(), tickMs)
    const { video } = options
    const on = (name: string, listener: () => void) =>
      video.addEventListener(name, listener, { signal: this.#abort.signal })
    on('pause', () => this.#onPause())
    on('play', () => this.#onPlay())
    on('waiting', () => this.#onWaiting())
    on('ended', () => this.#tick())
    on('playing', () => this.#tick())
    on('volumechange', () => {
      if (!video.muted) this.soundBlocked = false
      options.changed()
    })
  }

  /** Plays this playlist. The same one again loads it anew. */
  async load(source: string): Promise<void> {
    this.#source = source
    this.offer = { rungs: [], sound: null }
    this.#retries = 0
    await this.#open()
  }

  unload(): void {
    this.#keepStill()
    this.#source = null
    this.#close()
    this.#tick()
  }

  destroy(): void {
    clearInterval(this.#timer)
    this.#abort.abort()
    this.#source = null
    this.#close()
  }

  /** The way to the server may be free again: try at once instead of waiting. */
  hurry(): void {
    if (this.#retry !== null || this.stats.state === 'failed') void this.#open()
  }

  /** A person pressed a button: sound is allowed from here on. */
  async unblock(): Promise<void> {
    this.soundBlocked = false
    this.#options.video.muted = false
    this.#wantsPlay = true
    await this.#play()
  }

  async toggle(): Promise<void> {
    if (this.#options.video.paused) await this.#play()
    else this.#options.video.pause()
  }

  goLive(): void {
    this.#setBehind(false)
    this.#cushion.release()
    this.#engine?.seekLive()
    if (this.#options.video.paused && this.#engine !== null) void this.#play()
    this.#options.changed()
  }

  /** Moves by seconds, within what can be reached; back means: stay behind live. */
  seekBy(seconds: number): void {
    const { video } = this.#options
    const window = this.#engine?.window() ?? null
    const sync = this.#engine?.syncPosition() ?? null
    if (window === null) return
    const to = video.currentTime + seconds
    if (seconds > 0 && sync !== null && to >= sync) {
      this.goLive()
      return
    }
    if (seconds < 0) this.#setBehind(true)
    this.#cushion.release()
    video.currentTime = Math.max(window[0] + 0.5, Math.min(to, window[1] - 0.5))
    this.#options.changed()
  }

  /** Whether so many seconds back can be reached. */
  canGoBack(seconds: number): boolean {
    const window = this.#engine?.window() ?? null
    return window !== null && this.#options.video.currentTime - seconds >= window[0]
  }

  get atLive(): boolean {
    const sync = this.#engine?.syncPosition() ?? null
    return !this.behind && (sync === null || sync - this.#options.video.currentTime < nearLive)
  }

  /** The wall-clock time of what is on screen, in the server's time. */
  get playingAtMs(): number | null {
    return this.#engine?.playingAtMs() ?? null
  }

  /** Only the sound is loaded: it was chosen, or nobody looks. */
  get soundOnly(): boolean {
    return this.quality === 'sound' || this.#inBackground
  }

  /** What is on screen; null: not known, or sound alone. */
  get rung(): Rung | null {
    return this.#engine?.rung() ?? null
  }

  /** Bits a second of the sound; null: not known. */
  get soundRate(): number | null {
    return this.#soundRate
  }

  get captions(): Captions | null {
    return this.#engine?.captions ?? null
  }

  /** Whether the distance to live is ours to choose. */
  get canDelay(): boolean {
    return this.#engine?.kind !== 'native'
  }

  setQuality(quality: Quality): void {
    const before = this.soundOnly
    this.quality = quality
    if (before !== this.soundOnly) void this.#open('switch')
    else if (typeof quality === 'number' || quality === 'auto')
      this.#engine?.choose(quality === 'auto' ? null : quality)
    this.#options.changed()
  }

  setDelay(delay: Delay): void {
    if (delay === this.delay) return
    this.delay = delay
    this.#holdBack()
    // What is buffered reaches far enough back: going there is no wait.
    if (!this.behind && this.#started) this.#engine?.seekLive()
    this.#options.changed()
  }

  /** Nobody looks: the sound goes on alone. Or somebody looks again. */
  setBackground(inBackground: boolean): void {
    if (inBackground === this.#inBackground) return
    const before = this.soundOnly
    this.#inBackground = inBackground
    if (before !== this.soundOnly && this.#wantsPlay) void this.#open('switch')
  }

  /** The browser itself paused the picture because nobody looks; it is still wanted. */
  keepPlaying(): void {
    this.#wantsPlay = true
    if (this.#engine !== null) void this.#play()
  }

  #holdBack(): void {
    this.#engine?.holdBack(this.#cushion.extra, this.#atLeastBehind)
  }

  get #atLeastBehind(): number {
    return this.delay === 'safe' ? safeDelay : 0
  }

  /** The address of the sound alone. Who never had the picture has to ask for it. */
  async #soundSource(source: string): Promise<string> {
    if (this.offer.sound !== null) return this.offer.sound
    const answer = await fetch(source).catch(() => null)
    if (answer?.ok) this.offer = readOffer(await answer.text(), new URL(source, location.href).href)
    return this.offer.sound ?? source
  }

  /** @param why `switch`: from the picture to the sound or back, which is no failure and no beginning */
  async #open(why: 'load' | 'switch' = 'load'): Promise<void> {
    const generation = ++this.#generation
    if (this.#started) this.#keepStill()
    this.#close()
    if (this.#source === null) return
    const nowMs = performance.now()
    if (this.#firstOpenMs === 0) this.#firstOpenMs = nowMs
    else if (why === 'load') this.stats.reloads += 1
    this.#openedMs = nowMs
    this.#movedMs = nowMs
    this.#counted = true
    this.#switching = why === 'switch'
    if (!this.#switching) this.#setPhase('loading')
    this.#library ??= await this.#options.loadHls().catch(() => null)
    if (generation !== this.#generation || this.#source === null) return
    const url = this.soundOnly ? await this.#soundSource(this.#source) : this.#source
    if (generation !== this.#generation || this.#source === null) return
    const { video, content } = this.#options
    const failed = (why: EngineFailure) => {
      if (generation === this.#generation) this.#onFailure(why)
    }
    const atLeastBehind = this.#atLeastBehind
    if (this.#library?.isSupported())
      this.#engine = new HlsEngine(this.#library, video, url, { atLeastBehind, content, failed })
    else if (NativeEngine.can(video)) this.#engine = new NativeEngine(video, url, failed)
    else return this.#fail(this.#library === null ? 'script' : 'codec')
    this.stats.engine = this.#engine.kind
    this.#holdBack()
    if (typeof this.quality === 'number') this.#engine.choose(this.quality)
    if (this.#wantsPlay) await this.#play()
  }

  #close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    this.#frames.next(this.stats)
    this.#engine?.destroy()
    this.#engine = null
    this.#started = false
    this.#watchdog = new Watchdog()
    this.#release()
    this.#setBehind(false)
    this.stats.latency = null
  }

  #onFailure(why: EngineFailure): void {
    if (!this.#started) this.stats.failed = why
    if (why === 'codec') {
      this.#close()
      this.#fail('codec')
      return
    }
    const nowMs = performance.now()
    if (why === 'media' && nowMs - this.#mendedMs > 30_000 && this.#engine?.mend()) {
      this.#mendedMs = nowMs
      if (this.#wantsPlay) void this.#play()
      return
    }
    this.#options.trouble()
    if (this.#retry !== null) return
    const waitMs = Math.min(5000, 500 * 2 ** this.#retries) * (0.7 + Math.random() * 0.6)
    this.#retries += 1
    this.#retry = setTimeout(() => void this.#open(), waitMs)
  }

  async #play(): Promise<void> {
    const { video } = this.#options
    try {
      await video.play()
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return
      if (video.muted) return this.#setPhase('blocked')
      video.muted = true
      this.soundBlocked = true
      await this.#play()
    }
    this.#options.changed()
  }

  #onPause(): void {
    const { video } = this.#options
    // Taking the source away pauses the element too; that is no wish of the viewer.
    if (video.ended || performance.now() - this.#openedMs < 150 || this.#engine === null) return
    this.#wantsPlay = false
    this.#release()
    this.#setBehind(true)
    this.#tick()
  }

  #onPlay(): void {
    this.#wantsPlay = true
    const sync = this.#engine?.syncPosition() ?? null
    if (sync !== null && sync - this.#options.video.currentTime < nearLive) this.#setBehind(false)
    this.#tick()
  }

  #onWaiting(): void {
    const { video } = this.#options
    if (!this.#started || this.behind || video.seeking || this.#engine === null || this.#engine.cushion() === 0) return
    // A hole is no dry spell: what lies behind it is there, and the watchdog goes to it.
    if (buffered(video).some(([start]) => start > video.currentTime)) return
    this.#cushion.ranDry(performance.now(), bufferedAhead(video))
    if (!this.#cushion.holding) return
    video.playbackRate = 0
    this.#holdBack()
  }

  #release(): void {
    this.#cushion.release()
    if (this.#options.video.playbackRate === 0) this.#options.video.playbackRate = 1
  }

  #setBehind(behind: boolean): void {
    this.behind = behind
    this.#engine?.stayBehind(behind)
  }

  #tick(): void {
    const { video } = this.#options
    const engine = this.#engine
    const nowMs = performance.now()
    const ahead = bufferedAhead(video)
    if (engine !== null) {
      this.#followWindow(engine)
      engine.tick()
      if (this.#cushion.holding && this.#goesOn(engine, nowMs, ahead)) this.#release()
      this.#guard(engine, nowMs)
    }
    this.#noteMotion(nowMs)
    this.#measure(ahead)
    this.#setPhase(this.#phase())
    this.#options.changed()
  }

  #goesOn(engine: Engine, nowMs: number, ahead: number): boolean {
    const { video } = this.#options
    const hole = ahead === 0 && buffered(video).some(([start]) => start > video.currentTime)
    return hole || this.#cushion.look(nowMs, ahead, engine.cushion() + this.#cushion.extra)
  }

  /** A viewer who stayed behind until the window left them goes to live; one who caught up is live again. */
  #followWindow(engine: Engine): void {
    if (!this.behind || !this.#wantsPlay) return
    const { currentTime } = this.#options.video
    const window = engine.window()
    const sync = engine.syncPosition()
    if (window !== null && currentTime < window[0] - 0.5) this.goLive()
    else if (sync !== null && sync - currentTime < 0.5) this.#setBehind(false)
  }

  #guard(engine: Engine, nowMs: number): void {
    const { video } = this.#options
    const rescue = this.#watchdog.look({
      nowMs,
      currentTime: video.currentTime,
      wantsMotion: this.#started && this.#wantsPlay && !video.paused && !video.ended && !this.#cushion.holding,
      buffered: buffered(video),
      syncPosition: engine.syncPosition(),
      rewound: this.behind,
    })
    if (rescue === null) return
    this.stats.rescues += 1
    if (!this.#counted) this.stats.stalls += 1
    this.#counted = true
    if (rescue.why === 'live') engine.seekLive()
    else video.currentTime = rescue.to + 0.01
  }

  #noteMotion(nowMs: number): void {
    const { video } = this.#options
    const moved = video.currentTime !== this.#lastTime && video.readyState >= 2
    this.#lastTime = video.currentTime
    const wanted = this.#source !== null && this.#wantsPlay && !video.ended
    if (moved && !video.paused && !video.seeking) {
      this.#movedMs = nowMs
      this.#counted = false
      this.showsStill = false
      if (!this.#started && this.#engine !== null) this.#onFirstPicture(nowMs)
    } else if (!wanted) this.#movedMs = nowMs
    const stillMs = nowMs - this.#movedMs
    const tickedMs = this.#tickedMs === 0 ? 0 : nowMs - this.#tickedMs
    this.#tickedMs = nowMs
    if (this.#started && wanted && !video.paused) {
      if (stillMs > stallMs) this.stats.stalledMs += tickedMs
      else this.stats.playedMs += tickedMs
    }
    if (this.#started && wanted && stillMs > stallMs && !this.#counted) {
      this.stats.stalls += 1
      this.#counted = true
    }
    this.stillSinceMs = wanted && stillMs > stallMs ? this.#movedMs : null
  }

  #onFirstPicture(nowMs: number): void {
    this.#started = true
    this.#retries = 0
    this.stats.failed = null
    this.stats.startMs ??= Math.round(nowMs - this.#firstOpenMs)
  }

  #measure(ahead: number): void {
    const { video, clock } = this.#options
    const playingAtMs = this.#started ? (this.#engine?.playingAtMs() ?? null) : null
    // What is buffered has been sent already: an encoder that caught up after a slow start is dated too late, and this is the least.
    this.stats.latency =
      playingAtMs === null ? null : Math.max((clock.now() - playingAtMs) / 1000, bufferedAhead(this.#options.video))
    this.stats.buffered = ahead
    this.#frames.read(video, this.stats)
    this.stats.throughput = this.#engine?.throughput() ?? this.stats.throughput
    if (this.#engine !== null) this.stats.rendition = this.soundOnly ? 'audio' : (this.#engine.rung()?.name ?? null)
    this.#soundRate = this.#engine?.soundRate() ?? this.#soundRate
    const rungs = this.soundOnly ? [] : (this.#engine?.rungs() ?? [])
    // Rates may be told anew with every reload; the menu need not follow them four times a second.
    if (rungs.length > 0 && rungs.length !== this.offer.rungs.length) this.offer = { ...this.offer, rungs }
  }

  #phase(): PlayerPhase {
    const { video } = this.#options
    const { state } = this.stats
    if (this.#source === null) return 'idle'
    if (state === 'failed') return 'failed'
    if (video.ended) return 'ended'
    if (state === 'blocked' && video.paused) return 'blocked'
    if (!this.#wantsPlay) return 'paused'
    if (!this.#started) return this.#switching ? 'held' : 'loading'
    return this.stillSinceMs === null ? 'playing' : 'held'
  }

  #fail(why: 'codec' | 'script'): void {
    this.failure = why
    this.stats.failed = why === 'codec' ? 'codec' : 'other'
    this.#setPhase('failed')
  }

  #setPhase(phase: PlayerPhase): void {
    if (phase === this.stats.state) return
    this.stats.state = phase
    this.#options.changed()
  }

  #keepStill(): void {
    if (keepStill(this.#options.video, this.#options.still)) this.showsStill = true
  }
}
