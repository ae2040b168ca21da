import { BoxTurns } from '../../../src/transcode/box/box-turns.ts'
import { type Change, SelfLimit } from '../../../src/transcode/box/self-limit.ts'

export type Second = {
  /** Processors that children get. */
  readonly capacity: number
  /** As `Look.pressure`; by default little. */
  readonly pressure?: number
  /** Media that arrives in this second; a network that stood still sends what it held back at once. */
  readonly arrives?: number
  readonly idle?: number | undefined
}

export type Plan = {
  readonly costs: readonly number[]
  readonly segmentMs?: number
  readonly broadcasts?: number
  readonly seconds: number
  readonly box: (second: number) => Second
}

export type Ran = {
  readonly changes: readonly (Change & { readonly second: number })[]
  readonly steps: readonly number[]
  readonly lagMs: readonly number[]
  /** The greatest lag that a rung had. */
  readonly worstMs: number
}

/** Parts of a second that are simulated at once. */
const SLICE = 0.05
/** A new child is asked for, starts, and decodes what led to the splice: so long nothing comes out. */
const SPLICE_SECONDS = 0.5
/** Frames are in FFmpeg's and our hands so long when all is well. */
const IN_HAND_MS = 40

class Child {
  readonly limit: SelfLimit
  readonly #costs: readonly number[]
  readonly changes: (Change & { second: number })[] = []
  readonly steps: number[] = []
  readonly lags: number[] = []
  /** Seconds of media that wait for work. */
  backlog = 0
  #splicing = 0
  #out = 0

  constructor({ costs, segmentMs = 2000 }: Plan, turns: BoxTurns) {
    this.#costs = costs
    this.limit = new SelfLimit({ costs, segmentMs, turns })
  }

  /** Processors it would use in this slice. */
  get wants(): number {
    return this.#cost === 0 ? 0 : (this.#cost * this.backlog) / SLICE
  }

  work(arrives: number, processors: number): void {
    if (this.#cost === 0) {
      this.backlog = 0
      this.#out += arrives
      return
    }
    this.backlog += arrives
    this.#splicing -= SLICE
    if (this.#splicing > 0) return
    const done = Math.min(this.backlog, (processors / this.#cost) * SLICE)
    this.backlog -= done
    this.#out += done
  }

  look(second: number, { pressure = 0.02, idle }: Second): void {
    const lagMs = this.#cost === 0 ? 0 : this.backlog * 1000 + IN_HAND_MS
    const change = this.limit.look({ atMs: second * 1000, lagMs, pace: this.#out, pressure, idle })
    this.#out = 0
    this.lags.push(lagMs)
    this.steps.push(this.limit.step)
    if (change === undefined) return
    this.changes.push({ ...change, second })
    this.#splicing = SPLICE_SECONDS
  }

  get #cost(): number {
    return this.#costs[this.limit.step] ?? 0
  }
}

/** Runs broadcasts on a box that gives their children so much, second by second. No clock runs. */
export function simulate(plan: Plan): Ran[] {
  const turns = new BoxTurns()
  const children = Array.from({ length: plan.broadcasts ?? 1 }, () => new Child(plan, turns))
  for (let second = 1; second <= plan.seconds; second++) {
    const now = plan.box(second)
    for (let slice = 0; slice < 1 / SLICE; slice++) {
      const wanted = children.reduce((sum, { wants }) => sum + wants, 0) || 1
      for (const child of children) {
        child.work((now.arrives ?? 1) * SLICE, (now.capacity * Math.max(child.wants, 1e-9)) / wanted)
      }
    }
    for (const child of children) child.look(second, now)
  }
  return children.map(({ changes, steps, lags }) => ({ changes, steps, lagMs: lags, worstMs: Math.max(...lags) }))
}
