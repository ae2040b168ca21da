import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { measureSounds, type SoundLevel } from '../ingest/sound/measure-sound.ts'
import { SoundTap } from '../ingest/sound/sound-tap.ts'
import { SoundTurns, TOGETHER, type Turn } from '../ingest/sound/sound-turns.ts'
import type { Broadcast } from '../live/broadcast.ts'
import type { Reader } from '../live/ports.ts'
import { howToInstallFfmpeg } from '../transcode/missing-ffmpeg.ts'

const LOOK_MS = 500
const TAKE_MS = 4000

export type SoundLevelsOptions = {
  /** The FFmpeg to use; it may be another one later. */
  readonly ffmpeg: () => string
  readonly measured: (slug: string, level: SoundLevel) => void
  /** Nothing is to be said about such a sound. */
  readonly fine: (level: SoundLevel) => boolean
  readonly log: Log
}

type Tapped = Turn & { readonly slug: string; readonly tap: SoundTap }

/** Measures how loud each broadcast is: one short FFmpeg now and then, for many at once, in turns. Without FFmpeg it says so once and rests. */
export class SoundLevels {
  readonly #options: SoundLevelsOptions
  readonly #tapped = new Map<string, Tapped>()
  readonly #turns = new SoundTurns()
  readonly #stop = new AbortController()
  #ticker: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: SoundLevelsOptions) {
    this.#options = options
  }

  /** A reader for each broadcast, as the hub wants them. */
  reader({ slug }: Broadcast): Reader {
    const tap = new SoundTap()
    const tapped: Tapped = { slug, tap, lookedMs: performance.now(), looks: 0, fine: false, together: TOGETHER }
    this.#tapped.set(slug, tapped)
    return {
      track: (track) => tap.track(track),
      packet: (packet) => tap.packet(packet),
      discontinuity: () => {
        tapped.looks = 0
        tap.discontinuity()
      },
      end: () => {
        tap.end()
        if (this.#tapped.get(slug) === tapped) this.#tapped.delete(slug)
      },
    }
  }

  /** Also after it found no FFmpeg, and there may be one now. */
  start(): void {
    clearInterval(this.#ticker)
    this.#ticker = setInterval(() => this.#look(), LOOK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker)
    this.#stop.abort()
    await this.#running
  }

  #look(): void {
    if (this.#running !== undefined || this.#tapped.size === 0) return
    const audible = [...this.#tapped.values()].filter(({ tap }) => tap.hasSound)
    const batch = this.#turns.take(audible, performance.now())
    if (batch.length === 0) return
    this.#running = this.#measure(batch).finally(() => {
      this.#running = undefined
    })
  }

  async #measure(batch: readonly Tapped[]): Promise<void> {
    const { measured, fine, log } = this.#options
    const ffmpeg = this.#options.ffmpeg()
    const patience = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TAKE_MS)])
    try {
      const taken = await Promise.all(batch.map(async (tapped) => ({ tapped, piece: await tapped.tap.take(patience) })))
      const heard = taken.flatMap(({ tapped, piece }) => (piece === undefined ? [] : [{ tapped, piece }]))
      if (heard.length === 0) return
      const levels = await measureSounds(
        ffmpeg,
        heard.map(({ piece }) => piece),
        this.#stop.signal,
      )
      for (const [index, { tapped }] of heard.entries()) {
        const level = levels[index]
        tapped.together = level === undefined ? Math.max(1, heard.length >> 1) : TOGETHER
        tapped.fine = level !== undefined && fine(level)
        // It may be another broadcast's channel by now.
        if (level !== undefined && this.#tapped.get(tapped.slug) === tapped) measured(tapped.slug, level)
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'EACCES') {
        // Said once: every try would fail alike.
        clearInterval(this.#ticker)
        log.warn({ ffmpeg }, `there is no FFmpeg: how loud broadcasts are is not known. ${howToInstallFfmpeg()}`)
      } else {
        log.warn({ error: messageOf(error) }, 'the sound could not be measured')
      }
    }
  }
}
