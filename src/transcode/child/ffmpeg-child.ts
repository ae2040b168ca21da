import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Stream } from 'node:stream'
import { putBehind } from '../../base/behind.ts'
import { ffmpegEnvironment } from '../../base/ffmpeg-environment.ts'
import { secondsIn } from '../box/process-time.ts'
import { FIRST_PIPE } from '../ffmpeg-arguments.ts'
import { LastLines } from './last-lines.ts'
import type { ChildDescriptors, ChildEnd, ChildJob, ChildUse } from './protocol.ts'

/** What Node has behind a pipe, and no option to be given alone. */
type Handle = { readonly fd: number; reading?: boolean; readStop(): void; close(): void }

/** How long a child's last words are waited for. */
const LAST_WORDS_MS = 200

/** One FFmpeg, which is behind the server in everything and knows nothing of it. Its pipes are for another thread to write and read. */
export class FfmpegChild {
  readonly #child: ChildProcess
  readonly #said = new LastLines()
  readonly #handles: readonly Handle[]
  #error: Error | undefined
  /** Its end was told. */
  isGone = false
  /** Of the pipes; undefined: it could not be started. */
  readonly pipes: ChildDescriptors | undefined

  /** Starts it. @param gone with its end; its pipes stay until `release` */
  constructor({ program, args, outputs }: ChildJob, gone: (end: ChildEnd) => void) {
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'pipe', ...outputs.map(() => 'pipe' as const)],
      env: ffmpegEnvironment(),
    })
    this.#child = child
    if (child.pid !== undefined) putBehind(child.pid)
    child.once('error', (error) => {
      this.#error ??= error
      if (child.pid === undefined) gone(this.#end(null, null))
    })
    child.once('exit', (status, signal) => {
      const tell = (): void => {
        clearTimeout(late)
        child.off('close', tell)
        gone(this.#end(status, signal))
      }
      // Its last words are read; what a wrapper script started itself may hold that pipe for as long as it lives.
      child.once('close', tell)
      const late = setTimeout(tell, LAST_WORDS_MS)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#said.push(text))
    const streams = child.pid === undefined ? [] : [child.stdin, ...child.stdio.slice(FIRST_PIPE)]
    this.#handles = streams.map(handleOf)
    const [input, ...rest] = this.#handles.map(({ fd }) => fd)
    if (input !== undefined) this.pipes = { input, outputs: rest }
  }

  /** Undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What it used since it started; undefined: it is gone, or the system doesn't tell. */
  used(): ChildUse | undefined {
    const { pid } = this
    if (pid === undefined || process.platform !== 'linux') return undefined
    try {
      // It isn't a file: nothing waits for a disk.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const cpuSeconds = secondsIn(stat)
      // proc_pid_stat(5): R, running or waiting for a processor.
      return cpuSeconds === undefined
        ? undefined
        : { cpuSeconds, wantsMore: / R /.test(stat.slice(stat.lastIndexOf(')'))) }
    } catch {
      return undefined
    }
  }

  end(): void {
    this.#handles[0]?.close()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  release(): void {
    for (const handle of this.#handles) handle.close()
    this.#child.stderr?.destroy()
  }

  #end(status: number | null, signal: NodeJS.Signals | null): ChildEnd {
    this.isGone = true
    const error = this.#error
    const code = error !== undefined && 'code' in error ? error.code : undefined
    return {
      good: error === undefined && status === 0,
      how: error === undefined ? (signal ?? `status ${status}`) : error.message,
      missing: code === 'ENOENT' || code === 'EACCES',
      said: this.#said.lines,
    }
  }
}

/**
 * Takes the handle out of a stream: the stream would read from it by events, and once more, or close it, when the child is gone.
 * @throws Error where Node has another one than we know, or the system no descriptors
 */
function handleOf(stream: Stream | null | undefined): Handle {
  const holder = stream as unknown as { _handle?: Handle | null; destroy(): void } | null
  const handle = holder?._handle
  if (holder === null || handle === undefined || handle === null || !(handle.fd >= 0))
    throw new Error('pipes of children have no descriptors here')
  handle.readStop()
  handle.reading = false
  holder._handle = null
  holder.destroy()
  return handle
}
