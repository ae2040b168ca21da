/** How long a publisher's next frames may gather in the kernel, milliseconds: latency that they are given. */
const TICK_MS = 20
/** With so many publishers at a tick, waking up for each costs more than what they send; or nobody waits for any of it. */
const MANY = 20
const LONG_TICK_MS = 40

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
  #long = false

  /** Once for each publisher, until `readOn` says no. */
  wait(reader: Ticked): void {
    this.#waiting.push(reader)
    this.#timer ??= setTimeout(() => this.#tick(), this.#long ? LONG_TICK_MS : TICK_MS)
  }

  #tick(): void {
    this.#timer = undefined
    const readers = this.#waiting
    this.#waiting = []
    this.#long = readers.length >= MANY || !readers.some(({ isAwaited }) => isAwaited)
    for (const reader of readers) if (reader.readOn()) this.wait(reader)
  }
}
