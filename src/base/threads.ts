import { Worker } from 'node:worker_threads'
import { embedded } from './single-file.ts'

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

/** Starts a thread, from its source file or from what the single file carries. */
export function startThread(name: ThreadName, workerData: unknown): Worker {
  const code = embedded(embeddedThread(name))?.toString('utf8')
  const options = { name, workerData }
  return code === undefined
    ? // What the main thread was started with (`--eval`, `--test`, `--inspect-brk`) is not meant for the thread.
      new Worker(new URL(THREADS[name], import.meta.url), { ...options, execArgv: [] })
    : new Worker(code, { ...options, eval: true, execArgv: ['--input-type=module'] })
}
