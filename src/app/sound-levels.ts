import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { measureSound, type SoundLevel } from '../ingest/sound/measure-sound.ts'
import { SoundTap } from '../ingest/sound/sound-tap.ts'
import type { Broadcast } from '../live/broadcast.ts'
import type { Reader } from '../live/ports.ts'

/** Each broadcast's sound is measured so often, as far as one measurement at a time allows. */
const EVERY_MS = 10_000
const LOOK_MS = 500
const TAKE_MS = 4000

export type SoundLevelsOptions = {
  /** The FFmpeg to use. */
  readonly ffmpeg: string
  readonly measured: (slug: string, level: SoundLevel) => void
  readonly log: Log
  readonly everyMs?: number
}

type Tapped = { readonly tap: SoundTap; dueMs: number }

/** Measures how loud each broadcast is: one short FFmpeg at a time, in turns. Without FFmpeg it says so once and rests. */
export class SoundLevels {
  readonly #options: SoundLevelsOptions
  readonly #tapped = new Map<string, Tapped>()
  readonly #stop = new AbortController()
  #ticker: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: SoundLevelsOptions) {
    this.#options = options
  }

  /** A reader for each broadcast, as the hub wants them. */
  reader({ slug }: Broadcast): Reader {
    const tap = new SoundTap()
    const tapped = { tap, dueMs: 0 }
    this.#tapped.set(slug, tapped)
    return {
      track: (track) => tap.track(track),
      packet: (packet) => tap.packet(packet),
      discontinuity: () => tap.discontinuity(),
      end: () => {
        tap.end()
        if (this.#tapped.get(slug) === tapped) this.#tapped.delete(slug)
      },
    }
  }

  start(): void {
    this.#ticker = setInterval(() => this.#look(), LOOK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker)
    this.#stop.abort()
    await this.#running
  }

  #look(): void {
    if (this.#running !== undefined) return
    const nowMs = performance.now()
    let next: [string, Tapped] | undefined
    for (const entry of this.#tapped) {
      const due = entry[1].tap.hasSound && entry[1].dueMs <= nowMs
      if (due && (next === undefined || entry[1].dueMs < next[1].dueMs)) next = entry
    }
    if (next === undefined) return
    const [slug, tapped] = next
    tapped.dueMs = nowMs + (this.#options.everyMs ?? EVERY_MS)
    this.#running = this.#measure(slug, tapped.tap).finally(() => {
      this.#running = undefined
    })
  }

  async #measure(slug: string, tap: SoundTap): Promise<void> {
    const { ffmpeg, measured, log } = this.#options
    const patience = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TAKE_MS)])
    try {
      const flv = await tap.take(patience)
      if (flv === undefined) return
      const level = await measureSound(ffmpeg, flv, this.#stop.signal)
      if (level !== undefined) measured(slug, level)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'EACCES') {
        // Said once: every try would fail alike.
        clearInterval(this.#ticker)
        log.warn({ ffmpeg }, 'there is no FFmpeg (see transcode.ffmpeg): how loud broadcasts are is not known')
      } else {
        log.warn({ channel: slug, error: messageOf(error) }, 'the sound could not be measured')
      }
    }
  }
}
