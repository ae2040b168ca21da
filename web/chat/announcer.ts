/** What is read out of the chat: everything, what calls the reader by name, nothing. */
export type ReadOut = 'all' | 'mentions' | 'none'

/** Above this many a minute single messages are no longer read out, but their number (WCAG: nobody can follow). */
const fastPerMinute = 20

/** Decides what a screen reader is told, so that a lively chat doesn't talk over the broadcast. */
export class Announcer {
  #at: number[] = []
  #unsaid = 0

  arrived(count: number, nowMs: number): void {
    for (let i = 0; i < Math.min(count, 100); i += 1) this.#at.push(nowMs)
    if (this.fast(nowMs)) this.#unsaid += count
  }

  fast(nowMs: number): boolean {
    this.#at = this.#at.filter((at) => nowMs - at < 60_000)
    return this.#at.length > fastPerMinute
  }

  /** How many came since the last summary; 0: nothing to say. To be asked every 15 s. */
  summary(): number {
    const count = this.#unsaid
    this.#unsaid = 0
    return count
  }
}

const setting = 'chat-read-out'

export function recallReadOut(): ReadOut {
  try {
    const kept = localStorage.getItem(setting)
    return kept === 'mentions' || kept === 'none' ? kept : 'all'
  } catch {
    return 'all'
  }
}

export function keepReadOut(readOut: ReadOut): void {
  try {
    localStorage.setItem(setting, readOut)
  } catch {
    // It holds for this visit.
  }
}
