/** How much may be transcoded at once. Read anew at each decision. */
export type AdmissionLimits = {
  /** Broadcasts; `auto`: as many as fit the budget. */
  readonly maxBroadcasts: number | 'auto'
  /** Processors that children may keep busy together. Counts with `auto` alone: a number is the operator's own judgement. */
  readonly budget: number
}

/** `position` 1 is next. */
export type Place = { readonly state: 'running' } | { readonly state: 'waiting'; readonly position: number }

/** A broadcast's place among those that want to be transcoded. */
export type Seat = {
  readonly place: Place
  /** Processors that it keeps busy, as it is known now: by its ladder, by what was measured, by the step it runs. */
  costs(processors: number): void
  /**
   * More than before is to run, if there is room for it and nobody waits.
   * @returns false: it must go on with what it has
   */
  mayCost(processors: number): boolean
  /** Its broadcast ended, or isn't transcoded any more. */
  leave(): void
}

type Entry = { cost: number; place: Place; readonly changed: (place: Place) => void }

const RUNNING: Place = { state: 'running' }

/**
 * Who is transcoded: those who came first, as many as the box carries; the others wait, with the quality of their source live
 * meanwhile. Nobody overtakes, so that a large ladder isn't kept waiting by small ones. With `auto` one broadcast runs even
 * if its ladder is more than the budget: it can be made smaller (`SelfLimit`).
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #running = new Set<Entry>()
  #waiting: Entry[] = []

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /** @param changed told of every change of the place after this call returned */
  enter(cost: number, changed: (place: Place) => void): Seat {
    const entry: Entry = { cost, place: { state: 'waiting', position: this.#waiting.length + 1 }, changed }
    if (this.#waiting.length === 0 && this.#hasRoomFor(entry)) this.#run(entry)
    else this.#waiting.push(entry)
    return {
      get place() {
        return entry.place
      },
      costs: (processors) => {
        const less = processors < entry.cost
        entry.cost = processors
        if (less) this.reconsider()
      },
      mayCost: (processors) => {
        if (processors > entry.cost && !this.#mayGrow(entry, processors)) return false
        const less = processors < entry.cost
        entry.cost = processors
        if (less) this.reconsider()
        return true
      },
      leave: () => {
        const waited = this.#waiting.indexOf(entry)
        if (waited >= 0) this.#waiting.splice(waited, 1)
        if (this.#running.delete(entry) || waited >= 0) this.reconsider()
      },
    }
  }

  /** The limits may have changed. Who runs goes on, even when there is room for fewer now. */
  reconsider(): void {
    const told: Entry[] = []
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoomFor(next); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#run(next)
      told.push(next)
    }
    for (const [at, entry] of this.#waiting.entries()) {
      if (entry.place.state === 'waiting' && entry.place.position === at + 1) continue
      entry.place = { state: 'waiting', position: at + 1 }
      told.push(entry)
    }
    for (const { changed, place } of told) changed(place)
  }

  describe(): { readonly running: number; readonly waiting: number; readonly cost: number; readonly budget: number } {
    return {
      running: this.#running.size,
      waiting: this.#waiting.length,
      cost: this.#cost(),
      budget: this.#limits.budget,
    }
  }

  #run(entry: Entry): void {
    this.#running.add(entry)
    entry.place = RUNNING
  }

  #hasRoomFor({ cost }: Entry): boolean {
    const { maxBroadcasts, budget } = this.#limits
    if (maxBroadcasts !== 'auto') return this.#running.size < maxBroadcasts
    return this.#running.size === 0 || this.#cost() + cost <= budget + 1e-9
  }

  /** One that waits only says what it will need. */
  #mayGrow(entry: Entry, processors: number): boolean {
    const { maxBroadcasts, budget } = this.#limits
    if (!this.#running.has(entry) || maxBroadcasts !== 'auto') return true
    if (this.#waiting.length > 0) return false
    return this.#running.size === 1 || this.#cost() - entry.cost + processors <= budget + 1e-9
  }

  #cost(): number {
    let sum = 0
    for (const { cost } of this.#running) sum += cost
    return sum
  }
}
