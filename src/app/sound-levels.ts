import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { measureSounds, type SoundLevel } from '../ingest/sound/measure-sound.ts'
import { SoundTap } from '../ingest/sound/sound-tap.ts'
import type { Broadcast } from '../live/broadcast.ts'
import type { Reader } from '../live/ports.ts'

/**
 * One FFmpeg in so many milliseconds, whatever the number of broadcasts: it takes 80 to 250 ms of a processor, which is 1 %.
 * With a hundred broadcasts each has its turn every 80 s. New ones don't wait so long for a judgement of their sound.
 */
const EVERY_MS = 20_000
const EVERY_MS_WHEN_NEW = 10_000
const LOOKS_WHEN_NEW = 3
const TOGETHER = 32
const LOOK_MS = 500
const TAKE_MS = 4000

export type SoundLevelsOptions = {
  /** The FFmpeg to use; it may be another one later. */
  readonly ffmpeg: () => string
  readonly measured: (slug: string, level: SoundLevel) => void
  readonly log: Log
  readonly everyMs?: number
}

type Tapped = {
  readonly slug: string
  readonly tap: SoundTap
  /** When it was last looked at; by `performance.now()`. */
  lookedMs: number
  looks: number
  /** How many may share an FFmpeg with it: fewer when nothing came out, for one bad input spoils all. */
  together: number
}

/** Measures how loud each broadcast is: one short FFmpeg now and then, for many at once, in turns. Without FFmpeg it says so once and rests. */
export class SoundLevels {
  readonly #options: SoundLevelsOptions
  readonly #tapped = new Map<string, Tapped>()
  readonly #stop = new AbortController()
  #ticker: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #nextMs = 0

  constructor(options: SoundLevelsOptions) {
    this.#options = options
  }

  /** A reader for each broadcast, as the hub wants them. */
  reader({ slug }: Broadcast): Reader {
    const tap = new SoundTap()
    const tapped: Tapped = { slug, tap, lookedMs: 0, looks: 0, together: TOGETHER }
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
    const nowMs = performance.now()
    if (nowMs < this.#nextMs) return
    const batch = this.#batch()
    if (batch.length === 0) return
    for (const tapped of batch) {
      tapped.lookedMs = nowMs
      tapped.looks++
    }
    const someNew = batch.some(({ looks }) => looks < LOOKS_WHEN_NEW)
    this.#nextMs = nowMs + (this.#options.everyMs ?? (someNew ? EVERY_MS_WHEN_NEW : EVERY_MS))
    this.#running = this.#measure(batch).finally(() => {
      this.#running = undefined
    })
  }

  /** Those that waited longest, as many as each of them may share an FFmpeg with. */
  #batch(): Tapped[] {
    const waiting = [...this.#tapped.values()]
      .filter(({ tap }) => tap.hasSound)
      .sort((a, b) => a.lookedMs - b.lookedMs || a.together - b.together)
    let most = TOGETHER
    const batch: Tapped[] = []
    for (const tapped of waiting) {
      const allowed = Math.min(most, tapped.together)
      if (batch.length >= allowed) continue
      most = allowed
      batch.push(tapped)
    }
    return batch
  }

  async #measure(batch: readonly Tapped[]): Promise<void> {
    const { measured, log } = this.#options
    const ffmpeg = this.#options.ffmpeg()
    const patience = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TAKE_MS)])
    try {
      const taken = await Promise.all(batch.map(async (tapped) => ({ tapped, flv: await tapped.tap.take(patience) })))
      const heard = taken.flatMap(({ tapped, flv }) => (flv === undefined ? [] : [{ tapped, flv }]))
      if (heard.length === 0) return
      const levels = await measureSounds(
        ffmpeg,
        heard.map(({ flv }) => flv),
        this.#stop.signal,
      )
      for (const [index, { tapped }] of heard.entries()) {
        const level = levels[index]
        tapped.together = level === undefined ? Math.max(1, heard.length >> 1) : TOGETHER
        // It may be another broadcast's channel by now.
        if (level !== undefined && this.#tapped.get(tapped.slug) === tapped) measured(tapped.slug, level)
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'EACCES') {
        // Said once: every try would fail alike.
        clearInterval(this.#ticker)
        log.warn({ ffmpeg }, 'there is no FFmpeg (see transcode.ffmpeg): how loud broadcasts are is not known')
      } else {
        log.warn({ error: messageOf(error) }, 'the sound could not be measured')
      }
    }
  }
}
