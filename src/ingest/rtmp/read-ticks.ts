/** How long a publisher's next frames may gather in the kernel, milliseconds: latency that they are given. */
const TICK_MS = 20
/** With so many publishers at a tick, waking up for each costs more than what they send. */
const MANY = 20
const TICK_OF_MANY_MS = 40

/**
 * Lets publishers be read again together, a tick after they were: 73 frames a second would be 73 wake-ups, each dearer than
 * the frame. One that has been silent for a tick is read at once.
 */
export class ReadTicks {
  #waiting: { readOn(): void }[] = []
  #many = false

  wait(reader: { readOn(): void }): void {
    if (this.#waiting.push(reader) === 1) setTimeout(() => this.#tick(), this.#many ? TICK_OF_MANY_MS : TICK_MS)
  }

  #tick(): void {
    const readers = this.#waiting
    this.#waiting = []
    this.#many = readers.length >= MANY
    for (const reader of readers) reader.readOn()
  }
}
