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

/** The name of its file among those that `npm start` puts together, without `.mjs`. */
export const builtThread = (name: string): string => `thread-${name}`

/** Starts a thread: from its source file, from what was put together, or from what the single file carries. */
export function startThread(name: ThreadName, workerData: unknown): Worker {
  const code = embedded(embeddedThread(name))?.toString('utf8')
  const options = { name, workerData }
  if (code !== undefined) return new Worker(code, { ...options, eval: true, execArgv: ['--input-type=module'] })
  const file = import.meta.url.endsWith('.ts') ? THREADS[name] : `./${builtThread(name)}.mjs`
  // What the main thread was started with (`--eval`, `--test`, `--inspect-brk`) is not meant for the thread.
  return new Worker(new URL(file, import.meta.url), { ...options, execArgv: [] })
}
