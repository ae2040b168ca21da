import type { Log } from '../base/log.ts'

export type FreeSpaceOptions = {
  /** May change. */
  readonly limits: { readonly minFreeBytes: number }
  readonly log: Log
  /** Gives up the oldest media. @returns bytes that become free; undefined: there is none to give */
  readonly shrink: () => number | undefined
}

/** Above the minimum by so much, what was stopped goes on: else it would stop and go on with every second. */
const MARGIN = 64 * 2 ** 20
/** After a failed write so long nothing is written, milliseconds. */
const PAUSE_MS = 5000

/** Keeps the disk from filling: windows shrink first, then nothing is written. The live goes on from memory. */
export class FreeSpace {
  readonly #options: FreeSpaceOptions
  #full = false
  #shrinking = false
  #pausedUntilMs = 0
  #failureSaid = false
  #freeBytes: number | undefined
  /** Volumes given up before their time. */
  shrunk = 0

  constructor(options: FreeSpaceOptions) {
    this.#options = options
  }

  get writing(): boolean {
    return !this.#full && performance.now() >= this.#pausedUntilMs
  }

  /** Told what is free, every second or two. */
  report(freeBytes: number): void {
    this.#freeBytes = freeBytes
    const { log, shrink, limits } = this.#options
    const { minFreeBytes } = limits
    if (freeBytes >= minFreeBytes + Math.min(MARGIN, minFreeBytes)) {
      if (this.#full) log.info({ freeBytes }, 'the disk has room again: rewind windows are written')
      else if (this.#shrinking) log.info({ freeBytes }, 'the disk has room again: rewind windows grow')
      this.#full = false
      this.#shrinking = false
      return
    }
    if (freeBytes >= minFreeBytes) return
    let free = freeBytes
    while (free < minFreeBytes) {
      const bytes = shrink()
      if (bytes === undefined) break
      this.shrunk++
      free += bytes
      if (!this.#shrinking)
        log.warn(
          { freeBytes, minFreeBytes },
          'little of the disk is free (storage.minFreeBytes): rewind windows are shortened',
        )
      this.#shrinking = true
    }
    if (free >= minFreeBytes || this.#full) return
    this.#full = true
    log.warn(
      { freeBytes, minFreeBytes },
      'too little of the disk is free (storage.minFreeBytes): nothing is kept for rewinding or a restart; live goes on. Free some space, or lower the setting',
    )
  }

  /** The limits changed. */
  again(): void {
    if (this.#freeBytes !== undefined) this.report(this.#freeBytes)
  }

  /** A write failed. */
  failed(code: string, message: string): void {
    if (!this.#failureSaid)
      this.#options.log.error({ code, error: message }, 'media could not be written to the disk; live goes on')
    this.#failureSaid = true
    this.#pausedUntilMs = performance.now() + PAUSE_MS
    if (code === 'ENOSPC' || code === 'EDQUOT') if (this.#options.shrink() !== undefined) this.shrunk++
  }

  /** A write went well. */
  worked(): void {
    this.#failureSaid = false
  }
}
