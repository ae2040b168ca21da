import type { Worker } from 'node:worker_threads'
import { messageOf, RefusedError, UnavailableError } from '../../base/errors.ts'
import { Histogram } from '../../base/histogram.ts'
import type { Log } from '../../base/log.ts'
import { startThread } from '../../base/threads.ts'
import { type Argon2Cost, COST, isOutdated, nobodysHash } from './password-hash.ts'
import type { FromPasswordWorker, PasswordSettings, ToPasswordWorker } from './password-protocol.ts'

/** Beyond, who comes is told to come again: by then the first of them would wait for seconds. */
const MOST_WAITING = 32
const RETRY_SECONDS = 5

type Job = {
  readonly message: (id: number) => ToPasswordWorker
  readonly resolve: (value: string | boolean) => void
  readonly reject: (error: Error) => void
  readonly askedAtMs: number
}

export type PasswordFigures = {
  /** Those that wait, and the one under way. */
  readonly waiting: number
  readonly refused: number
  readonly failed: number
  /** From asking to the answer. */
  readonly seconds: Histogram
}

/**
 * Hashes and compares passwords in a thread of its own (`password-worker.ts`), one at a time. The thread begins with the first of
 * them: a server without accounts has none.
 */
export class Passwords {
  readonly #log: Log
  readonly #cost: Argon2Cost
  readonly #nobodys: string
  readonly #queue: Job[] = []
  readonly #seconds = new Histogram([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])
  #running: Job | undefined
  #worker: Worker | undefined
  #id = 0
  #refused = 0
  #failed = 0
  #stopped = false

  /** @param cost of hashes made from now on; tests make it small */
  constructor(log: Log, cost: Argon2Cost = COST) {
    this.#log = log
    this.#cost = cost
    this.#nobodys = nobodysHash(cost)
  }

  get figures(): PasswordFigures {
    const waiting = this.#queue.length + (this.#running === undefined ? 0 : 1)
    return { waiting, refused: this.#refused, failed: this.#failed, seconds: this.#seconds }
  }

  /** It was made at another cost than those made now. */
  isOutdated(hash: string): boolean {
    return isOutdated(hash, this.#cost)
  }

  /** A PHC string. @throws RefusedError LIMIT when too many wait; UnavailableError */
  async hash(password: string): Promise<string> {
    return String(await this.#ask((id) => ({ type: 'hash', id, password })))
  }

  /**
   * Whether this is the password behind the hash.
   * @param hash null: nobody's, which takes just as long, and never is @throws as `hash`
   */
  async matches(password: string, hash: string | null): Promise<boolean> {
    const wanted = hash ?? this.#nobodys
    return (await this.#ask((id) => ({ type: 'matches', id, password, hash: wanted }))) === true && hash !== null
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#failAll('the server is stopping')
    const worker = this.#worker
    this.#worker = undefined
    if (worker === undefined) return
    // What it works on is over in a moment; to end a thread within it would take as long.
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage({ type: 'close' } satisfies ToPasswordWorker)
    await exited
  }

  #ask(message: Job['message']): Promise<string | boolean> {
    if (this.#stopped) return Promise.reject(new UnavailableError('the server is stopping'))
    if (this.#queue.length >= MOST_WAITING) {
      this.#refused++
      const words = 'too many people sign in just now, try again in a moment'
      return Promise.reject(new RefusedError('LIMIT', words, { retryAfterSeconds: RETRY_SECONDS }))
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ message, resolve, reject, askedAtMs: performance.now() })
      this.#next()
    })
  }

  #next(): void {
    if (this.#running !== undefined) return
    const job = this.#queue.shift()
    if (job === undefined) {
      // An idle thread must not keep a command from ending.
      this.#worker?.unref()
      return
    }
    this.#running = job
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(job.message(++this.#id))
  }

  #start(): Worker {
    const worker = startThread('passwords', { cost: this.#cost } satisfies PasswordSettings)
    worker.on('message', (message: FromPasswordWorker) => {
      const job = this.#running
      if (job === undefined || message.id !== this.#id) return
      this.#running = undefined
      this.#seconds.observe((performance.now() - job.askedAtMs) / 1000)
      if (message.type === 'value') job.resolve(message.value)
      else this.#fail(job, message.message)
      this.#next()
    })
    let why = 'it ended'
    worker.on('error', (error) => {
      why = messageOf(error)
    })
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#log.error({ error: why }, 'the thread of passwords ended, the next one begins with the next password')
      this.#failAll('a password could not be checked, try again')
    })
    return worker
  }

  #fail(job: Job, message: string): void {
    this.#failed++
    this.#log.error({ error: message }, 'a password could not be hashed')
    job.reject(new UnavailableError('a password could not be checked, try again'))
  }

  #failAll(message: string): void {
    const jobs = [...(this.#running === undefined ? [] : [this.#running]), ...this.#queue.splice(0)]
    this.#running = undefined
    this.#failed += jobs.length
    for (const { reject } of jobs) reject(new UnavailableError(message))
  }
}
