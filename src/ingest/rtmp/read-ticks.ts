/** How long a publisher's next frames may gather in the kernel, milliseconds: latency that they are given. */
const TICK_MS = 20
/** With so many publishers at a tick, waking up for each costs more than what they send; or nobody waits for any of it just now. */
const MANY = 20
const LONG_TICK_MS = 40
/** Nobody waited for a second: between two questions of a viewer lies less. */
const CALM_MS = 1000
const CALM_TICK_MS = 100

type Ticked = {
  /** Somebody is shown what it sends as soon as it comes. */
  readonly isAwaited: boolean
  /** @returns whether to be read at the next tick too */
  readOn(): boolean
}

/**
 * Reads publishers together, in ticks: 73 frames a second would be 73 wake-ups, each dearer than the frame. One that has
 * nothing to read for some ticks is read by events again, at once when something comes.
 */
export class ReadTicks {
  #waiting: Ticked[] = []
  #timer: NodeJS.Timeout | undefined
  #tickMs = TICK_MS
  /** For how long nobody waited, and nobody came. */
  #calmMs = 0

  /** Once for each publisher, until `readOn` says no. */
  wait(reader: Ticked): void {
    this.#calmMs = 0
    this.#add(reader)
  }

  /** Reads what has gathered, as if the tick were over: who counts what a second brought wants all of it. */
  readNow(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#tick()
  }

  #add(reader: Ticked): void {
    this.#waiting.push(reader)
    this.#timer ??= setTimeout(() => this.#tick(), this.#tickMs)
  }

  #tick(): void {
    this.#timer = undefined
    const readers = this.#waiting
    this.#waiting = []
    const isAwaited = readers.some((reader) => reader.isAwaited)
    this.#calmMs = isAwaited ? 0 : this.#calmMs + this.#tickMs
    if (this.#calmMs >= CALM_MS) this.#tickMs = CALM_TICK_MS
    else this.#tickMs = isAwaited && readers.length < MANY ? TICK_MS : LONG_TICK_MS
    for (const reader of readers) if (reader.readOn()) this.#add(reader)
  }
}
