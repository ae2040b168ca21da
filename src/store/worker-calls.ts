import { UnavailableError } from '../base/errors.ts'
import { Histogram } from '../base/histogram.ts'
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
  readonly askedAtMs: number
}

/** The calls that wait for the worker's answer. */
export class WorkerCalls {
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  /** Of answers that came. */
  readonly seconds = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5])
  failed = 0

  get waiting(): number {
    return this.#waiting.size
  }

  /** @param send posts the call under this id @throws UnavailableError */
  ask(send: (id: number) => void): Promise<unknown> {
    if (this.#waiting.size >= MAX_WAITING) throw new UnavailableError('the store does not keep up with its calls')
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        this.failed++
        reject(new UnavailableError(`the store did not answer within ${TIMEOUT_MS / 1000} s`))
      }, TIMEOUT_MS)
      this.#waiting.set(id, { resolve, reject, timer, askedAtMs: performance.now() })
      send(id)
    })
  }

  settle(reply: Extract<FromWorker, { id: number }>): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    this.#waiting.delete(reply.id)
    clearTimeout(waiting.timer)
    this.seconds.observe((performance.now() - waiting.askedAtMs) / 1000)
    if (reply.type === 'value') {
      waiting.resolve(reply.value)
    } else {
      this.failed++
      waiting.reject(fromWire(reply.error))
    }
  }

  failAll(message: string): void {
    this.failed += this.#waiting.size
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new UnavailableError(message))
    }
    this.#waiting.clear()
  }
}
