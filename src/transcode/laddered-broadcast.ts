import type { Log } from '../base/log.ts'
import type { Reader } from '../live/ports.ts'
import type { PromisedRung, RungSink } from '../live/rungs.ts'
import { parseAvcC } from '../media/avcc.ts'
import type { Packet, Track } from '../media/packet.ts'
import { parseSps } from '../media/sps.ts'
import { AwakeRungs } from './awake-rungs.ts'
import type { Admission, Seat } from './box/admission.ts'
import type { BoxTurns } from './box/box-turns.ts'
import type { EncoderChoice } from './box/encoder-choice.ts'
import { type VideoEncoder, X264 } from './box/encoders.ts'
import { type LadderStep, ladderSteps } from './box/ladder-steps.ts'
import type { MeasuredCost } from './box/measured-cost.ts'
import { SelfLimit } from './box/self-limit.ts'
import type { ChildThreads } from './child/child-threads.ts'
import { type ChosenLadder, type CostRules, chooseLadder, costOfPlan, ladderFor } from './choose-ladder.ts'
import { ffmpegArguments } from './ffmpeg-arguments.ts'
import { FrameRate } from './frame-rate.ts'
import type { Ladder } from './ladder.ts'
import { type PlannedRung, planLadder, type SourcePicture } from './plan.ts'
import { promiseOf } from './promise.ts'
import { Splicer } from './splicer.ts'
import type { LadderState, LadderStatus, RungRest } from './status.ts'
import { WatchedRungs } from './watched-rungs.ts'

/** What all broadcasts share. */
export type Workshop = {
  readonly threads: Pick<ChildThreads, 'start'>
  readonly admission: Admission
  readonly measured: MeasuredCost
  readonly turns: BoxTurns
  /** Processors that may still be kept busy. */
  readonly room: () => number
  /** Undefined: not looked for yet, or there is no FFmpeg. */
  readonly encoders: () => EncoderChoice<VideoEncoder> | undefined
  readonly isMissing: () => boolean
  /** What is spawned, and what stands before FFmpeg's own arguments. */
  readonly command: () => { readonly program: string; readonly args: readonly string[] }
  readonly missing: () => void
}

export type LadderedBroadcastOptions = {
  /** `auto`: what there is room for. */
  readonly ladder: Ladder | 'auto'
  /** Whether a rung is made only while somebody watches it. */
  readonly isOnDemand: (rung: PlannedRung) => boolean
  /** So long after the last request for it nobody watches a rung any more. */
  readonly idleMs: () => number
  readonly segmentMs: number
  readonly sink: RungSink
  readonly workshop: Workshop
  readonly changed: () => void
  readonly ended: () => void
  readonly log: Log
}

/** What the box has over, since the last look. */
export type BoxLook = { readonly atMs: number; readonly pressure: number; readonly idle: number | undefined }

/** How long a child works before it says how much this machine takes for it. */
const MEASURED_MS = 10_000
/** How long a child may take until its first frame before that says something about the box. */
const BEGINNING_MS = 15_000
/** A child that made nothing, or stopped so soon, may be the encoder's fault. */
const SOON_MS = 5000

/** The ladder of one broadcast: chooses it, waits for its turn, runs as much of it as the box carries. */
export class LadderedBroadcast implements Reader {
  readonly #options: LadderedBroadcastOptions
  readonly #splicer: Splicer
  readonly #rate = new FrameRate()
  #video: Track | undefined
  #encoder: VideoEncoder | undefined
  #chosen: (ChosenLadder & { readonly source: SourcePicture }) | undefined
  #seat: Seat | undefined
  #limit: SelfLimit | undefined
  #ladderSteps: readonly LadderStep[] = []
  #watched = new WatchedRungs([], () => 0)
  #promised: readonly PromisedRung[] = []
  /** Of its ladder, what is no smaller than the picture that comes now: nothing is ever made larger. */
  #tooLarge: readonly string[] = []
  /** What its seat was taken for. */
  #seatedFor = ''
  /** Of its ladder, what there is reason and room to make. */
  readonly #awake = new AwakeRungs()
  /** What runs, or is about to; empty: the source alone. */
  #rungs: readonly PlannedRung[] = []
  #appliedMs = 0
  #steps = 0
  /** Names of what was awake before. */
  #made: readonly string[] = []
  #wakes = 0
  #restartsSeen = 0
  #lookedPts: number | undefined
  #measure: { readonly atMs: number; readonly pts: number; readonly cpuSeconds: number } | undefined

  constructor(options: LadderedBroadcastOptions) {
    this.#options = options
    const { sink, workshop, changed, log } = options
    this.#splicer = new Splicer({
      ...{ changed, log },
      sink: {
        track: (name, track) => sink.track(name, track),
        packet: (name, packet) => sink.packet(name, packet),
        pause: (name) => this.#pause(name),
      },
      missing: workshop.missing,
      failed: (workedMs) => this.#childFailed(workedMs),
      launch: (rungs, events) => {
        const { program, args } = workshop.command()
        const own = ffmpegArguments({ rungs, encoder: this.#encoder ?? X264 })
        return workshop.threads.start({ program, args: [...args, ...own], outputs: rungs.map(() => 'flv') }, events)
      },
    })
  }

  track(track: Track): void {
    if (track.codec.kind !== 'h264') return
    this.#video = track
    this.#fit()
    this.#splicer.track(track)
  }

  packet(packet: Packet): void {
    if (packet.trackId !== this.#video?.id) return
    this.#splicer.packet(packet)
    const isKnownNow = this.#rate.note(packet.dts + packet.cts)
    if (packet.isSync || isKnownNow) this.consider()
  }

  discontinuity(): void {
    this.#rate.reset()
    this.#video = undefined
    this.#splicer.discontinuity()
  }

  end(): void {
    this.#splicer.end()
    this.#seat?.leave()
    this.#options.ended()
  }

  /** Chooses a ladder as soon as all is known that it goes by; goes on where something changed. Cheap when there is nothing to do. */
  consider(): void {
    const { isOnDemand, idleMs, workshop, log } = this.#options
    const encoders = workshop.encoders()
    const source = this.#source()
    if (encoders === undefined || source === undefined) return
    this.#encoder ??= encoders.best(performance.now())
    if (this.#chosen === undefined) {
      const chosen = this.#choose(source)
      this.#chosen = { ...chosen, source }
      if (chosen.plan.rungs.length === 0) {
        log.info({ width: source.width, height: source.height }, 'nothing smaller can be made of this picture')
        return
      }
      const names = chosen.plan.rungs.filter(isOnDemand).map(({ name }) => name)
      this.#watched = new WatchedRungs(names, idleMs)
      this.#promise()
    }
    const { framesPerSecond } = source
    if (framesPerSecond !== undefined && this.#chosen.source.framesPerSecond !== framesPerSecond) {
      if (this.#awake.names.length > 0) this.#atRate(source)
      else this.#plan(source)
      this.#promise()
    }
    this.#settle(source, performance.now())
  }

  /** Looks for children that hang, and for what players ask for. A few times a second. */
  look(nowMs: number): void {
    this.#splicer.look(nowMs)
    const { sink } = this.#options
    const { running } = this.#splicer.figures
    for (const name of this.#watched.look(nowMs, (each) => sink.demand(each)))
      if (!running.includes(name)) sink.sleep(name)
    const source = this.#source()
    if (source !== undefined && this.#watched.names.length > 0) this.#settle(source, nowMs)
  }

  /** Once a second: does the box carry it? */
  limit({ atMs, pressure, idle }: BoxLook): void {
    const limit = this.#limit
    if (limit === undefined) return
    const { restarts, lagMs, isWaiting } = this.#splicer.figures
    const pts = this.#splicer.madePts
    const isBeginning = pts === undefined && atMs - this.#appliedMs < BEGINNING_MS
    if (restarts !== this.#restartsSeen || isWaiting || isBeginning) limit.settle(atMs)
    this.#restartsSeen = restarts
    const pace = pts === undefined || this.#lookedPts === undefined ? 1 : (pts - this.#lookedPts) / this.#timescale
    this.#lookedPts = pts
    this.#noteCost(atMs, pts)
    const isIdle = this.#video === undefined
    // While its encoder is away there is nothing to learn.
    const change = isIdle ? undefined : limit.look({ atMs, lagMs: lagMs ?? 0, pace, pressure, idle })
    if (change === undefined) return
    const { ladder } = this.#describeStep(change.step)
    this.#options.log.info(
      { ...change, rungs: ladder, lagMs, pressure: Math.round(pressure * 100) / 100 },
      change.why === 'room' ? 'there is room again: more is made of the ladder' : 'the box can’t keep up: less is made',
    )
    this.#steps++
    this.#apply()
  }

  describe(): LadderStatus {
    const { framesIn, framesOut, skipped, restarts, cpuSeconds, lagMs, running } = this.#splicer.figures
    const place = this.#seat?.place
    return {
      state: this.#state(),
      ladder: this.#chosen?.ladder.name,
      encoder: this.#encoder?.name,
      rungs: this.#possible.map(({ name, width, height, framesPerSecond, videoKbps }) => ({
        ...{ name, width, height, videoKbps },
        framesPerSecond: this.#rungs.find((rung) => rung.name === name)?.framesPerSecond ?? framesPerSecond,
        running: running.includes(name),
        rest: running.includes(name) ? undefined : this.#restOf(name),
      })),
      position: place?.state === 'waiting' ? place.position : undefined,
      ...{ lagMs, restarts, steps: this.#steps, wakes: this.#wakes, cpuSeconds, framesIn, framesOut, skipped },
    }
  }

  #restOf(name: string): RungRest {
    if (!this.#watched.isWatched(name)) return 'asleep'
    if (this.#awake.crowded.includes(name)) return 'crowded'
    return this.#rungs.some((rung) => rung.name === name) ? 'starting' : 'limited'
  }

  /** Process numbers of its children. */
  get pids(): readonly number[] {
    return this.#splicer.figures.pids
  }

  #state(): LadderState {
    if (this.#chosen !== undefined && this.#possible.length === 0) return 'off'
    const { running, isWaiting } = this.#splicer.figures
    if (this.#options.workshop.isMissing() || isWaiting) return 'failed'
    if ((this.#limit?.step ?? 0) > 0) return 'limited'
    if (this.#awake.crowded.length > 0) return 'crowded'
    if (running.length > 0) return 'running'
    return this.#chosen !== undefined && this.#wanted().length === 0 ? 'asleep' : 'waiting'
  }

  /** Its ladder, as far as it is smaller than its source. */
  get #possible(): readonly PlannedRung[] {
    return this.#chosen?.plan.rungs.filter(({ name }) => !this.#tooLarge.includes(name)) ?? []
  }

  get #timescale(): number {
    return this.#video?.timescale ?? 90_000
  }

  #source(): SourcePicture | undefined {
    if (this.#video?.codec.kind !== 'h264') return undefined
    const [sps] = parseAvcC(this.#video.codec.avcC).sps
    if (sps === undefined) return undefined
    const { width, height, sampleAspectRatio } = parseSps(sps)
    const framesPerSecond = this.#rate.get(this.#timescale)
    return { width: Math.round((width * sampleAspectRatio[0]) / sampleAspectRatio[1]), height, framesPerSecond }
  }

  #rules(): CostRules {
    const name = (this.#encoder ?? X264).name
    return {
      byChip: name !== X264.name,
      correct: (cost) => this.#options.workshop.measured.correct(name, cost),
    }
  }

  #choose(source: SourcePicture): ChosenLadder {
    const { ladder, workshop } = this.#options
    if (ladder === 'auto') return chooseLadder(source, workshop.room(), this.#rules())
    return ladderFor(ladder, source, this.#rules())
  }

  /** What its rungs will be of this source. Those that wait for somebody to watch them are listed from now on. */
  #promise(): void {
    const rungs = this.#chosen?.plan.rungs ?? []
    this.#promised = rungs.map((rung) => promiseOf(rung, !this.#watched.has(rung.name)))
    this.#expect()
  }

  /** What the ladder will be, as far as it has its turn and didn't give way. */
  #expect(): void {
    const isSeated = this.#seat?.place.state === 'running'
    const comes = (name: string): boolean =>
      isSeated && (this.#limit === undefined || this.#rungs.some((rung) => rung.name === name))
    const possible = this.#promised.filter(({ name }) => !this.#tooLarge.includes(name))
    const promised = possible.filter(({ name, always }) => !always || comes(name))
    const names = promised.map(({ name }) => name)
    if (names.length > 0) this.#options.sink.expect(names, promised)
  }

  /** Names of what there is reason to make, best first. */
  #wanted(): readonly string[] {
    return this.#possible.map(({ name }) => name).filter((name) => this.#watched.isWatched(name))
  }

  /** An encoder may come back with another size of its picture: what isn't smaller rests, and its source stands in for it. */
  #fit(): void {
    const source = this.#source()
    if (source === undefined || this.#chosen === undefined) return
    const { ladder, plan } = this.#chosen
    const smaller = ladderFor(ladder, source, this.#rules()).plan.rungs.map((rung) => rung.name)
    const before = this.#tooLarge
    this.#tooLarge = plan.rungs.map((rung) => rung.name).filter((each) => !smaller.includes(each))
    if (this.#tooLarge.join() === before.join()) return
    const { log, sink, changed } = this.#options
    const { width, height } = source
    log.info({ width, height, rungs: this.#tooLarge }, 'another size of picture: what isn’t smaller is not made of it')
    for (const each of this.#tooLarge) if (!before.includes(each)) sink.withdraw(each)
    if (this.#awake.drop(this.#tooLarge)) this.#make(source)
    this.#expect()
    changed()
  }

  /** Nothing of it comes any more. */
  #pause(name: string): void {
    const { sink } = this.#options
    if (this.#watched.isWatched(name)) sink.pause(name)
    else sink.sleep(name)
  }

  /** Makes what there is reason and room for. */
  #settle(source: SourcePicture, nowMs: number): void {
    const wanted = this.#wanted()
    if (wanted.length > 0) {
      this.#askForSeat(wanted, source)
      if (this.#seat?.place.state !== 'running' || source.framesPerSecond === undefined) return
    }
    const { crowded } = this.#awake
    const hasRoom = (names: readonly string[]): boolean => this.#seat?.mayCost(this.#costOf(names, source)) === true
    if (this.#awake.settle(nowMs, wanted, hasRoom)) this.#make(source)
    else if (wanted.length === 0) this.#leaveSeat()
    if (crowded.join() === this.#awake.crowded.join()) return
    const { log, changed } = this.#options
    const rungs = this.#awake.crowded
    if (rungs.length > 0) log.info({ rungs }, 'watched, and there is no room to make it: the source stands in')
    changed()
  }

  #askForSeat(wanted: readonly string[], source: SourcePicture): void {
    const names = wanted.join()
    if (this.#seat === undefined) this.#takeSeat(wanted, source)
    else if (this.#seat.place.state === 'waiting' && this.#seatedFor !== names)
      this.#seat.costs(this.#costOf(wanted, source))
    this.#seatedFor = names
  }

  #takeSeat(wanted: readonly string[], source: SourcePicture): void {
    const { workshop, changed, log } = this.#options
    this.#seat = workshop.admission.enter(this.#costOf(wanted, source), ({ state }) => {
      if (state === 'running') this.#expect()
      this.consider()
      changed()
    })
    const { place } = this.#seat
    const isAwaited = wanted.some((name) => !this.#watched.has(name))
    if (place.state === 'waiting')
      log.info({ ladder: this.#chosen?.ladder.name, ...place }, 'waiting for room to transcode, the source is live')
    else if (isAwaited) this.#expect()
    changed()
  }

  #leaveSeat(): void {
    this.#seat?.leave()
    this.#seat = undefined
  }

  /** What is awake from now on; nothing: nobody watches. */
  #make(source: SourcePicture): void {
    const { segmentMs, workshop, changed, log } = this.#options
    const { names } = this.#awake
    const words = names.length > 0 ? 'made as long as somebody watches' : 'nobody watches: nothing is made'
    if (this.#watched.names.length > 0) log.info({ rungs: names }, words)
    this.#wakes += names.filter((name) => this.#watched.has(name) && !this.#made.includes(name)).length
    this.#made = names
    // What did not hold before is not tried again because another rung came or went.
    const failed = this.#ladderSteps[(this.#limit?.step ?? 0) - 1]
    this.#plan(source)
    if (names.length === 0) {
      this.#limit = undefined
      this.#rungs = []
      this.#splicer.rest()
      this.#leaveSeat()
      changed()
      return
    }
    const step = failed === undefined ? 0 : this.#ladderSteps.findIndex(({ cost }) => cost < failed.cost)
    this.#limit = new SelfLimit({
      ...{ segmentMs, turns: workshop.turns, step },
      costs: this.#ladderSteps.map(({ cost }) => cost),
    })
    this.#limit.settle(performance.now())
    this.#apply()
  }

  /** The same rungs of a source that has another number of frames a second: its encoder came back as another one. */
  #atRate(source: SourcePicture): void {
    const thinned = (rungs: readonly PlannedRung[]): string => rungs.map(({ leastGapMs }) => leastGapMs).join()
    const before = thinned(this.#rungs)
    this.#plan(source)
    if (thinned(this.#rungsOf(this.#limit?.step ?? 0)) !== before) this.#apply()
  }

  /** Sizes stay those of the first picture: players have seen them. */
  #plan(source: SourcePicture): void {
    if (this.#chosen === undefined) return
    const { source: first, ladder } = this.#chosen
    const framesPerSecond = source.framesPerSecond ?? first.framesPerSecond
    const picture = { width: first.width, height: first.height, framesPerSecond }
    const chosen = ladderFor(ladder, picture, this.#rules())
    this.#chosen = { ...chosen, source: picture }
    const { rungs, source: planned } = chosen.plan
    const by = this.#rules().byChip ? 'hardware' : (rungs[0]?.preset ?? 'superfast')
    const pictures = rungs.filter((rung) => this.#awake.names.includes(rung.name))
    this.#ladderSteps = ladderSteps({ source: planned, pictures, by })
  }

  /** Processors that these rungs keep busy. */
  #costOf(names: readonly string[], source: SourcePicture): number {
    if (this.#chosen === undefined) return 0
    const { plan } = ladderFor(this.#chosen.ladder, source, this.#rules())
    return costOfPlan({ ...plan, rungs: plan.rungs.filter(({ name }) => names.includes(name)) }, this.#rules())
  }

  /** Runs what the step says. */
  #apply(): void {
    const step = this.#limit?.step ?? 0
    this.#measure = undefined
    this.#appliedMs = performance.now()
    this.#awake.spliced(this.#appliedMs)
    this.#rungs = this.#rungsOf(step)
    this.#seat?.costs(this.#rules().correct(this.#ladderSteps[step]?.cost ?? 0))
    this.#splicer.run(this.#rungs)
    // What runs is paused by the splicer when it ends, at a key frame; what was promised and hasn't begun is not to come now.
    const { running } = this.#splicer.figures
    const goesOn = (name: string): boolean =>
      running.includes(name) || this.#rungs.some((rung) => rung.name === name) || this.#tooLarge.includes(name)
    for (const { name } of this.#promised) if (!goesOn(name)) this.#pause(name)
    this.#options.changed()
  }

  #rungsOf(step: number): readonly PlannedRung[] {
    const { rungs = 0, halfRate = false } = this.#ladderSteps[step] ?? {}
    if (this.#chosen === undefined || rungs === 0) return []
    const all = planLadder(this.#chosen.ladder, this.#chosen.source, halfRate).rungs
    const awake = all.filter(({ name }) => this.#awake.names.includes(name))
    return awake.slice(awake.length - rungs)
  }

  #describeStep(step: number): { readonly ladder: readonly string[] } {
    return { ladder: this.#rungsOf(step).map(({ name, framesPerSecond }) => `${name} at ${framesPerSecond}`) }
  }

  /** An encoder that fails as soon as it begins is not the one to go on with. */
  #childFailed(workedMs: number): void {
    const encoders = this.#options.workshop.encoders()
    if (workedMs >= SOON_MS || encoders === undefined || this.#encoder === undefined) return
    const next = encoders.nextEncoder(this.#encoder, performance.now())
    if (next === this.#encoder) return
    this.#options.log.warn({ was: this.#encoder.name, encoder: next.name }, 'another encoder goes on with the ladder')
    this.#encoder = next
  }

  /** What a child took for what it made, from time to time: so the model of the cost comes to fit this machine. */
  #noteCost(atMs: number, pts: number | undefined): void {
    const { cpuSeconds, running } = this.#splicer.figures
    if (pts === undefined || running.length !== this.#rungs.length || this.#video === undefined) {
      this.#measure = undefined
      return
    }
    this.#measure ??= { atMs, pts, cpuSeconds }
    if (atMs - this.#measure.atMs < MEASURED_MS) return
    const seconds = (pts - this.#measure.pts) / this.#timescale
    const step = this.#limit?.step ?? 0
    const expected = (this.#ladderSteps[step]?.cost ?? 0) * seconds
    const { measured } = this.#options.workshop
    measured.note((this.#encoder ?? X264).name, expected, cpuSeconds - this.#measure.cpuSeconds)
    this.#measure = { atMs, pts, cpuSeconds }
    this.#seat?.costs(this.#rules().correct(this.#ladderSteps[step]?.cost ?? 0))
  }
}
