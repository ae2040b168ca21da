import type { Log } from '../base/log.ts'
import type { RungSink } from '../live/rungs.ts'
import { type Packet, rescale, type Track } from '../media/packet.ts'
import type { ChildConfig, ChildEnd, ChildFrame } from './child/protocol.ts'
import { ChildRun, type Launch } from './child-run.ts'
import type { PlannedRung } from './plan.ts'
import { type Group, RecentGroups } from './recent-groups.ts'
import { Restarts } from './restarts.ts'
import { SourceTimes } from './source-times.ts'

/** So far behind, with input that waits, the rest of a group of pictures is left out: nobody watches what is that late. */
const MOST_LAG_MS = 6000
const WAITING_BYTES = 256 * 1024
/** Whatever the lag is said to be. */
const MOST_WAITING_BYTES = 32 * 2 ** 20
/** A child begins with what was there before it, so it is late at first. */
const GRACE_MS = 10_000

export type SplicerOptions = {
  readonly sink: Pick<RungSink, 'track' | 'packet' | 'pause'>
  readonly launch: Launch
  /** Something of `figures` that somebody may want to know at once. */
  readonly changed: () => void
  /** There is no such program as FFmpeg. */
  readonly missing: () => void
  /** A child failed, the next one is about to be started. @param workedMs how long it made frames */
  readonly failed?: (workedMs: number) => void
  readonly log: Log
}

/** Frames of one source that one child after the other makes: never two at the same time, but while it is being replaced. */
type Stretch = {
  readonly rungs: readonly PlannedRung[]
  /** Number of its first group; undefined: the next that begins. */
  from: number | undefined
  /** Number of the first group that isn't its own; undefined: it goes on. */
  until: number | undefined
  run: ChildRun | undefined
  /** What it made while the stretch before wasn't over. */
  held: (ChildFrame | ChildConfig)[]
  /** All of it is made. */
  done: boolean
}

/**
 * Makes the rungs of one broadcast by children that come and go, on one timeline: what one began, the next one ends, at the
 * very frame. A change of rungs is such a change of children, at a key frame of the source; so is the death of a child, in the
 * middle of a group, for the groups that are under way are kept until all rungs have them.
 */
export class Splicer {
  readonly #options: SplicerOptions
  readonly #times = new SourceTimes()
  readonly #groups = new RecentGroups()
  readonly #restarts = new Restarts()
  /** The first is told to the sink; what the others make is held until it is their turn. */
  #stretches: Stretch[] = []
  #wanted: readonly PlannedRung[] = []
  #track: (Track & { readonly avcC: Uint8Array }) | undefined
  /** A group is under way, and whole. */
  #isOpen = false
  #isSkipping = false
  /** By rung: the newest frame, the configuration that was told. */
  readonly #madePts = new Map<string, number>()
  readonly #told = new Map<string, Uint8Array>()
  /** Rungs that the sink expects more of. */
  #active: readonly string[] = []
  #newestPts = 0
  #retry: NodeJS.Timeout | undefined
  #ended = false
  #pastCpuSeconds = 0
  readonly #counts = { framesIn: 0, framesOut: 0, skipped: 0, restarts: 0, hung: 0, strayed: 0, doubled: 0 }

  constructor(options: SplicerOptions) {
    this.#options = options
  }

  /** All but `lagMs` since the broadcast began. */
  get figures() {
    const running = this.#stretches.flatMap(({ run, done }) => (run === undefined || done ? [] : [run.cpuSeconds]))
    return {
      ...this.#counts,
      cpuSeconds: running.reduce((sum, seconds) => sum + seconds, this.#pastCpuSeconds),
      lagMs: this.lagMs,
      /** Names of rungs that are being made now. */
      running: this.#active.filter((name) => this.#stretches[0]?.rungs.some((rung) => rung.name === name)),
      /** Of the children at work. */
      pids: this.#stretches.flatMap(({ run, done }) => (done || run?.pid === undefined ? [] : [run.pid])),
      /** Children failed too often: the next one waits. */
      isWaiting: this.#retry !== undefined,
    }
  }

  /** Presentation time of the newest frame that all rungs have, in ticks; undefined: none runs, or one has nothing yet. */
  get madePts(): number | undefined {
    const made = this.#slowest(this.#stretches[0])
    return Number.isFinite(made) ? made : undefined
  }

  /** How far the slowest rung is behind the source, milliseconds; undefined: none runs. */
  get lagMs(): number | undefined {
    const head = this.#stretches[0]
    if (head?.from === undefined || this.#track === undefined) return undefined
    const since = Math.max(this.#slowest(head), this.#groups.from(head.from)[0]?.pts ?? this.#newestPts)
    return Math.max(0, rescale(this.#newestPts - since, this.#track.timescale, 1000))
  }

  /** Nothing from the next key frame on: what was fed until then is made. */
  rest(): void {
    this.#wanted = []
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#begin()
  }

  /** These rungs, from the next key frame on; from the last one on where none run. None: the source alone, at once. */
  run(rungs: readonly PlannedRung[]): void {
    this.#wanted = rungs
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#restarts.forget()
    if (rungs.length === 0) this.#dropAll()
    else this.#begin()
  }

  /** Another configuration is told with the next key frame. */
  track(track: Track): void {
    if (track.codec.kind !== 'h264') return
    this.#track = { ...track, avcC: track.codec.avcC }
    const isIdle = this.#stretches.every(({ until }) => until !== undefined)
    if (isIdle && this.#wanted.length > 0 && this.#retry === undefined) this.#begin()
  }

  packet(packet: Packet): void {
    const track = this.#track
    if (track === undefined) return
    const pts = packet.dts + packet.cts
    if (pts > this.#newestPts) this.#newestPts = pts
    if (packet.isSync) {
      this.#isSkipping = this.#isSkipping && this.#isBehind(1 / 2)
      if (!this.#isSkipping) this.#enter(this.#groups.begin(packet, track.avcC))
    } else if (this.#isOpen && !this.#isSkipping) {
      this.#isSkipping = this.#isBehind(1)
      if (!this.#isSkipping) this.#groups.add(packet)
    }
    if (this.#isSkipping) this.#counts.skipped++
    if (!this.#isOpen || this.#isSkipping) return
    const open = this.#stretches.findLast(({ from }) => from !== undefined)
    const group = this.#groups.newest
    if (open?.run === undefined || open.until !== undefined || group === undefined) return
    this.#counts.framesIn++
    open.run.feed(packet, group.avcC)
  }

  /** What comes next comes from another encoder. What there is, is made. */
  discontinuity(): void {
    this.#isOpen = false
    this.#isSkipping = false
    this.#dropPending()
    for (const stretch of this.#stretches) this.#endAt(stretch, this.#groups.next)
    this.#advance()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#retry)
    this.#dropAll()
    this.#groups.clear()
  }

  /** To be called a few times a second: finds children that hang. */
  look(nowMs: number): void {
    for (const stretch of [...this.#stretches]) {
      const { run, done } = stretch
      if (run === undefined || done || !run.hangs(nowMs)) continue
      this.#counts.hung++
      this.#letGo(stretch)
      this.#failed(stretch, run, { good: false, how: 'it made nothing for seconds', missing: false, said: [] })
    }
  }

  #begin(): void {
    this.#dropPending()
    const isFirst = this.#stretches.length === 0
    if (isFirst && this.#wanted.length === 0) return
    const from = isFirst && this.#isOpen ? this.#groups.newest?.number : undefined
    const stretch: Stretch = { rungs: this.#wanted, from, until: undefined, run: undefined, held: [], done: false }
    this.#stretches.push(stretch)
    if (stretch.rungs.length > 0) this.#launch(stretch)
  }

  /** A stretch that was to begin with the next key frame. */
  #dropPending(): void {
    const last = this.#stretches.at(-1)
    if (last === undefined || last.from !== undefined) return
    this.#stretches.pop()
    this.#letGo(last)
  }

  /** A group begins, and with it what waited for one. */
  #enter(group: Group): void {
    this.#isOpen = true
    if (this.#stretches.at(-1)?.run?.isOld) this.#begin()
    const last = this.#stretches.at(-1)
    if (last !== undefined && last.from === undefined) {
      last.from = group.number
      const before = this.#stretches.at(-2)
      if (before !== undefined) this.#endAt(before, group.number)
      this.#advance()
    }
    this.#forgetGroups()
  }

  #endAt(stretch: Stretch, number: number): void {
    if (stretch.until !== undefined) return
    stretch.until = number
    if (stretch.run === undefined) stretch.done = true
    else stretch.run.end()
  }

  /** Starts a child for a stretch, and feeds it what is there: all groups since the last that some rung has no frame of. */
  #launch(stretch: Stretch): void {
    const { track, groups } = this.#sourceOf(stretch)
    if (stretch.until !== undefined && groups.length === 0) {
      stretch.done = true
      this.#advance()
      return
    }
    if (stretch.from !== undefined && groups.length === 0) stretch.from = undefined
    stretch.held = []
    stretch.run = new ChildRun({
      ...{ launch: this.#options.launch, rungs: stretch.rungs, times: this.#times },
      timescale: track?.timescale ?? 90_000,
      startPts: groups[0]?.pts,
      madePts: this.#madePts,
      made: (run, frames) => this.#made(stretch, run, frames),
      gone: (run, end) => this.#gone(stretch, run, end),
    })
    for (const { frames, avcC } of groups) for (const frame of frames) stretch.run.feed(frame, avcC)
    if (stretch.until !== undefined) stretch.run.end()
  }

  /** Presentation time of the newest frame that all of its rungs have; −∞: one has none. */
  #slowest(stretch: Stretch | undefined): number {
    const made = stretch?.rungs.map(({ name }) => this.#madePts.get(name) ?? Number.NEGATIVE_INFINITY) ?? []
    return made.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...made)
  }

  #sourceOf(stretch: Stretch): { readonly track: Track | undefined; readonly groups: readonly Group[] } {
    const { from, until } = stretch
    if (from === undefined) return { track: this.#track, groups: [] }
    const first = this.#groups.holding(this.#slowest(stretch))?.number ?? from
    const groups = this.#groups
      .from(Math.max(from, first))
      .filter(({ number }) => until === undefined || number < until)
    const whole = groups.findIndex(({ lost }) => !lost)
    return { track: this.#track, groups: whole < 0 ? [] : groups.slice(whole) }
  }

  #made(stretch: Stretch, run: ChildRun, frames: readonly (ChildFrame | ChildConfig)[]): void {
    if (stretch.run !== run) return
    if (stretch === this.#stretches[0]) for (const frame of frames) this.#tell(stretch, run, frame)
    else stretch.held.push(...frames)
  }

  #tell({ rungs }: Stretch, run: ChildRun, frame: ChildFrame | ChildConfig): void {
    const { sink, changed } = this.#options
    const name = rungs[frame.output]?.name
    if (name === undefined || this.#track === undefined) return
    const { id, timescale } = this.#track
    if ('config' in frame) {
      const avcC = frame.config
      const known = this.#told.get(name)
      if (known !== undefined && Buffer.compare(known, avcC) === 0) return
      this.#told.set(name, avcC)
      sink.track(name, { id, codec: { kind: 'h264', avcC }, timescale })
      return
    }
    const pts = run.exactPts(frame.ms)
    const last = this.#madePts.get(name)
    if (pts === undefined) this.#counts.strayed++
    else if (last !== undefined && pts <= last) this.#counts.doubled++
    else {
      this.#counts.framesOut++
      this.#madePts.set(name, pts)
      sink.packet(name, { trackId: id, dts: pts, cts: 0, isSync: frame.isSync, data: frame.data })
      if (this.#active.includes(name)) return
      this.#active = [...this.#active, name]
      changed()
    }
  }

  #gone(stretch: Stretch, run: ChildRun, end: ChildEnd): void {
    if (stretch.run !== run) return
    this.#pastCpuSeconds += run.cpuSeconds
    if (end.good && run.isEnded) {
      stretch.done = true
      this.#advance()
    } else {
      stretch.run = undefined
      this.#failed(stretch, run, end)
    }
  }

  /** The next stretch has its turn once the one before is over. */
  #advance(): void {
    for (;;) {
      const head = this.#stretches[0]
      if (head === undefined || !head.done) return
      this.#stretches.shift()
      const next = this.#stretches[0]
      if (next === undefined || next.from === undefined) return
      this.#pauseAllBut(next.rungs)
      if (next.rungs.length === 0) next.done = true
      const { run, held } = next
      next.held = []
      if (run !== undefined) for (const frame of held) this.#tell(next, run, frame)
    }
  }

  #pauseAllBut(rungs: readonly PlannedRung[]): void {
    const goesOn = (name: string): boolean => rungs.some((rung) => rung.name === name)
    const gone = this.#active.filter((name) => !goesOn(name))
    this.#active = this.#active.filter(goesOn)
    for (const name of gone) this.#options.sink.pause(name)
    if (gone.length > 0) this.#options.changed()
  }

  #failed(stretch: Stretch, { firstMadeAtMs }: ChildRun, { how, said, missing }: ChildEnd): void {
    const { log } = this.#options
    const workedMs = firstMadeAtMs === undefined ? 0 : performance.now() - firstMadeAtMs
    this.#counts.restarts++
    if (missing) {
      this.#dropAll()
      this.#options.missing()
      return
    }
    this.#options.failed?.(workedMs)
    const waitMs = this.#restarts.failed(workedMs)
    const about = { how, workedMs: Math.round(workedMs), said }
    if (waitMs === 0) {
      log.warn(about, 'FFmpeg ended, another one goes on where it was')
      this.#launch(stretch)
    } else {
      log.warn({ ...about, waitMs }, 'FFmpeg ends again and again: the source alone, until it is tried again')
      this.#dropAll()
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#begin()
      }, waitMs)
    }
    this.#options.changed()
  }

  #dropAll(): void {
    for (const stretch of this.#stretches) this.#letGo(stretch)
    this.#stretches = []
    if (!this.#ended) this.#pauseAllBut([])
  }

  #letGo(stretch: Stretch): void {
    const { run, done } = stretch
    if (run === undefined || done) return
    this.#pastCpuSeconds += run.cpuSeconds
    stretch.run = undefined
    run.kill()
  }

  /** Groups that all rungs have are not needed any more. */
  #forgetGroups(): void {
    const head = this.#stretches[0]
    if (head === undefined) {
      this.#groups.forgetBefore(this.#groups.next - 1)
      return
    }
    const holding = this.#groups.holding(this.#slowest(head))
    this.#groups.forgetBefore(Math.max(holding?.number ?? 0, Math.min(head.from ?? 0, this.#groups.next - 1)))
  }

  #isBehind(share: number): boolean {
    const run = this.#stretches[0]?.run
    if (run === undefined) return false
    const waiting = run.waitingBytes
    if (waiting < WAITING_BYTES * share) return false
    if (waiting > MOST_WAITING_BYTES * share) return true
    return (this.lagMs ?? 0) > MOST_LAG_MS * share && performance.now() - run.startedAtMs > GRACE_MS
  }
}
