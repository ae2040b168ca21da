import { spawn } from 'node:child_process'
import { putBehind } from '../../base/behind.ts'
import { messageOf } from '../../base/errors.ts'
import { ffmpegEnvironment } from '../../base/ffmpeg-environment.ts'
import { FlvDecoder, TagType } from '../../formats/flv/flv-file.ts'
import type { Publication } from '../../live/ports.ts'
import { MediaInput } from '../rtmp/media-input.ts'
import { type SlateShape, slateArguments } from './slate-command.ts'

const KEPT_WORDS = 1000
/** A frame of what we ask for is far below. */
const MAX_TAG_BYTES = 4 * 2 ** 20

/** A picture or a loop on its way into a broadcast. */
export type Slate = {
  /** Nothing more comes of it. */
  stop(): void
  /** Resolves when its FFmpeg is gone: undefined after `stop`, else why it ended. */
  readonly ended: Promise<Error | undefined>
}

/**
 * Lets FFmpeg make a slate, behind everything else on the machine, and publishes it.
 * @param source path of the picture or the loop
 */
export function startSlate(ffmpeg: string, source: string, shape: SlateShape, publication: Publication): Slate {
  const media = new MediaInput(publication, () => {})
  const decoder = new FlvDecoder(({ typeId, timestamp, body }) => {
    if (typeId === TagType.video) media.video(timestamp, body)
    else if (typeId === TagType.audio) media.audio(timestamp, body)
  }, MAX_TAG_BYTES)
  const child = spawn(ffmpeg, slateArguments(source, shape), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: ffmpegEnvironment(),
  })
  const { promise, resolve } = Promise.withResolvers<Error | undefined>()
  let stopped = false
  let failed: Error | undefined
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-KEPT_WORDS)
  })
  child.stdout.on('data', (bytes: Buffer) => {
    if (stopped || failed !== undefined) return
    try {
      decoder.push(bytes)
    } catch (error) {
      failed = new Error(`what FFmpeg made can't be used: ${messageOf(error)}`, { cause: error })
      child.kill('SIGKILL')
    }
  })
  child.once('error', (error) => {
    failed ??= error
    // It never began: there is no `close` to wait for.
    if (child.pid === undefined) resolve(failed)
  })
  child.once('close', () => resolve(stopped ? undefined : (failed ?? new Error(words.trim() || 'FFmpeg ended'))))
  if (child.pid !== undefined) putBehind(child.pid)
  return {
    ended: promise,
    stop: () => {
      stopped = true
      child.kill('SIGKILL')
    },
  }
}
