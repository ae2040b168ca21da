import { Worker } from 'node:worker_threads'
import { embedded } from './single-file.ts'
import { SETTINGS_FOLLOW } from './thread-settings.ts'

/** Every file in which a thread begins, seen from here. `npm run build:binary` builds each of them into the single file. */
export const THREADS = {
  store: '../store/worker.ts',
  segments: '../segments/worker.ts',
  passwords: '../accounts/sign-in/password-worker.ts',
  transcoder: '../transcode/child/worker.ts',
} as const

export type ThreadName = keyof typeof THREADS

/** The name of a thread's code among the embedded files. */
export const embeddedThread = (name: string): string => `threads/${name}.mjs`

/** The name of its file among those that `npm start` puts together, without `.mjs`. */
export const builtThread = (name: string): string => `thread-${name}`

/** @see startThread */
export type StartThread = (name: ThreadName, settings: unknown) => Worker

/** Starts a thread: from its source file, from what was put together, or from what the single file carries. */
export const startThread: StartThread = (name, workerData) => {
  const code = embedded(embeddedThread(name))?.toString('utf8')
  const options = { name, workerData }
  if (code !== undefined) return new Worker(code, { ...options, eval: true, execArgv: ['--input-type=module'] })
  const file = import.meta.url.endsWith('.ts') ? THREADS[name] : `./${builtThread(name)}.mjs`
  // What the main thread was started with (`--eval`, `--test`, `--inspect-brk`) is not meant for the thread.
  return new Worker(new URL(file, import.meta.url), { ...options, execArgv: [] })
}

/**
 * Threads that begin before it is known what they shall do. To load what they are made of takes as long as to load the main
 * thread's part, and so both are loaded at once.
 */
export class EarlyThreads {
  readonly #begun = new Map<ThreadName, Worker>()

  begin(name: ThreadName): void {
    const worker = startThread(name, SETTINGS_FOLLOW)
    // A program that ends before it wants the thread ends without it.
    worker.unref()
    // Who takes it hears for himself how it fails; of one that failed before, another is started, and fails in the same way.
    const forget = () => this.#begun.delete(name)
    worker.on('error', forget).on('exit', forget)
    this.#begun.set(name, worker)
  }

  /** Takes the thread that has begun, or starts one. */
  readonly start: StartThread = (name, settings) => {
    const worker = this.#begun.get(name)
    if (worker === undefined) return startThread(name, settings)
    this.#begun.delete(name)
    worker.ref()
    worker.postMessage(settings)
    return worker
  }
}
