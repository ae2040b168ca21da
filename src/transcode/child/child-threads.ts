import type { Worker } from 'node:worker_threads'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { startThread } from '../../base/threads.ts'
import { ChildPipes } from './child-pipes.ts'
import type { ChildConfig, ChildEnd, ChildFrame, ChildJob, ChildUse, FromChildren, ToChildren } from './protocol.ts'

/** So many children share a thread. */
const CHILDREN_EACH = 16
/** Twice a second. */
const IDLE_LOOKS = 3
/**
 * How long what children make may lie in their pipes: a picture of two small rungs takes nearly as long, so that most are there at
 * the first pass.
 */
const PASS_MS = 10

export type ChildEvents = {
  readonly made: (frames: readonly (ChildFrame | ChildConfig)[]) => void
  readonly gone: (end: ChildEnd) => void
}

/** A child that somebody else looks after. */
export type Child = {
  /** @param bytes that are the caller's again after the call */
  feed(bytes: Uint8Array): void
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
  readonly id: number
  readonly thread: Thread
  readonly events: ChildEvents
  readonly pipes: ChildPipes
  cpuSeconds: number | undefined
  /** Looks one after the other that found that it had done nothing since the last. */
  idle: number
  pid: number | undefined
}

type Thread = { readonly worker: Worker; readonly children: Map<number, Entry> }

/**
 * FFmpeg's children: threads that begin when they are needed start them and look after them; what goes in and comes out passes here,
 * at once and in one pass for all.
 */
export class ChildThreads {
  readonly #log: Log
  readonly #threads = new Set<Thread>()
  readonly #busy = new Set<Entry>()
  #passTimer: NodeJS.Timeout | undefined
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
    const thread = this.#free()
    const pipes = new ChildPipes(job.outputs)
    const entry: Entry = { id, thread, events, pipes, cpuSeconds: undefined, idle: 0, pid: undefined }
    thread.children.set(id, entry)
    const tell = (message: ToChildren): void => {
      if (thread.children.has(id)) thread.worker.postMessage(message)
    }
    tell({ type: 'start', id, job })
    return {
      feed: (bytes) => {
        pipes.feed(bytes)
        this.#await(entry)
      },
      end: () => {
        pipes.end()
        this.#await(entry)
      },
      kill: () => tell({ type: 'kill', id }),
      get waitingBytes() {
        return pipes.fed - pipes.taken
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
    clearTimeout(this.#passTimer)
    await Promise.all(
      [...this.#threads].map(({ worker, children }) => {
        for (const { pipes } of children.values()) pipes.close()
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
    worker.on('exit', () => this.#failed(thread, why))
    return thread
  }

  #told(thread: Thread, message: FromChildren): void {
    if (message.type === 'failed') {
      this.#failed(thread, message.why)
      return
    }
    const { worker, children } = thread
    const entry = children.get(message.id)
    if (entry === undefined || this.#stopped) return
    switch (message.type) {
      case 'started':
        entry.pid = message.pid
        entry.pipes.open(message.pipes)
        this.#await(entry)
        break
      case 'used':
        if (message.use !== undefined) look(entry, message.use)
        this.#pass(entry, true)
        break
      case 'gone':
        this.#pass(entry, true)
        children.delete(message.id)
        entry.pipes.close()
        worker.postMessage({ type: 'release', id: message.id } satisfies ToChildren)
        entry.events.gone(entry.pipes.fault === undefined ? message.end : spoilt(message.end, entry.pipes.fault))
    }
  }

  #await(entry: Entry): void {
    if (this.#stopped || !entry.pipes.isBusy) return
    this.#busy.add(entry)
    this.#passTimer ??= setTimeout(() => this.#passAll(), PASS_MS)
  }

  #passAll(): void {
    this.#passTimer = undefined
    for (const entry of this.#busy) {
      this.#pass(entry)
      if (!entry.pipes.isBusy) this.#busy.delete(entry)
    }
    if (this.#busy.size > 0 && !this.#stopped) this.#passTimer ??= setTimeout(() => this.#passAll(), PASS_MS)
  }

  /** @param whatever what came although nothing was fed, too */
  #pass({ id, thread, pipes, events }: Entry, whatever = false): void {
    const wasSpoilt = pipes.fault !== undefined
    const frames = pipes.pass(whatever)
    const say = (type: 'end' | 'kill'): void => thread.worker.postMessage({ type, id } satisfies ToChildren)
    if (pipes.takeEnd()) say('end')
    if (pipes.fault !== undefined && !wasSpoilt) say('kill')
    if (frames.length > 0) events.made(frames)
  }

  /** It is there until its pipes are let go of, then it ends with its children. */
  #failed(thread: Thread, why: string): void {
    if (!this.#threads.delete(thread) || this.#stopped) return
    this.failures++
    this.#log.error({ error: why, children: thread.children.size }, 'a thread of transcoding ended')
    const entries = [...thread.children.values()]
    thread.children.clear()
    for (const { events, pipes } of entries) {
      pipes.close()
      events.gone({ good: false, how: 'the thread that looked after it ended', missing: false, said: [] })
    }
    thread.worker.postMessage({ type: 'close' } satisfies ToChildren)
  }
}

function look(entry: Entry, { cpuSeconds, wantsMore }: ChildUse): void {
  entry.idle = wantsMore || cpuSeconds !== entry.cpuSeconds ? 0 : entry.idle + 1
  entry.cpuSeconds = cpuSeconds
}

const spoilt = (end: ChildEnd, fault: string): ChildEnd => ({ ...end, good: false, how: fault })
