import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { StreamKeyStore } from './stream-key-store.ts'

const WRITE_MS = 10_000
/** Kept at most while the store doesn't answer; each is a key of a channel here. */
const MAX_WAITING = 100_000

/** When keys were used last, written now and then: who publishes waits for no disk. */
export class KeyUses {
  readonly #store: Pick<StreamKeyStore, 'used'>
  readonly #log: Log
  readonly #waiting = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(store: Pick<StreamKeyStore, 'used'>, log: Log) {
    this.#store = store
    this.#log = log
  }

  note(keyId: string, nowMs = Date.now()): void {
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(keyId)) return
    this.#waiting.set(keyId, nowMs)
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref()
  }

  /** What is not written yet. */
  waiting(keyId: string): number | undefined {
    return this.#waiting.get(keyId)
  }

  /** Writes what waits, if the store answers. Call it before the store stops. */
  async close(): Promise<void> {
    await this.#writing
    this.#write()
    await this.#writing
    clearTimeout(this.#timer)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const uses = [...this.#waiting].map(([id, atMs]) => ({ id, atMs }))
    if (uses.length === 0 || this.#writing !== undefined) return
    this.#writing = this.#store
      .used(uses)
      .then(() => {
        // One that was used again meanwhile waits for the next time.
        for (const { id, atMs } of uses) if (this.#waiting.get(id) === atMs) this.#waiting.delete(id)
      })
      .catch((error: unknown) => {
        this.#log.warn(
          { keys: uses.length, error: messageOf(error) },
          'when stream keys were used could not be kept yet',
        )
      })
      .finally(() => {
        this.#writing = undefined
        if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref()
      })
  }
}
