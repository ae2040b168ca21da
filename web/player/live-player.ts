import type Hls from 'hls.js'
import type { Captions } from './captions/captions.ts'
import type { Engine, EngineFailure } from './engine.ts'
import { Figures } from './figures.ts'
import { Motion } from './motion.ts'
import { openEngine } from './open-engine.ts'
import { Rewind } from './rewind.ts'
import { type Offer, offersMore, type Rung, readOffer, rungFor } from './rungs.ts'
import type { ServerClock } from './server-clock.ts'
import { newStats, type PlayerPhase, type PlayerStats } from './stats.ts'
import { keepStill } from './still.ts'
import { reachable, type Timeline } from './timeline.ts'

const tickMs = 250
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
  /** The rewind window moved on over the viewer's place, and took them along. */
  readonly carried: () => void
}

/** What is played, and how far back it goes. */
export type Programme = {
  /** Its playlist. */
  readonly source: string
  /** How far back one can go, seconds; 0: no further than its playlist reaches. */
  readonly rewindSeconds: number
  /** When it began, ms since 1970; null: not known. */
  readonly startedAtMs: number | null
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
  readonly #motion: Motion
  readonly #figures: Figures
  #wantsPlay = true
  #openedMs = 0
  #firstOpenMs = 0
  #retry: ReturnType<typeof setTimeout> | null = null
  #retries = 0
  #mendedMs = Number.NEGATIVE_INFINITY
  #generation = 0
  #inBackground = false
  readonly #rewind = new Rewind()
  /** Between the picture and the sound alone: no beginning, and no failure. */
  #switching = false

  constructor(options: PlayerOptions) {
    this.#options = options
    this.quality = options.quality
    this.delay = options.delay
    const { video, clock } = options
    this.#motion = new Motion(video, this.stats)
    this.#figures = new Figures(video, clock, this.stats)
    this.#timer = setInterval(() => this.#tick(), tickMs)
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

  /** Plays this. The same again loads it anew. */
  async load({ source, rewindSeconds, startedAtMs }: Programme): Promise<void> {
    this.#source = source
    if (!this.#rewind.begin(rewindSeconds, startedAtMs)) this.#setBehind(false)
    this.offer = { rungs: [], sound: null }
    this.#retries = 0
    await this.#open()
  }

  unload(): void {
    this.#keepStill()
    this.#source = null
    this.#close()
    this.#setBehind(false)
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
    this.#motion.leave()
    // The browser's own player has another source for it.
    if (this.#engine?.kind === 'native' && this.#engine.listsWhole) void this.#open('switch')
    else this.#engine?.seekLive()
    if (this.#options.video.paused && this.#engine !== null) void this.#play()
    this.#options.changed()
  }

  /** Moves by seconds, within what can be reached; back means: stay behind live. */
  seekBy(seconds: number): void {
    const timeline = this.timeline
    if (timeline !== null) this.seekTo(timeline.position + seconds)
  }

  /** Moves to a moment of media time, within what can be reached. */
  seekTo(time: number): void {
    const timeline = this.timeline
    const engine = this.#engine
    if (timeline === null || engine === null) return
    if (time >= timeline.live) {
      this.goLive()
      return
    }
    const to = reachable(timeline, time)
    if (to < timeline.position) this.#setBehind(true)
    this.#motion.leave()
    const window = engine.window()
    if (engine.kind === 'native' && window !== null && to < window[0] && !engine.listsWhole) {
      this.#rewind.placeMs = engine.dateAt(to)
      void this.#open('switch')
    } else engine.seek(to)
    this.#options.changed()
  }

  /** The viewer looks at the rewind window: it is listed, so that a seek finds what it needs. */
  lookBack(looks: boolean): void {
    this.#rewind.looks = looks
    this.#list()
  }

  /** What can be reached, in media time; null while unknown. */
  get timeline(): Timeline | null {
    return this.#rewind.timeline(this.#engine, this.#options.video)
  }

  /** The wall-clock time (ms since 1970, the server's) of a moment of media time; null: not known. */
  dateAt(time: number): number | null {
    return this.#engine?.dateAt(time) ?? null
  }

  /** There is more to go back to than what the live playlist lists. */
  get rewindable(): boolean {
    return this.#engine !== null && this.#rewind.reaches(this.#engine)
  }

  /** Whether so many seconds back can be reached. */
  canGoBack(seconds: number): boolean {
    const timeline = this.timeline
    return timeline !== null && timeline.position - seconds >= timeline.start
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
    return this.#figures.soundRate
  }

  /** Since when (performance.now) nothing moves that should; null: all is well. */
  get stillSinceMs(): number | null {
    return this.#motion.stillSinceMs
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
    if (before !== this.soundOnly || this.#isNews(quality)) void this.#open('switch')
    else if (typeof quality === 'number' || quality === 'auto')
      this.#engine?.choose(quality === 'auto' ? null : quality)
    this.#options.changed()
  }

  /** What is wanted came later than the engine, which knows nothing of it. */
  #isNews(quality: Quality): boolean {
    const rung = typeof quality === 'number' ? rungFor(this.offer.rungs, quality) : null
    const known = this.#engine?.rungs() ?? []
    return rung !== null && known.length > 0 && !known.some(({ name }) => name === rung.name)
  }

  /**
   * Asks which qualities there are by now: those that come while a broadcast is watched make nobody load anew, so that nothing
   * stands still for them. Whoever looks at the menu, and whoever's connection is too slow for what there was, has use for them.
   */
  async lookForRungs(): Promise<void> {
    const source = this.#source
    if (source === null || this.soundOnly) return
    const answer = await fetch(source).catch(() => null)
    if (answer?.ok !== true) return
    const offer = readOffer(await answer.text(), new URL(source, location.href).href)
    if (source !== this.#source || !offersMore(offer, this.offer.rungs)) return
    this.offer = offer
    this.#options.changed()
  }

  async #moveToNewRungs(): Promise<void> {
    await this.lookForRungs()
    const known = this.#engine?.rungs() ?? []
    if (this.quality === 'auto' && known.length > 0 && offersMore(this.offer, known)) await this.#open('switch')
  }

  setDelay(delay: Delay): void {
    if (delay === this.delay) return
    this.delay = delay
    this.#holdBack()
    // What is buffered reaches far enough back: going there is no wait.
    if (!this.behind && this.#motion.started) this.#engine?.seekLive()
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
    this.#engine?.holdBack(this.#motion.extra, this.#atLeastBehind)
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
    if (this.#motion.started) this.#keepStill()
    this.#close()
    // Who is behind on purpose stays where they are.
    const from = this.behind ? this.#rewind.placeMs : null
    if (from === null) this.#setBehind(false)
    if (this.#source === null) return
    const nowMs = performance.now()
    if (this.#firstOpenMs === 0) this.#firstOpenMs = nowMs
    else if (why === 'load') this.stats.reloads += 1
    this.#openedMs = nowMs
    this.#motion.opened(nowMs)
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
    const { rewindSeconds } = this.#rewind
    const first = this.soundOnly ? 'media' : 'multivariant'
    const options = { atLeastBehind, content, failed, rewindSeconds, first, from } as const
    const engine = openEngine(this.#library, video, url, options)
    if (typeof engine === 'string') return this.#fail(engine)
    this.#engine = engine
    engine.stayBehind(this.behind)
    this.stats.engine = engine.kind
    this.#holdBack()
    if (typeof this.quality === 'number') engine.choose(this.quality)
    if (this.#wantsPlay) await this.#play()
  }

  #close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    this.#figures.closed()
    this.#engine?.destroy()
    this.#engine = null
    this.#motion.closed()
    this.#rewind.closed()
  }

  #onFailure(why: EngineFailure): void {
    if (!this.#motion.started) this.stats.failed = why
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

  /** What is loaded goes on no more, and reports no failure. */
  #startAnew(): void {
    this.#options.trouble()
    void this.#open()
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
    this.#motion.release()
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
    if (this.#engine === null || !this.#motion.ranDry(this.#engine, this.behind)) return
    this.#holdBack()
    void this.#moveToNewRungs()
  }

  #setBehind(behind: boolean): void {
    this.behind = behind
    if (!behind) this.#rewind.placeMs = null
    this.#engine?.stayBehind(behind)
  }

  #list(): void {
    const engine = this.#engine
    if (engine === null) return
    const whole = this.#rewind.wantsWhole(engine, this.behind)
    if (engine.kind === 'hls') engine.list(whole)
    // To the browser's own player the whole window is another source: only if it must.
    else if (whole && !engine.listsWhole && this.#rewind.placeMs !== null && this.#rewind.leaves(engine))
      void this.#open('switch')
  }

  #tick(): void {
    const engine = this.#engine
    const nowMs = performance.now()
    if (engine !== null) {
      this.#rewind.read(engine, this.behind)
      this.#followWindow(engine)
      this.#list()
      engine.tick()
      this.#motion.keepMoving(engine, nowMs, { play: this.#wantsPlay, behind: this.behind })
      if (this.#motion.isStuck(engine, nowMs)) this.#startAnew()
    }
    const seen = this.#motion.note(nowMs, this.#source !== null && this.#wantsPlay, this.#engine !== null)
    if (seen !== 'still') this.showsStill = false
    if (seen === 'first picture') this.#onFirstPicture(nowMs)
    this.#figures.read(this.#engine, this.#motion.started, this.soundOnly)
    this.#readOffer()
    this.#setPhase(this.#phase())
    this.#options.changed()
  }

  /** A viewer who stayed behind until the window left them is carried along; one who caught up is live again. */
  #followWindow(engine: Engine): void {
    if (!this.behind || !this.#wantsPlay || !this.#motion.started) return
    const { timeline } = this
    const sync = engine.syncPosition()
    if (timeline === null || sync === null) return
    if (sync - timeline.position < 0.5) this.#setBehind(false)
    else if (timeline.position >= timeline.start - 0.5) return
    else if (this.#rewind.rewindSeconds === 0) this.goLive()
    else {
      this.seekTo(timeline.start)
      this.#options.carried()
    }
  }

  #onFirstPicture(nowMs: number): void {
    this.#retries = 0
    this.stats.failed = null
    this.stats.startMs ??= Math.round(nowMs - this.#firstOpenMs)
  }

  #readOffer(): void {
    const rungs = this.soundOnly ? [] : (this.#engine?.rungs() ?? [])
    // Rates may be told anew with every reload; the menu need not follow them four times a second.
    if (rungs.length > this.offer.rungs.length) this.offer = { ...this.offer, rungs }
  }

  #phase(): PlayerPhase {
    const { video } = this.#options
    const { state } = this.stats
    if (this.#source === null) return 'idle'
    if (state === 'failed') return 'failed'
    if (video.ended) return 'ended'
    if (state === 'blocked' && video.paused) return 'blocked'
    if (!this.#wantsPlay) return 'paused'
    if (!this.#motion.started) return this.#switching ? 'held' : 'loading'
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
