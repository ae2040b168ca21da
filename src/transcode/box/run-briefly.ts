import { spawn } from 'node:child_process'
import { Readable, Writable } from 'node:stream'
import { putBehind } from '../../base/behind.ts'
import { ffmpegEnvironment } from '../../base/ffmpeg-environment.ts'

/** The first pipe behind standard input, output and error. */
export const FIRST_PIPE = 3

export type BriefRun = {
  /** Each comes in by a pipe of its own, from `FIRST_PIPE` on. */
  readonly inputs?: readonly Uint8Array[]
  /** Pipes to write to, behind those. */
  readonly outputs?: number
  /** Killed after so long. */
  readonly longestMs: number
  /** Killed when it writes more than this, to standard output and pipes together. */
  readonly mostBytes: number
  readonly signal?: AbortSignal | undefined
}

export type Ended = {
  /** Null: it was killed. */
  readonly status: number | null
  readonly output: Buffer
  /** Of the pipes. */
  readonly outputs: readonly Buffer[]
  /** The end of what it said on standard error. */
  readonly said: string
  /** It was killed because it took too long, or wrote too much. */
  readonly killedFor: 'time' | 'length' | undefined
}

const MOST_SAID = 16_384

/**
 * Runs a program that is done soon, behind the server in everything, and waits for its end.
 * @throws Error when it can't be started (`code` ENOENT: there is none), or the signal's reason
 */
export async function runBriefly(program: string, args: readonly string[], run: BriefRun): Promise<Ended> {
  run.signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  const { inputs = [], outputs = 0 } = run
  const pipes = Array.from({ length: inputs.length + outputs }, () => 'pipe' as const)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', ...pipes], env: ffmpegEnvironment() })
  if (child.pid !== undefined) putBehind(child.pid)
  let killedFor: Ended['killedFor']
  const kill = (why: Ended['killedFor']): void => {
    killedFor ??= why
    child.kill('SIGKILL')
    // What a wrapper script started itself may live on and hold them.
    for (const pipe of child.stdio) pipe?.destroy()
  }
  const tooLong = setTimeout(() => kill('time'), run.longestMs)
  const stop = (): void => kill(undefined)
  run.signal?.addEventListener('abort', stop, { once: true })
  let length = 0
  let said = ''
  const gather = (from: unknown): Buffer[] => {
    const chunks: Buffer[] = []
    if (!(from instanceof Readable)) return chunks
    from.on('error', () => {})
    from.on('data', (chunk: Buffer) => {
      length += chunk.byteLength
      if (length > run.mostBytes) kill('length')
      else chunks.push(chunk)
    })
    return chunks
  }
  child.once('error', (error) => {
    if (child.pid === undefined) reject(error)
  })
  child.once('close', (status) => resolve(status))
  const output = gather(child.stdout)
  const gathered = Array.from({ length: outputs }, (_, at) => gather(child.stdio[FIRST_PIPE + inputs.length + at]))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID)
  })
  for (const [at, input] of inputs.entries()) {
    const pipe = child.stdio[FIRST_PIPE + at]
    if (!(pipe instanceof Writable)) continue
    // It may end before it has read everything.
    pipe.on('error', () => {})
    pipe.end(input)
  }
  try {
    const status = await promise
    run.signal?.throwIfAborted()
    return {
      status,
      output: Buffer.concat(output),
      outputs: gathered.map((chunks) => Buffer.concat(chunks)),
      said,
      killedFor,
    }
  } finally {
    clearTimeout(tooLong)
    run.signal?.removeEventListener('abort', stop)
  }
}
