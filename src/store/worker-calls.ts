import { UnavailableError } from '../base/errors.ts'
import type { FromWorker } from './protocol.ts'
import { fromWire } from './wire-error.ts'

/** More calls than a healthy disk ever lets pile up: beyond, callers hear at once that the store doesn't keep up. */
const MAX_WAITING = 10_000
/** A disk that hangs longer has its callers told so; the call may still be done later. */
const TIMEOUT_MS = 20_000

type Waiting = {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** The calls that wait for the worker's answer. */
export class WorkerCalls {
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  /** @param send posts the call under this id @throws UnavailableError */
  ask(send: (id: number) => void): Promise<unknown> {
    if (this.#waiting.size >= MAX_WAITING) throw new UnavailableError('the store does not keep up with its calls')
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new UnavailableError(`the store did not answer within ${TIMEOUT_MS / 1000} s`))
      }, TIMEOUT_MS)
      this.#waiting.set(id, { resolve, reject, timer })
      send(id)
    })
  }

  settle(reply: Extract<FromWorker, { id: number }>): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    this.#waiting.delete(reply.id)
    clearTimeout(waiting.timer)
    if (reply.type === 'value') waiting.resolve(reply.value)
    else waiting.reject(fromWire(reply.error))
  }

  failAll(message: string): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new UnavailableError(message))
    }
    this.#waiting.clear()
  }
}
