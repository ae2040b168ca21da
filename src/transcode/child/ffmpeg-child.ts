import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { putBehind } from '../../base/behind.ts'
import { messageOf } from '../../base/errors.ts'
import { FlvDecoder, TagType } from '../../formats/flv/flv-file.ts'
import { readVideoTag } from '../../formats/flv/video-tag.ts'
import { OggDecoder } from '../../formats/ogg/ogg-decoder.ts'
import { secondsIn } from '../box/process-time.ts'
import { environmentForFfmpeg } from '../box/run-briefly.ts'
import { FIRST_PIPE } from '../ffmpeg-arguments.ts'
import { LastLines } from './last-lines.ts'
import type { ChildConfig, ChildEnd, ChildFrame, ChildJob, ChildUse, OutputForm } from './protocol.ts'

export type ChildEvents = {
  readonly frame: (frame: ChildFrame | ChildConfig) => void
  /** All it made was told before. */
  readonly gone: (end: ChildEnd) => void
}

/** One FFmpeg: bytes in, frames out. It is behind the server in everything, and knows nothing of it. */
export class FfmpegChild {
  readonly #events: ChildEvents
  readonly #child: ChildProcess
  readonly #said = new LastLines()
  #error: Error | undefined
  /** Bytes of standard input that it took. */
  taken = 0

  /** Starts it. */
  constructor({ program, args, outputs }: ChildJob, events: ChildEvents) {
    this.#events = events
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'pipe', ...outputs.map(() => 'pipe' as const)],
      env: environmentForFfmpeg(),
    })
    this.#child = child
    if (child.pid !== undefined) putBehind(child.pid)
    child.once('error', (error) => {
      this.#error ??= error
      if (child.pid === undefined) this.#gone(null, null)
    })
    child.once('close', (status, signal) => {
      if (child.pid !== undefined) this.#gone(status, signal)
    })
    // It may end before it has read everything.
    child.stdin?.on('error', () => {})
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#said.push(text))
    for (const [output, form] of outputs.entries()) this.#read(output, form)
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

  feed(bytes: Uint8Array): void {
    this.#child.stdin?.write(bytes, (error) => {
      if (!error) this.taken += bytes.byteLength
    })
  }

  end(): void {
    this.#child.stdin?.end()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #read(output: number, form: OutputForm): void {
    const pipe = this.#child.stdio[FIRST_PIPE + output]
    if (!(pipe instanceof Readable)) return
    const { frame } = this.#events
    const decoder = form === 'flv' ? pictureDecoder(output, frame) : soundDecoder(output, frame)
    pipe.on('error', () => {})
    pipe.on('data', (bytes: Uint8Array) => {
      try {
        decoder.push(bytes)
      } catch (error) {
        this.#error ??= error instanceof Error ? error : new Error(String(error))
        pipe.removeAllListeners('data').resume()
        this.kill()
      }
    })
  }

  #gone(status: number | null, signal: NodeJS.Signals | null): void {
    const error = this.#error
    const code = error !== undefined && 'code' in error ? error.code : undefined
    this.#events.gone({
      good: error === undefined && status === 0,
      how: error === undefined ? (signal ?? `status ${status}`) : messageOf(error),
      missing: code === 'ENOENT' || code === 'EACCES',
      said: this.#said.lines,
    })
  }
}

type Tell = ChildEvents['frame']

const pictureDecoder = (output: number, tell: Tell): FlvDecoder =>
  new FlvDecoder(({ typeId, timestamp, body }) => {
    if (typeId !== TagType.video) return
    const tag = readVideoTag(body)
    if (tag.kind === 'config') tell({ output, config: tag.avcC })
    if (tag.kind !== 'frame') return
    tell({ output, ms: timestamp + tag.compositionTime, isSync: tag.isKeyFrame, data: tag.data })
  })

/** The first packet of Opus in Ogg is its OpusHead, the second has comments (RFC 7845 3). */
function soundDecoder(output: number, tell: Tell): OggDecoder {
  let packets = 0
  return new OggDecoder((data) => {
    packets++
    if (packets === 1) tell({ output, config: data })
    else if (packets > 2) tell({ output, ms: 0, isSync: true, data })
  })
}
