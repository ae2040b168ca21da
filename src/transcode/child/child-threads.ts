import type { Worker } from 'node:worker_threads'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { startThread } from '../../base/threads.ts'
import type { ChildConfig, ChildEnd, ChildFrame, ChildJob, ChildUse, FromChildren, ToChildren } from './protocol.ts'

/** So many children share a thread. */
const CHILDREN_EACH = 16
/** Twice a second. */
const IDLE_LOOKS = 3

export type ChildEvents = {
  readonly made: (frames: readonly (ChildFrame | ChildConfig)[]) => void
  readonly gone: (end: ChildEnd) => void
}

/** A child that somebody else looks after. */
export type Child = {
  /** Gives the bytes away. */
  feed(bytes: Uint8Array<ArrayBuffer>): void
  /** Nothing more comes. */
  end(): void
  kill(): void
  /** Bytes that it hasn't taken yet, as far as is known. */
  readonly waitingBytes: number
  /** Processor seconds, as they were a moment ago; undefined: not known. */
  readonly cpuSeconds: number | undefined
  /** For a second and more it has used no processor, nor wanted one: it waits, or something holds it. */
  readonly isIdle: boolean
  /** Undefined: not started yet. */
  readonly pid: number | undefined
}

type Entry = {
  readonly events: ChildEvents
  fed: number
  taken: number
  cpuSeconds: number | undefined
  /** Looks one after the other that found that it had done nothing since the last. */
  idle: number
  pid: number | undefined
}

type Thread = { readonly worker: Worker; readonly children: Map<number, Entry> }

/** The threads that supervise FFmpeg: they begin when they are needed, and share the children. */
export class ChildThreads {
  readonly #log: Log
  readonly #threads = new Set<Thread>()
  #next = 1
  #stopped = false
  /** Threads that ended by a fault of ours. */
  failures = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** Starts a child. Its events come later, never within this call; after a stop none do. */
  start(job: ChildJob, events: ChildEvents): Child {
    const id = this.#next++
    const entry: Entry = { events, fed: 0, taken: 0, cpuSeconds: undefined, idle: 0, pid: undefined }
    const thread = this.#free()
    thread.children.set(id, entry)
    const tell = (message: ToChildren, buffers: readonly ArrayBuffer[] = []): void => {
      if (thread.children.has(id)) thread.worker.postMessage(message, [...buffers])
    }
    tell({ type: 'start', id, job })
    return {
      feed: (bytes) => {
        entry.fed += bytes.byteLength
        tell({ type: 'feed', id, bytes }, [bytes.buffer])
      },
      end: () => tell({ type: 'end', id }),
      kill: () => tell({ type: 'kill', id }),
      get waitingBytes() {
        return entry.fed - entry.taken
      },
      get cpuSeconds() {
        return entry.cpuSeconds
      },
      get isIdle() {
        return entry.idle >= IDLE_LOOKS
      },
      get pid() {
        return entry.pid
      },
    }
  }

  /** Kills all children and waits until they are gone. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(
      [...this.#threads].map(({ worker }) => {
        const exited = new Promise((resolve) => worker.once('exit', resolve))
        worker.postMessage({ type: 'close' } satisfies ToChildren)
        return exited
      }),
    )
  }

  #free(): Thread {
    for (const thread of this.#threads) if (thread.children.size < CHILDREN_EACH) return thread
    const worker = startThread('transcoder', undefined)
    const thread: Thread = { worker, children: new Map() }
    this.#threads.add(thread)
    worker.on('message', (message: FromChildren) => this.#told(thread, message))
    let why = 'it ended'
    worker.on('error', (error) => {
      why = messageOf(error)
    })
    worker.on('exit', () => this.#ended(thread, why))
    return thread
  }

  #told({ children }: Thread, message: FromChildren): void {
    const entry = children.get(message.id)
    if (entry === undefined || this.#stopped) return
    switch (message.type) {
      case 'started':
        entry.pid = message.pid
        break
      case 'made':
        entry.taken = message.taken
        entry.events.made(message.frames)
        break
      case 'used':
        entry.taken = message.taken
        if (message.use !== undefined) look(entry, message.use)
        break
      case 'gone':
        children.delete(message.id)
        entry.events.gone(message.end)
    }
  }

  /** Its children end with it: their standard input does. */
  #ended(thread: Thread, why: string): void {
    this.#threads.delete(thread)
    if (this.#stopped) return
    this.failures++
    this.#log.error({ error: why, children: thread.children.size }, 'a thread of transcoding ended')
    const entries = [...thread.children.values()]
    thread.children.clear()
    for (const { events } of entries) {
      events.gone({ good: false, how: 'the thread that looked after it ended', missing: false, said: [] })
    }
  }
}

function look(entry: Entry, { cpuSeconds, wantsMore }: ChildUse): void {
  entry.idle = wantsMore || cpuSeconds !== entry.cpuSeconds ? 0 : entry.idle + 1
  entry.cpuSeconds = cpuSeconds
}
