import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { AuditStore } from '../accounts/audit.ts'
import type { BroadcastHistoryStore } from '../accounts/channels/broadcast-history-store.ts'
import type { ChannelStore } from '../accounts/channels/channel-store.ts'
import type { MemberStore } from '../accounts/channels/members.ts'
import type { StreamKeyStore } from '../accounts/channels/stream-key-store.ts'
import { makeDataDirectory } from '../accounts/data-directory.ts'
import type { FollowStore } from '../accounts/following/follows.ts'
import type { WatchStore } from '../accounts/following/watch-history.ts'
import type { DeviceStore, LinkStore, PersonStore, SigningKeyStore } from '../accounts/people/person-store.ts'
import type { ApiTokenStore } from '../accounts/sign-in/api-tokens.ts'
import { messageOf, UnavailableError } from '../base/errors.ts'
import type { Histogram } from '../base/histogram.ts'
import type { Component } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import { type StartThread, startThread } from '../base/threads.ts'
import type { ChatStore } from '../chat/chat-store.ts'
import type { BroadcastStore } from '../live/ports.ts'
import { type FromWorker, PORT_METHODS, type StorePorts, type ToWorker, type WorkerSettings } from './protocol.ts'
import { fromWire } from './wire-error.ts'
import { WorkerCalls } from './worker-calls.ts'

const FILE = 'streamhost.db'
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 30_000
/** A disk that hangs must not keep the program from ending. */
const STOP_MS = 10_000

export type StoreOptions = {
  /** `storage.dataDir`; the file is `streamhost.db` in it. */
  readonly dataDir: string
  readonly log: Log
  readonly startThread?: StartThread
}

/**
 * Keeps what must outlive the process, in SQLite, in a thread of its own: the main thread never opens the file.
 * A crashed thread is started again; meanwhile every call is answered with UnavailableError.
 */
export class Store implements Component {
  readonly name = 'store'
  readonly channels: ChannelStore = this.#proxy('channels')
  readonly keys: StreamKeyStore = this.#proxy('keys')
  readonly broadcasts: BroadcastStore = this.#proxy('broadcasts')
  readonly history: BroadcastHistoryStore = this.#proxy('history')
  readonly audit: AuditStore = this.#proxy('audit')
  readonly chat: ChatStore = this.#proxy('chat')
  readonly people: PersonStore = this.#proxy('people')
  readonly devices: DeviceStore = this.#proxy('devices')
  readonly links: LinkStore = this.#proxy('links')
  readonly members: MemberStore = this.#proxy('members')
  readonly apiTokens: ApiTokenStore = this.#proxy('apiTokens')
  readonly follows: FollowStore = this.#proxy('follows')
  readonly watched: WatchStore = this.#proxy('watched')
  readonly signingKeys: SigningKeyStore = this.#proxy('signingKeys')
  readonly #options: StoreOptions
  readonly #calls = new WorkerCalls()
  #state: 'new' | 'starting' | 'ready' | 'down' | 'stopped' = 'new'
  #worker: Worker | undefined
  #retry: NodeJS.Timeout | undefined
  #retryMs = FIRST_RETRY_MS

  constructor(options: StoreOptions) {
    this.#options = options
  }

  /** For metrics. */
  describe(): { readonly waiting: number; readonly failed: number; readonly seconds: Histogram } {
    const { waiting, failed, seconds } = this.#calls
    return { waiting, failed, seconds }
  }

  /** Opens the database, brings it to the newest schema. @throws ConfigError with a sentence that says what to do */
  async start(signal?: AbortSignal): Promise<void> {
    await makeDataDirectory(this.#options.dataDir)
    signal?.throwIfAborted()
    this.#state = 'starting'
    try {
      await this.#open()
    } catch (error) {
      this.#state = 'stopped'
      throw error
    }
  }

  /** Waits for what was asked before, then closes the file. Idempotent. */
  async stop(): Promise<void> {
    const running = this.#state === 'ready'
    this.#state = 'stopped'
    clearTimeout(this.#retry)
    const worker = this.#worker
    this.#worker = undefined
    if (worker === undefined) return
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    const cut = setTimeout(() => void worker.terminate(), running ? STOP_MS : 0)
    if (running) worker.postMessage({ type: 'close' } satisfies ToWorker)
    await exited
    clearTimeout(cut)
  }

  async #open(): Promise<void> {
    const settings: WorkerSettings = { path: join(this.#options.dataDir, FILE) }
    const { startThread: start = startThread } = this.#options
    const worker = start('store', settings)
    this.#worker = worker
    const opened = Promise.withResolvers<void>()
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') opened.resolve()
      else if (message.type === 'failed') opened.reject(fromWire(message.error))
      else this.#calls.settle(message)
    })
    let why = 'it ended'
    worker.on('error', (error) => {
      why = messageOf(error)
      this.#options.log.error({ error: why }, 'the store thread failed')
    })
    worker.on('exit', () => {
      opened.reject(new UnavailableError(`the store thread could not start: ${why}`))
      this.#calls.failAll('the store was interrupted, ask again')
      if (this.#worker === worker) this.#lost()
    })
    await opened.promise
    if (this.#worker !== worker) throw new UnavailableError('the store was stopped while it started')
    this.#state = 'ready'
    this.#retryMs = FIRST_RETRY_MS
  }

  #lost(): void {
    this.#worker = undefined
    // A failed first start is told to who started us; after it the store comes back by itself.
    if (this.#state === 'starting' || this.#state === 'stopped') return
    this.#state = 'down'
    this.#options.log.error({ retryMs: this.#retryMs }, 'the store thread ended, it is started again')
    this.#retry = setTimeout(() => {
      this.#open().catch((error: unknown) => {
        this.#options.log.error({ error: messageOf(error) }, 'the store could not be opened again')
      })
    }, this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }

  async #ask(port: keyof StorePorts, method: string, args: readonly unknown[]): Promise<unknown> {
    const worker = this.#worker
    if (this.#state !== 'ready' || worker === undefined) throw new UnavailableError('the store is not open')
    return this.#calls.ask((id) => worker.postMessage({ type: 'call', id, port, method, args } satisfies ToWorker))
  }

  #proxy<P extends keyof StorePorts>(port: P): StorePorts[P] {
    const methods = Object.keys(PORT_METHODS[port]).map((method) => [
      method,
      (...args: readonly unknown[]) => this.#ask(port, method, args),
    ])
    // PORT_METHODS is checked to name every method of the port; the worker answers with what that method answers.
    return Object.fromEntries(methods) as StorePorts[P]
  }
}
