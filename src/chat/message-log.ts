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
  /** The last attempt came to nothing. */
  #failed = false
  #stopped = false
  /** Messages that could not be kept. */
  lost = 0

  constructor(store: ChatStore, channelId: string, log: Log) {
    this.#store = store
    this.#channelId = channelId
    this.#log = log
  }

  push(message: StoredMessage): void {
    if (this.#stopped) return
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
    // What comes meanwhile is not waited for, else this may have no end.
    let left = this.#waiting.length
    while (left > 0 && this.#waiting.length > 0) {
      left -= BATCH
      await this.#write()
      if (this.#failed) return
    }
  }

  /** Nothing more is kept: after the last `flush`, or when there is nothing to keep it in. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#stopped = true
    this.lost += this.#waiting.length
    this.#waiting = []
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#writing !== undefined || this.#waiting.length === 0) return this.#writing
    const batch = this.#waiting.splice(0, BATCH)
    this.#writing = this.#store
      .append(this.#channelId, batch)
      .then(() => {
        this.#failed = false
      })
      .catch((error: unknown) => {
        this.#failed = true
        if (this.#stopped) return
        this.#log.warn({ error: messageOf(error), messages: batch.length }, 'chat messages could not be kept yet')
        const room = Math.max(0, MAX_WAITING - this.#waiting.length)
        this.lost += batch.length - Math.min(room, batch.length)
        this.#waiting.unshift(...batch.slice(Math.max(0, batch.length - room)))
      })
      .finally(() => {
        this.#writing = undefined
        if (this.#waiting.length === 0) return
        if (this.#waiting.length >= BATCH && !this.#failed) void this.#write()
        else this.#timer ??= setTimeout(() => void this.#write(), BATCH_MS)
      })
    return this.#writing
  }
}
