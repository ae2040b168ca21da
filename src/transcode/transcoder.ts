import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Broadcast } from '../live/broadcast.ts'
import type { Reader } from '../live/ports.ts'
import type { RungSink } from '../live/rungs.ts'
import type { SoundSink } from '../live/sound-sink.ts'
import { Admission } from './box/admission.ts'
import { BoxPressure } from './box/box-pressure.ts'
import { BoxTurns } from './box/box-turns.ts'
import { budgetOf } from './box/budget.ts'
import { costOfSound } from './box/cost.ts'
import { EncoderChoice } from './box/encoder-choice.ts'
import type { VideoEncoder } from './box/encoders.ts'
import { findEncoders } from './box/find-encoders.ts'
import { KnownEncoders } from './box/known-encoders.ts'
import { MeasuredCost } from './box/measured-cost.ts'
import { processors } from './box/processors.ts'
import { ChildThreads } from './child/child-threads.ts'
import type { Ladder } from './ladder.ts'
import { LadderedBroadcast, type Workshop } from './laddered-broadcast.ts'
import { type MissingPart, WITHOUT_LIBOPUS, withoutFfmpeg } from './missing-ffmpeg.ts'
import { opusArguments } from './sound/opus-arguments.ts'
import { OpusSound } from './sound/opus-sound.ts'
import { type LadderStatus, NO_LADDER } from './status.ts'

const LOOK_MS = 250
const LOOKS_A_SECOND = 4
/** Without an FFmpeg that can be used it is looked for again after so long, while somebody broadcasts. */
const AGAIN_MS = 30_000

/** They may change: read when they matter. */
export type TranscoderSettings = {
  readonly maxBroadcasts: number | 'auto'
  /** Shortest segment. */
  readonly segmentSeconds: number
  /** Which rungs are made only while somebody watches them: those that their ladder says, all, or none. */
  readonly onDemand: 'ladder' | 'all' | 'off'
  /** So long after the last request for it nobody watches a rung any more. */
  readonly idleSeconds: number
}

export type TranscoderOptions = {
  readonly settings: TranscoderSettings
  /** What is made of a broadcast that begins; `auto`: what there is room for. */
  readonly ladderOf: (slug: string) => Ladder | 'auto' | 'off'
  /** Whether a broadcast that begins is to have its sound in Opus too. */
  readonly opusOf: (slug: string) => boolean
  /** Whether sound in Opus is asked for on any channel. */
  readonly wantsOpus: () => boolean
  readonly ffmpeg: () => string
  readonly log: Log
}

/** Makes further qualities of broadcasts: of which, how many, by what, and how much of them at a time. */
export class Transcoder {
  readonly name = 'transcoder'
  readonly #options: TranscoderOptions
  readonly #threads: ChildThreads
  readonly #admission: Admission
  readonly #pressure = new BoxPressure()
  readonly #broadcasts = new Map<string, LadderedBroadcast>()
  readonly #sounds = new Map<string, OpusSound>()
  readonly #observers = new Set<(slug: string) => void>()
  readonly #stopping = new AbortController()
  readonly #known: KnownEncoders
  readonly #workshop: Workshop
  #processors = 1
  #encoders: EncoderChoice<VideoEncoder> | undefined
  #names: readonly string[] = []
  #hasOpus = true
  #isMissing = false
  #lookedMs = 0
  #looking: Promise<void> | undefined
  #withDeathSignal: boolean | undefined
  #ticker: NodeJS.Timeout | undefined
  #ticks = 0
  #used: { readonly atMs: number; readonly cpuSeconds: number } | undefined

  constructor(options: TranscoderOptions) {
    this.#options = options
    const { settings, log } = options
    this.#threads = new ChildThreads(log)
    // Sound waits for nobody: ladders have what it leaves.
    const budget = (): number => Math.max(0, budgetOf(this.#processors) - this.#soundCost)
    this.#admission = new Admission({
      get maxBroadcasts() {
        return settings.maxBroadcasts
      },
      get budget() {
        return budget()
      },
    })
    this.#known = new KnownEncoders((ffmpeg) =>
      findEncoders(ffmpeg, { signal: this.#stopping.signal, trySoftware: false }),
    )
    this.#workshop = {
      ...{ threads: this.#threads, admission: this.#admission, measured: new MeasuredCost(), turns: new BoxTurns() },
      room: () => Math.max(0, budget() - this.#admission.describe().cost),
      encoders: () => this.#encoders,
      isMissing: () => this.#isMissing,
      command: () => this.#command(),
      missing: () => this.#noFfmpeg(undefined),
    }
  }

  async start(): Promise<void> {
    this.#processors = await processors()
    await this.#pressure.start()
    this.#ticker = setInterval(() => void this.#tick(), LOOK_MS)
  }

  /** Kills all children, and waits until they are gone. */
  async stop(): Promise<void> {
    clearInterval(this.#ticker)
    this.#stopping.abort()
    this.#pressure.stop()
    await this.#looking
    await this.#threads.stop()
  }

  /**
   * A reader for a broadcast, as the hub wants them; undefined: nothing is to be made of it.
   * @param sink where the rungs go
   */
  reader({ slug, id }: Broadcast, sink: RungSink): Reader | undefined {
    const { ladderOf, settings, log } = this.#options
    const ladder = ladderOf(slug)
    if (ladder === 'off') return undefined
    this.lookForEncoders()
    const { onDemand } = settings
    const laddered: LadderedBroadcast = new LadderedBroadcast({
      ...{ ladder, sink, segmentMs: settings.segmentSeconds * 1000, workshop: this.#workshop },
      isOnDemand: (rung) => onDemand === 'all' || (onDemand === 'ladder' && rung.onDemand === true),
      idleMs: () => settings.idleSeconds * 1000,
      changed: () => this.#changed(slug),
      ended: () => {
        if (this.#broadcasts.get(slug) === laddered) this.#broadcasts.delete(slug)
        this.#changed(slug)
      },
      log: log.child({ channel: slug, broadcast: id }),
    })
    this.#broadcasts.set(slug, laddered)
    return laddered
  }

  /**
   * A reader that makes the sound of a broadcast once more; undefined: nobody asked for it.
   * @param sink where it goes
   */
  soundReader({ slug, id }: Broadcast, sink: SoundSink): Reader | undefined {
    if (!this.#options.opusOf(slug)) return undefined
    this.lookForEncoders()
    const sound: OpusSound = new OpusSound({
      sink,
      launch: (skip, events) => {
        const { program, args } = this.#command()
        return this.#threads.start({ program, args: [...args, ...opusArguments(skip)], outputs: ['ogg'] }, events)
      },
      isReady: () => this.#encoders !== undefined && !this.#isMissing && this.#hasOpus,
      missing: () => this.#noFfmpeg(undefined),
      ended: () => {
        if (this.#sounds.get(slug) === sound) this.#sounds.delete(slug)
        this.#admission.reconsider()
      },
      log: this.#options.log.child({ channel: slug, broadcast: id }),
    })
    this.#sounds.set(slug, sound)
    if (this.#encoders !== undefined) this.#lookForOpus()
    return sound
  }

  /** There may be another FFmpeg now. */
  ffmpegChanged(): void {
    this.#isMissing = false
    this.#encoders = undefined
    this.#looking = undefined
    if (this.#broadcasts.size + this.#sounds.size > 0) this.lookForEncoders()
  }

  /** There may be room for more now. */
  limitsChanged(): void {
    this.#admission.reconsider()
  }

  observe(observer: (slug: string) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  describe(slug: string): LadderStatus {
    return this.#broadcasts.get(slug)?.describe() ?? NO_LADDER
  }

  /** What this box lacks for what was asked for of a broadcast; undefined: nothing, or that is not known yet. */
  missing(slug: string): MissingPart | undefined {
    const hasOpus = this.#sounds.has(slug)
    if (this.#isMissing && (hasOpus || this.#broadcasts.has(slug)))
      return { what: 'ffmpeg', todo: withoutFfmpeg(hasOpus) }
    return hasOpus && !this.#hasOpus ? { what: 'libopus', todo: WITHOUT_LIBOPUS } : undefined
  }

  /** All that have a ladder, by channel. */
  all(): readonly { readonly slug: string; readonly pids: readonly number[]; readonly status: LadderStatus }[] {
    return [...this.#broadcasts].map(([slug, each]) => ({ slug, pids: each.pids, status: each.describe() }))
  }

  /** All whose sound is made in Opus too, by channel. */
  sounds(): readonly ({ readonly slug: string } & OpusSound['figures'])[] {
    return [...this.#sounds].map(([slug, { figures }]) => ({ slug, ...figures }))
  }

  /** What the box carries, and what of it is taken. Processors. */
  get box(): {
    readonly budget: number
    readonly cost: number
    readonly waiting: number
    readonly threadFailures: number
  } {
    const { budget, cost, waiting } = this.#admission.describe()
    const sounds = this.#soundCost
    return { budget: budget + sounds, cost: cost + sounds, waiting, threadFailures: this.#threads.failures }
  }

  /** Names of the encoders that work, as FFmpeg has them, best first; none: not known yet, or there is no FFmpeg. */
  get encoders(): readonly string[] {
    return this.#names
  }

  /** Looks what FFmpeg can encode with, unless that is known: the first broadcast needn't wait for it then. */
  lookForEncoders(): void {
    if (this.#encoders !== undefined) return
    this.#lookedMs = performance.now()
    this.#looking ??= this.#find().finally(() => {
      this.#looking = undefined
    })
  }

  async #find(): Promise<void> {
    const { log } = this.#options
    const ffmpeg = this.#options.ffmpeg()
    try {
      this.#withDeathSignal ??= await knowsDeathSignal()
      const { software, hardware, version, hasOpus } = await this.#known.with(ffmpeg)
      if (ffmpeg !== this.#options.ffmpeg()) return
      const works = [...hardware, software].flatMap(({ encoder, why }) => (why === undefined ? [encoder] : []))
      const last = works.pop()
      if (last === undefined) {
        this.#noFfmpeg(`this FFmpeg can’t encode H.264: ${software.why ?? ''}`)
        return
      }
      this.#isMissing = false
      this.#hasOpus = hasOpus
      this.#encoders = new EncoderChoice([...works, last])
      this.#names = [...works, last].map(({ name }) => name)
      log.info({ ffmpeg: version, encoders: this.#names }, 'encoders were found')
      this.#lookForOpus()
      for (const each of [...this.#broadcasts.values(), ...this.#sounds.values()]) each.consider()
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#noFfmpeg(messageOf(error))
    }
  }

  /** What the sounds in Opus keep busy. Processors. */
  get #soundCost(): number {
    return this.#hasOpus ? this.#sounds.size * costOfSound('opus') : 0
  }

  #lookForOpus(): void {
    if (this.#hasOpus || this.#sounds.size === 0) return
    this.#options.log.warn(
      { ffmpeg: this.#options.ffmpeg() },
      `this FFmpeg was built without libopus: broadcasts have the sound of their source alone. ${WITHOUT_LIBOPUS}`,
    )
  }

  /** Said once, however often it is looked for. */
  #noFfmpeg(error: string | undefined): void {
    if (this.#isMissing) return
    this.#isMissing = true
    const { log, ffmpeg, wantsOpus } = this.#options
    log.warn({ ffmpeg: ffmpeg(), error }, `no FFmpeg that can be used. ${withoutFfmpeg(wantsOpus())}`)
    for (const slug of this.#broadcasts.keys()) this.#changed(slug)
  }

  #command(): { readonly program: string; readonly args: readonly string[] } {
    const program = this.#options.ffmpeg()
    // It ends with its input when the server does; one that hangs then doesn't read it.
    return this.#withDeathSignal
      ? { program: SETPRIV, args: ['--pdeathsig', 'KILL', '--', program] }
      : { program, args: [] }
  }

  async #tick(): Promise<void> {
    if (this.#broadcasts.size + this.#sounds.size === 0) return
    const nowMs = performance.now()
    for (const each of [...this.#broadcasts.values(), ...this.#sounds.values()]) each.look(nowMs)
    if (this.#isMissing && nowMs - this.#lookedMs > AGAIN_MS) this.lookForEncoders()
    if (++this.#ticks % LOOKS_A_SECOND !== 0) return
    const { waiting, idle } = await this.#pressure.look()
    const atMs = performance.now()
    const pressure = waiting * this.#blame(atMs, idle)
    for (const laddered of this.#broadcasts.values()) laddered.limit({ atMs, pressure, idle })
  }

  /** The children's share of what keeps the processors busy: where others do, it is no help to make less. */
  #blame(atMs: number, idle: number | undefined): number {
    let cpuSeconds = 0
    for (const laddered of this.#broadcasts.values()) cpuSeconds += laddered.describe().cpuSeconds
    for (const { figures } of this.#sounds.values()) cpuSeconds += figures.cpuSeconds
    const before = this.#used
    this.#used = { atMs, cpuSeconds }
    if (before === undefined || idle === undefined || atMs <= before.atMs) return 1
    const children = ((cpuSeconds - before.cpuSeconds) * 1000) / (atMs - before.atMs)
    const busy = this.#processors - idle
    return busy <= 0 ? 1 : Math.min(1, Math.max(0, children / busy))
  }

  #changed(slug: string): void {
    for (const observer of this.#observers) {
      try {
        observer(slug)
      } catch (error) {
        this.#options.log.error({ channel: slug, error: messageOf(error) }, 'an observer of the transcoder failed')
      }
    }
  }
}

const SETPRIV = 'setpriv'

/** Whether there is util-linux' `setpriv`, which has the kernel kill a program when the thread that started it ends (others don't know the option). */
async function knowsDeathSignal(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  try {
    await promisify(execFile)(SETPRIV, ['--pdeathsig', 'KILL', '--', 'true'], { timeout: 30_000 })
    return true
  } catch {
    return false
  }
}
