import type { BoxTurns } from './box-turns.ts'

/** What is seen of a broadcast's child and of the box, once a second. */
export type Look = {
  /** Of a clock that never goes back. */
  readonly atMs: number
  /** Media that has arrived and has not come out of the slowest rung yet, what waits for the child included. */
  readonly lagMs: number
  /** Seconds of media that came out of the slowest rung in a second; 1 keeps up. */
  readonly pace: number
  /** Share of the time in which the server itself wanted a processor and had none (`BoxPressure`). */
  readonly pressure: number
  /** Processors that did nothing; undefined: not known. */
  readonly idle: number | undefined
}

/** `behind`: the child can't keep up; `pressure`: the server itself has to wait for a processor; `room`: there is some again. */
export type Why = 'behind' | 'pressure' | 'room'

/** Steps are counted from the whole ladder (0) down to the source alone. */
export type Change = { readonly step: number; readonly was: number; readonly why: Why }

export type SelfLimitOptions = {
  /** Processors that each step keeps busy, the whole ladder first; the last is the source alone, and nothing runs. */
  readonly costs: readonly number[]
  readonly segmentMs: number
  /** Shared by all broadcasts of the box. */
  readonly turns: BoxTurns
  /** The step that runs first. */
  readonly step?: number
}

/** Every change is a splice, which viewers shouldn't see often. But for a way down from a step that was taken back too early. */
const BETWEEN_CHANGES_MS = 10_000
/** A child that has so much to make up for, but does so within this time, isn't behind: the source came in a burst. */
const CATCHING_UP_MS = 5000
/** A lag that grows by so much in a second will be late before long. */
const GROWS_MS = 50
/** A child that was replaced makes up for what it was given again. */
const REPLACED_MS = 3000
/** Nor does the first look after a change of step tell anything: its child begins at a key frame that may be seconds old. */
const SPLICED_MS = 1500
/** Kept free of what the pace says the box carries. */
const MARGIN = 0.9
/** Over how many looks the pace is averaged. */
const PACES = 3
/** The server waits longer than this share of the time: it comes first. */
const TOO_MUCH_PRESSURE = 0.25
const CALM_PRESSURE = 0.1
const PRESSURE_OVER_MS = 3000
/** There must be room for so long before a step is taken back; twice as long each time that it fails within its probation. */
const PATIENCE_MS = 30_000
const MOST_PATIENCE_MS = 600_000
const PROBATION_MS = 120_000
/** A step that held so long is no exception: patience is what it was. */
const HELD_MS = 300_000
/** Where no processor seems to be free it takes so many times as long: what is busy may be of less urgency than children. */
const DOUBT = 4

/**
 * Decides how much of a ladder a box carries. It steps down before a rung is later than a segment: by as many steps at once as
 * the child's pace says, at most every 10 s; when a rung is later than a segment all the same, the source alone goes on at once.
 * Steps come back one at a time. Knows no clock: it is told what was seen.
 */
export class SelfLimit {
  readonly #options: SelfLimitOptions
  readonly #last: number
  #step: number
  #changedMs = Number.NEGATIVE_INFINITY
  #settledMs = Number.NEGATIVE_INFINITY
  #lookedMs: number | undefined
  #lagMs = 0
  #lateLooks = 0
  #paces: number[] = []
  #pressure = 0
  #calmMs = 0
  /** For each step, when it didn't hold the last time. */
  readonly #patienceMs = new Map<number, number>()
  /** The present step was taken back at this time. */
  #tookBackMs: number | undefined

  constructor(options: SelfLimitOptions) {
    this.#options = options
    this.#last = options.costs.length - 1
    this.#step = options.step ?? 0
  }

  get step(): number {
    return this.#step
  }

  /** The child was replaced for another reason than a change of step: what it lags now says nothing about the box. */
  settle(atMs: number): void {
    this.#settledMs = atMs + REPLACED_MS
    this.#lateLooks = 0
    this.#paces = []
  }

  /** @returns the step to run from now on; undefined: the same as before */
  look(look: Look): Change | undefined {
    const passed = Math.min(CATCHING_UP_MS, Math.max(0, look.atMs - (this.#lookedMs ?? look.atMs)))
    this.#lookedMs = look.atMs
    this.#pressure += (look.pressure - this.#pressure) * Math.min(1, passed / PRESSURE_OVER_MS)
    const change = this.#behind(look) ?? this.#pressed(look) ?? this.#room(look, passed)
    this.#lagMs = look.lagMs
    return change
  }

  #behind({ atMs, lagMs, pace }: Look): Change | undefined {
    if (this.#step === this.#last || atMs < this.#settledMs) return undefined
    const { segmentMs } = this.#options
    const catchingUp = pace > 1 && lagMs / (pace - 1) <= CATCHING_UP_MS
    const growsMs = lagMs - this.#lagMs
    const isLate = !catchingUp && lagMs > segmentMs / (growsMs > GROWS_MS ? 4 : 2)
    if (atMs - this.#changedMs < SPLICED_MS) return undefined
    if (isLate && lagMs > segmentMs) return this.#change(this.#last, 'behind', atMs)
    // What it did while it still kept up says nothing of what it can do.
    this.#paces = growsMs > GROWS_MS || this.#lateLooks > 0 ? [...this.#paces.slice(1 - PACES), pace] : []
    this.#lateLooks = isLate ? this.#lateLooks + 1 : 0
    if (!isLate) return undefined
    if (this.#lateLooks < 2 && lagMs + growsMs <= segmentMs) return undefined
    // What was taken back and doesn't hold is given up again before it is late.
    const mayChange = this.#mayChange(atMs) || this.#tookBackMs !== undefined
    return mayChange ? this.#change(this.#carried(), 'behind', atMs) : undefined
  }

  #pressed({ atMs }: Look): Change | undefined {
    if (this.#step === this.#last || this.#pressure <= TOO_MUCH_PRESSURE || !this.#mayChange(atMs)) return undefined
    return this.#options.turns.shed(atMs) ? this.#change(this.#step + 1, 'pressure', atMs) : undefined
  }

  #room({ atMs, lagMs, idle }: Look, passedMs: number): Change | undefined {
    const { costs, segmentMs, turns } = this.#options
    if (this.#tookBackMs !== undefined && atMs - this.#tookBackMs >= HELD_MS) {
      this.#tookBackMs = undefined
      this.#patienceMs.delete(this.#step)
    }
    if (this.#step === 0 || lagMs > segmentMs / 4 || this.#pressure > CALM_PRESSURE) {
      this.#calmMs = 0
      return undefined
    }
    const more = (costs[this.#step - 1] ?? 0) - (costs[this.#step] ?? 0)
    const fits = idle === undefined || more <= idle
    this.#calmMs += fits ? passedMs : passedMs / DOUBT
    if (this.#calmMs < this.#patienceFor(this.#step - 1) || !this.#mayChange(atMs) || !turns.takeBack(atMs))
      return undefined
    return this.#change(this.#step - 1, 'room', atMs)
  }

  /** The next step that the box carries, by how much of the present one it did. */
  #carried(): number {
    const { costs } = this.#options
    const pace = this.#paces.reduce((sum, each) => sum + each, 0) / this.#paces.length
    const carries = Math.min(1, pace) * (costs[this.#step] ?? 0) * MARGIN
    const found = costs.findIndex((cost, step) => step > this.#step && cost <= carries)
    return found < 0 ? this.#last : found
  }

  #patienceFor(step: number): number {
    return this.#patienceMs.get(step) ?? PATIENCE_MS
  }

  #mayChange(atMs: number): boolean {
    return atMs - this.#changedMs >= BETWEEN_CHANGES_MS
  }

  #change(step: number, why: Why, atMs: number): Change {
    const was = this.#step
    if (step > was && this.#tookBackMs !== undefined && atMs - this.#tookBackMs < PROBATION_MS) {
      this.#patienceMs.set(was, Math.min(MOST_PATIENCE_MS, this.#patienceFor(was) * 2))
    }
    this.#tookBackMs = step < was ? atMs : undefined
    this.#step = step
    this.#changedMs = atMs
    this.#calmMs = 0
    this.#lateLooks = 0
    this.#paces = []
    return { step, was, why }
  }
}
