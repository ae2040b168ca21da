/** The server's clock as this page knows it: the difference to our own, from the answer that travelled the shortest. */
export class ServerClock {
  #offsetMs = 0
  #tripMs = Number.POSITIVE_INFINITY

  /** @param sentMs our clock when we asked @param receivedMs our clock when the answer came @param serverMs what it said */
  answer(sentMs: number, receivedMs: number, serverMs: number): void {
    const tripMs = receivedMs - sentMs
    if (!Number.isFinite(serverMs) || tripMs < 0 || tripMs > this.#tripMs) return
    this.#tripMs = tripMs
    this.#offsetMs = serverMs - (sentMs + receivedMs) / 2
  }

  /** A message without a question: how long it travelled is unknown, so it counts only while there is nothing better. */
  message(receivedMs: number, serverMs: number): void {
    if (Number.isFinite(this.#tripMs) || !Number.isFinite(serverMs)) return
    this.#offsetMs = serverMs - receivedMs
  }

  /** Forgets how good the best answer was, so that a new one counts: clocks drift, devices sleep. */
  stale(): void {
    this.#tripMs = Number.POSITIVE_INFINITY
  }

  now(): number {
    return Date.now() + this.#offsetMs
  }
}

export const serverClock = new ServerClock()
