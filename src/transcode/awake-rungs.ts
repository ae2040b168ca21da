/** While others are made, a rung that is wanted waits so long after the last change, for each is a splice; one that isn't has more time. */
const BETWEEN_WAKES_MS = 3000
const BETWEEN_SLEEPS_MS = 10_000

/** Which rungs are made of those that there is reason to make: what there is room for, not changed too often. Knows no clock. */
export class AwakeRungs {
  #names: readonly string[] = []
  #crowded: readonly string[] = []
  #splicedMs = Number.NEGATIVE_INFINITY

  /** Best first. */
  get names(): readonly string[] {
    return this.#names
  }
  /** There is reason to make them, and no room. */
  get crowded(): readonly string[] {
    return this.#crowded
  }

  /** There is no reason to make these any more, nor to wait. @returns whether others are to be made now */
  drop(names: readonly string[]): boolean {
    const left = this.#names.filter((name) => !names.includes(name))
    const isLess = left.length < this.#names.length
    this.#names = left
    return isLess
  }

  /** How they are made was changed. */
  spliced(atMs: number): void {
    this.#splicedMs = atMs
  }

  /**
   * Again and again, while there is a place for them among the broadcasts of the box.
   * @param wanted there is reason to make these, best first
   * @param hasRoom whether the box carries these together; who is told yes may
   * @returns whether others are to be made now
   */
  settle(atMs: number, wanted: readonly string[], hasRoom: (names: readonly string[]) => boolean): boolean {
    const waking = wanted.filter((name) => !this.#names.includes(name))
    const goes = this.#names.some((name) => !wanted.includes(name))
    if (waking.length === 0) this.#crowded = []
    if (waking.length === 0 && !goes) return false
    const isSplice = this.#names.length > 0 && wanted.length > 0
    const sinceMs = atMs - this.#splicedMs
    if (isSplice && sinceMs < (waking.length > 0 ? BETWEEN_WAKES_MS : BETWEEN_SLEEPS_MS)) return false
    const next = isSplice ? this.#fitting(wanted, waking, hasRoom) : wanted
    if (next.join() === this.#names.join()) return false
    this.#names = next
    return true
  }

  /** Of what is wanted, what is made already and, smallest first, what there is room for beside it. */
  #fitting(
    wanted: readonly string[],
    waking: readonly string[],
    hasRoom: (names: readonly string[]) => boolean,
  ): readonly string[] {
    let names = wanted.filter((name) => this.#names.includes(name))
    const crowded: string[] = []
    for (const name of waking.toReversed()) {
      const more = wanted.filter((each) => each === name || names.includes(each))
      if (hasRoom(more)) names = more
      else crowded.unshift(name)
    }
    this.#crowded = crowded
    return names
  }
}
