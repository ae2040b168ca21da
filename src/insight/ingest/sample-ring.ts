/** Five minutes of seconds. */
const KEPT = 300

/**
 * What is kept of each second. NaN: not known. `behindMs`: how much later than at the connection's start its media
 * comes, wall clock against the encoder's. `connection` tells which connection it was, NaN: none.
 */
const COLUMNS = [
  'atMs',
  'videoBitrate',
  'audioBitrate',
  'framesPerSecond',
  'keyFrameSeconds',
  'droppedFrames',
  'audioPeakDb',
  'audioMeanDb',
  'viewers',
  'mediaSeconds',
  'behindMs',
  'jumps',
  'refusedRivals',
  'connection',
] as const
export type Column = (typeof COLUMNS)[number]
export type Sample = Readonly<Record<Column, number>>

/** The newest five minutes of one broadcast, a row a second, in arrays that are made once. */
export class SampleRing {
  readonly #columns: Readonly<Record<Column, Float64Array>>
  #count = 0

  constructor() {
    const made = COLUMNS.map((name) => [name, new Float64Array(KEPT)] as const)
    this.#columns = Object.fromEntries(made) as Record<Column, Float64Array>
  }

  /** Seconds kept now. */
  get length(): number {
    return Math.min(this.#count, KEPT)
  }

  push(sample: Sample): void {
    for (const name of COLUMNS) this.#columns[name][this.#count % KEPT] = sample[name]
    this.#count++
  }

  /** A value of the second that is so many back: 0 is the newest. NaN when there is none. */
  back(column: Column, seconds: number): number {
    if (seconds >= this.length) return Number.NaN
    return this.#columns[column][(this.#count - 1 - seconds) % KEPT] ?? Number.NaN
  }

  /** Sets a value of a second that was pushed already: sound is measured late. */
  set(column: Column, seconds: number, value: number): void {
    if (seconds < this.length) this.#columns[column][(this.#count - 1 - seconds) % KEPT] = value
  }

  /** Known values of the newest seconds, newest first. */
  recent(column: Column, seconds: number): number[] {
    const values: number[] = []
    const kept = this.#columns[column]
    for (let n = 0, at = this.#newest; n < Math.min(seconds, this.length); n++, at = at === 0 ? KEPT - 1 : at - 1) {
      const value = kept[at] ?? Number.NaN
      if (!Number.isNaN(value)) values.push(value)
    }
    return values
  }

  /** In how many of the newest seconds, without a break, a column has this value. */
  lasting(column: Column, value: number): number {
    const kept = this.#columns[column]
    let seconds = 0
    for (let at = this.#newest; seconds < this.length && kept[at] === value; at = at === 0 ? KEPT - 1 : at - 1)
      seconds++
    return seconds
  }

  get #newest(): number {
    return (this.#count + KEPT - 1) % KEPT
  }
}
