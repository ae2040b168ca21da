/** How long a publisher's next frames may gather in the kernel, milliseconds: latency that they are given. */
const TICK_MS = 20
/** With so many publishers at a tick, waking up for each costs more than what they send. */
const MANY = 20
const TICK_OF_MANY_MS = 40

type Ticked = {
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
  #many = false

  /** Once for each publisher, until `readOn` says no. */
  wait(reader: Ticked): void {
    this.#waiting.push(reader)
    this.#timer ??= setTimeout(() => this.#tick(), this.#many ? TICK_OF_MANY_MS : TICK_MS)
  }

  #tick(): void {
    this.#timer = undefined
    const readers = this.#waiting
    this.#waiting = []
    this.#many = readers.length >= MANY
    for (const reader of readers) if (reader.readOn()) this.wait(reader)
  }
}
