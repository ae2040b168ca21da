import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ChatStore, StoredMessage } from './chat-store.ts'

/** Messages wait so long for others to be written with them; as many as this are written at once. */
const BATCH_MS = 500
const BATCH = 200
/** While the store is away so many wait; then the oldest are not kept. */
const MAX_WAITING = 10_000

/** What was said, on its way to the store: in batches, in order, never awaited by who says something. */
export class MessageLog {
  readonly #store: ChatStore
  readonly #channelId: string
  readonly #log: Log
  #waiting: StoredMessage[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  /** Messages that could not be kept. */
  lost = 0

  constructor(store: ChatStore, channelId: string, log: Log) {
    this.#store = store
    this.#channelId = channelId
    this.#log = log
  }

  push(message: StoredMessage): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift()
      this.lost++
    }
    this.#waiting.push(message)
    if (this.#waiting.length >= BATCH) void this.#write()
    else this.#timer ??= setTimeout(() => void this.#write(), BATCH_MS)
  }

  /** All that was pushed so far is kept, or the store is away. */
  async flush(): Promise<void> {
    await this.#writing
    await this.#write()
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#writing !== undefined || this.#waiting.length === 0) return this.#writing
    const batch = this.#waiting.splice(0, BATCH)
    this.#writing = this.#store
      .append(this.#channelId, batch)
      .catch((error: unknown) => {
        this.#log.warn({ error: messageOf(error), messages: batch.length }, 'chat messages could not be kept yet')
        const room = Math.max(0, MAX_WAITING - this.#waiting.length)
        this.lost += batch.length - Math.min(room, batch.length)
        this.#waiting.unshift(...batch.slice(Math.max(0, batch.length - room)))
      })
      .finally(() => {
        this.#writing = undefined
        if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.#write(), BATCH_MS)
      })
    return this.#writing
  }
}
