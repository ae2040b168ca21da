/**
 * Keeps the screen on while `wanted` says so. The system takes the lock away whenever the page is out of sight, so it is
 * asked for again when it is back.
 */
export class WakeLock {
  #wanted = false
  #lock: WakeLockSentinel | null = null
  #asking = false
  readonly #again = () => void this.#take()

  constructor() {
    document.addEventListener('visibilitychange', this.#again)
  }

  want(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    if (wanted) void this.#take()
    else this.#release()
  }

  destroy(): void {
    document.removeEventListener('visibilitychange', this.#again)
    this.#wanted = false
    this.#release()
  }

  async #take(): Promise<void> {
    const held = this.#lock !== null && !this.#lock.released
    if (!this.#wanted || held || this.#asking || document.visibilityState !== 'visible' || !('wakeLock' in navigator))
      return
    this.#asking = true
    this.#lock = await navigator.wakeLock.request('screen').catch(() => null)
    this.#asking = false
    if (!this.#wanted) this.#release()
  }

  #release(): void {
    void this.#lock?.release().catch(() => undefined)
    this.#lock = null
  }
}
