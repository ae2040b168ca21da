import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { messageOf, UnavailableError } from '../base/errors.ts'
import { Histogram } from '../base/histogram.ts'
import type { Log } from '../base/log.ts'
import { type StartThread, startThread } from '../base/threads.ts'
import { Carrier } from './carrier.ts'
import { FreeSpace } from './free-space.ts'
import { FOLDER, mediaPath } from './layout.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts'
import { SegmentReader } from './segment-reader.ts'
import { type BroadcastHome, type BroadcastInfo, StoredBroadcast } from './stored-broadcast.ts'
import type { FoundBroadcast } from './stored-segment.ts'
import { WriteQueue } from './write-queue.ts'

/** "fsync by timer": what a power cut may take, with the time it waits before. */
const SYNC_MS = 1500
/** A disk that hangs must not keep the program from ending. */
const STOP_MS = 10_000
const RETRY_MS = 1000

export type SegmentStoreOptions = {
  /** `storage.dataDir`. */
  readonly dataDir: string
  /** May change. Below so much free space the windows shrink, then nothing is written. */
  readonly limits: { readonly minFreeBytes: number }
  readonly log: Log
  readonly startThread?: StartThread
}

/**
 * Keeps the media of broadcasts on the disk: for rewinding, and to go on after a restart. All files are written by a
 * thread of its own; what it can't take in time is not kept, for the live path waits for nothing here.
 */
export class SegmentStore {
  readonly name = 'segments'
  readonly #options: SegmentStoreOptions
  readonly #root: string
  readonly #queue: WriteQueue
  readonly #carrier = new Carrier()
  readonly #broadcasts = new Set<StoredBroadcast>()
  readonly #space: FreeSpace
  readonly #reader = new SegmentReader()
  readonly #writeSeconds = new Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5])
  readonly #syncSeconds = new Histogram([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5])
  #worker: Worker | undefined
  #state: 'new' | 'starting' | 'ready' | 'down' | 'stopped' = 'new'
  #retry: NodeJS.Timeout | undefined
  #lostSegments = 0
  #writeErrors = 0
  #syncFailed = false
  #behind = false

  constructor(options: SegmentStoreOptions) {
    this.#options = options
    this.#root = join(options.dataDir, FOLDER)
    this.#space = new FreeSpace({
      limits: options.limits,
      log: options.log,
      shrink: () => this.#shrink(),
    })
    this.#queue = new WriteQueue({
      post: (id, writes) => this.#post({ type: 'write', id, ...this.#carrier.load(writes) }),
      failed: (code, message) => {
        this.#writeErrors++
        this.#space.failed(code, message)
      },
    })
  }

  /**
   * Starts the thread, which first reads back what a process before this one left.
   * @returns the broadcasts that are on the disk
   * @throws UnavailableError
   */
  async start(): Promise<readonly FoundBroadcast[]> {
    this.#state = 'starting'
    try {
      return await this.#open(false)
    } catch (error) {
      this.#state = 'stopped'
      throw error
    }
  }

  /** Writes all that is under way, and brings it to the disk. Idempotent. */
  async stop(): Promise<void> {
    const running = this.#state === 'ready'
    const worker = this.#worker
    clearTimeout(this.#retry)
    if (worker === undefined || this.#state === 'stopped') {
      this.#state = 'stopped'
      return
    }
    const cut = setTimeout(() => void worker.terminate(), running ? STOP_MS : 0)
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    if (running) await Promise.race([this.#queue.drained(), exited])
    this.#state = 'stopped'
    this.#post({ type: 'close' })
    await exited
    clearTimeout(cut)
    this.#worker = undefined
  }

  /** @param found what is already there of it */
  open(info: BroadcastInfo, found?: FoundBroadcast): StoredBroadcast {
    const broadcast: StoredBroadcast = new StoredBroadcast(info, this.#home, found)
    this.#broadcasts.add(broadcast)
    return broadcast
  }

  /** What is on the disk of a broadcast that nobody opened goes. */
  forget({ channel, broadcast }: Pick<FoundBroadcast, 'channel' | 'broadcast'>): void {
    this.#post({ type: 'removeBroadcast', channel, broadcast })
  }

  /** All media of a channel goes. */
  removeChannel(channel: string): void {
    for (const broadcast of this.#broadcasts) if (broadcast.info.channel === channel) broadcast.remove()
    this.#post({ type: 'removeChannel', channel })
  }

  /** `limits` changed. */
  limitsChanged(): void {
    this.#space.again()
  }

  describe() {
    const broadcasts = [...this.#broadcasts]
    return {
      broadcasts: broadcasts.map(({ info, bytes, seconds }) => ({ slug: info.slug, bytes, seconds })),
      queuedBytes: this.#queue.bytes,
      lostSegments: this.#lostSegments,
      writeErrors: this.#writeErrors,
      shrunkVolumes: this.#space.shrunk,
      writing: this.#space.writing && this.#state === 'ready',
      writeSeconds: this.#writeSeconds,
      syncSeconds: this.#syncSeconds,
      reads: this.#reader.reads,
      failedReads: this.#reader.failed,
      cachedBytes: this.#reader.cachedBytes,
    }
  }

  get #home(): BroadcastHome {
    return {
      queue: this.#queue,
      reader: this.#reader,
      writing: () => this.#space.writing && this.#state === 'ready',
      lost: (why) => this.#lost(why),
      removeVolumes: (volumes) => this.#post({ type: 'remove', volumes: volumes.map(({ name }) => name) }),
      remove: (broadcast) => {
        this.#broadcasts.delete(broadcast)
        this.forget(broadcast.info)
      },
      pathOf: (volume, rendition) => mediaPath(this.#root, volume, rendition),
    }
  }

  /** A segment is not kept; the first of a row is said. */
  #lost(why: 'slow' | 'failed'): void {
    this.#lostSegments++
    if (why !== 'slow' || this.#behind) return
    this.#behind = true
    this.#options.log.warn(
      { queuedBytes: this.#queue.bytes },
      'the disk does not keep up: what it can’t take is missing from rewind windows; live goes on',
    )
  }

  /** Of all broadcasts the oldest volume. @returns its bytes; undefined: nothing is left to give */
  #shrink(): number | undefined {
    const byAge = [...this.#broadcasts].sort(
      (a, b) => (a.oldest ?? Number.POSITIVE_INFINITY) - (b.oldest ?? Number.POSITIVE_INFINITY),
    )
    for (const broadcast of byAge) {
      const bytes = broadcast.shrink()
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  async #open(again: boolean): Promise<readonly FoundBroadcast[]> {
    const settings: WorkerSettings = { dataDir: this.#options.dataDir, syncMs: SYNC_MS, again }
    const { startThread: start = startThread } = this.#options
    const worker = start('segments', settings)
    this.#worker = worker
    const found = Promise.withResolvers<readonly FoundBroadcast[]>()
    let why = 'it ended'
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'found') {
        this.#sayFound(message)
        found.resolve(message.broadcasts)
      } else if (message.type === 'failed') found.reject(new UnavailableError(message.message))
      else this.#heard(message)
    })
    worker.on('error', (error) => {
      why = messageOf(error)
      this.#options.log.error({ error: why }, 'the segment store’s thread failed')
    })
    worker.on('exit', () => {
      found.reject(new UnavailableError(`the segment store's thread could not start: ${why}`))
      if (this.#worker === worker) this.#lostWorker()
    })
    const broadcasts = await found.promise
    this.#state = 'ready'
    return broadcasts
  }

  #sayFound({ setAside, freeBytes }: Extract<FromWorker, { type: 'found' }>): void {
    const { log } = this.#options
    if (setAside.length > 0) {
      const shown = setAside.slice(0, 20)
      log.warn(
        { count: setAside.length, files: shown },
        'files of the segment store were not readable and are set aside',
      )
    }
    if (freeBytes !== undefined) this.#space.report(freeBytes)
  }

  #heard(message: Exclude<FromWorker, { type: 'found' | 'failed' }>): void {
    switch (message.type) {
      case 'written':
        this.#writeSeconds.observe(message.seconds)
        if (message.failures.length === 0) this.#space.worked()
        this.#queue.written(message)
        if (this.#behind && this.#queue.bytes === 0) {
          this.#behind = false
          this.#options.log.info({}, 'the disk keeps up again')
        }
        break
      case 'synced':
        this.#syncSeconds.observe(message.seconds)
        if (message.failed !== undefined && !this.#syncFailed)
          this.#options.log.error({ error: message.failed }, 'media could not be brought to the disk')
        this.#syncFailed = message.failed !== undefined
        if (message.freeBytes !== undefined) this.#space.report(message.freeBytes)
        break
      case 'removeFailed':
        this.#options.log.warn({ error: message.message }, 'files of the segment store could not be deleted')
        break
      case 'closed':
    }
  }

  #lostWorker(): void {
    this.#worker = undefined
    if (this.#state !== 'ready' && this.#state !== 'down') return
    this.#state = 'down'
    this.#queue.lostWorker()
    this.#options.log.error({ retryMs: RETRY_MS }, 'the segment store’s thread ended, it is started again')
    this.#retry = setTimeout(() => {
      this.#open(true).catch((error: unknown) =>
        this.#options.log.error({ error: messageOf(error) }, 'the segment store could not be started again'),
      )
    }, RETRY_MS)
  }
}
