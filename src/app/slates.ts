import { availableParallelism } from 'node:os'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { pictureSize, usualRate } from '../deliver/picture.ts'
import { type Slate, startSlate } from '../ingest/slate/slate.ts'
import type { SlateShape } from '../ingest/slate/slate-command.ts'
import type { Broadcast } from '../live/broadcast.ts'
import type { Publication } from '../live/ports.ts'
import { parseAudioSpecificConfig } from '../media/audio-specific-config.ts'
import type { Presentation } from '../packager/presentation.ts'
import { howToInstallFfmpeg } from '../transcode/missing-ffmpeg.ts'

/** One takes a fifth of a processor at most. When all encoders of a place are away at once, the others keep their last picture. */
const AT_ONCE = 2 * availableParallelism()

export type SlatesOptions = {
  /** The FFmpeg to use; it may be another one later. */
  readonly ffmpeg: () => string
  /** What is set for a channel: a path, or its poster. */
  readonly settingOf: (slug: string) => string
  /** Path of the channel's poster; undefined: it has none. */
  readonly posterOf: (slug: string) => Promise<string | undefined>
  readonly presentationOf: (slug: string) => Presentation | undefined
  readonly log: Log
}

/** What fills broadcasts while their encoders are away. Without FFmpeg it says so once and rests. */
export class Slates {
  readonly #options: SlatesOptions
  readonly #running = new Set<Promise<void>>()
  readonly #slates = new Set<Slate>()
  #missing: string | undefined
  #stopping = false

  constructor(options: SlatesOptions) {
    this.#options = options
  }

  /** As the hub wants it. @returns what stops it; undefined: this broadcast has no slate */
  begin({ slug }: Broadcast, publication: Publication): (() => void) | undefined {
    const setting = this.#options.settingOf(slug)
    if (setting === 'off' || this.#stopping || this.#running.size >= AT_ONCE) return undefined
    if (this.#missing === this.#options.ffmpeg()) return undefined
    const shape = shapeOf(this.#options.presentationOf(slug))
    if (shape === undefined) return undefined
    const stop = new AbortController()
    const running = this.#run(slug, setting, shape, publication, stop.signal).finally(() => {
      this.#running.delete(running)
      publication.end('lost')
    })
    this.#running.add(running)
    return () => stop.abort()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const slate of this.#slates) slate.stop()
    await Promise.all(this.#running)
  }

  async #run(
    slug: string,
    setting: string,
    shape: SlateShape,
    publication: Publication,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, posterOf } = this.#options
    const ffmpeg = this.#options.ffmpeg()
    try {
      const source = setting === 'poster' ? await posterOf(slug) : setting
      if (source === undefined || signal.aborted || this.#stopping) return
      const slate = startSlate(ffmpeg, source, shape, publication)
      this.#slates.add(slate)
      signal.addEventListener('abort', () => slate.stop(), { once: true })
      log.info({ channel: slug }, 'a slate is shown while the encoder is away')
      const error = await slate.ended
      this.#slates.delete(slate)
      if (error !== undefined) throw error
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'EACCES') {
        // Said once: every try would fail alike.
        this.#missing = ffmpeg
        log.warn({ ffmpeg }, `there is no FFmpeg: broadcasts keep their last picture. ${howToInstallFfmpeg()}`)
      } else log.warn({ channel: slug, error: messageOf(error) }, 'the slate could not be made')
    }
  }
}

/** As the encoder sent it. @returns undefined without a picture, or before one came */
function shapeOf(presentation: Presentation | undefined): SlateShape | undefined {
  const video = presentation?.rendition('source')?.track
  if (presentation === undefined || video === undefined) return undefined
  const size = pictureSize(video.codec)
  if (size === undefined) return undefined
  const { frameRate } = presentation
  const rate = usualRate(frameRate) ?? { frames: Math.round(frameRate * 1000), seconds: 1000 }
  const audio = presentation.rendition('audio')?.track.codec
  const config = audio?.kind === 'aac' ? parseAudioSpecificConfig(audio.audioSpecificConfig) : undefined
  return { ...size, rate, sound: config && { rate: config.sampleRate, channels: config.channels } }
}
