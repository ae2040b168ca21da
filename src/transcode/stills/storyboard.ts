import { randomBytes } from 'node:crypto'
import type { Moment } from './key-frame.ts'

/** A small picture of a moment. */
export type Thumbnail = {
  /** Which stretch of the media it stands for: grows with time. */
  readonly number: number
  /** Seconds of the broadcast's media. */
  readonly time: number
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly jpeg: Uint8Array
}

/** Of one broadcast, whatever happens: as many small pictures as a window of hours needs. */
const MOST_BYTES = 4 * 2 ** 20

/** The small pictures of one broadcast's rewind window: one for each stretch of it, of its first moment, made in any order. */
export class Storyboard {
  /** In addresses, so that one never names two pictures. */
  readonly epoch = randomBytes(12).toString('base64url')
  readonly #everySeconds: number
  readonly #pictures = new Map<number, Thumbnail>()
  /** Nothing can be made of these. */
  readonly #without = new Set<number>()
  /** Stretches before this one are over. */
  #first = 0
  #bytes = 0

  /** @param everySeconds the length of a stretch */
  constructor(everySeconds: number) {
    this.#everySeconds = everySeconds
  }

  /** Oldest first. */
  get thumbnails(): readonly Thumbnail[] {
    return [...this.#pictures.values()].sort((a, b) => a.number - b.number)
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Of a window as it is now the moments that still want a picture, oldest first; pictures of what is behind it go.
   * @param window its moments, oldest first
   */
  missing(window: Iterable<Moment>): readonly Moment[] {
    const missing: Moment[] = []
    let last = -1
    for (const moment of window) {
      const number = this.#numberOf(moment)
      if (last < 0) this.#begin(number)
      if (number > last && number >= this.#first && !this.#pictures.has(number) && !this.#without.has(number))
        missing.push(moment)
      last = number
    }
    return missing
  }

  add(moment: Moment, jpeg: Uint8Array): void {
    const { time, atMs } = moment
    const number = this.#numberOf(moment)
    if (number < this.#first || this.#pictures.has(number)) return
    this.#pictures.set(number, { number, time, atMs, jpeg })
    this.#bytes += jpeg.byteLength
    while (this.#bytes > MOST_BYTES) this.#begin(Math.min(...this.#pictures.keys()) + 1)
  }

  /** It is not asked for again. */
  giveUp(moment: Moment): void {
    this.#without.add(this.#numberOf(moment))
  }

  get(number: number): Thumbnail | undefined {
    return this.#pictures.get(number)
  }

  #numberOf({ time }: Moment): number {
    return Math.floor(time / this.#everySeconds)
  }

  #begin(first: number): void {
    if (first <= this.#first) return
    this.#first = first
    for (const [number, { jpeg }] of this.#pictures) {
      if (number >= first) continue
      this.#pictures.delete(number)
      this.#bytes -= jpeg.byteLength
    }
    for (const number of this.#without) if (number < first) this.#without.delete(number)
  }
}

/** So many of them, spread over all: who looks at a few first sees the whole window. */
export function spreadOver<T>(all: readonly T[], most: number): readonly T[] {
  const count = Math.min(most, all.length)
  return Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)] as T)
}

/**
 * WebVTT that names a picture for each stretch of media time, as players know it; the cue's identifier is the date of its
 * beginning. Addresses are relative to its own.
 */
export function storyboardVtt(
  { epoch, thumbnails }: Pick<Storyboard, 'epoch' | 'thumbnails'>,
  lastSeconds: number,
): string {
  const cues = thumbnails.map(({ number, time, atMs }, at) => {
    const end = thumbnails[at + 1]?.time ?? time + lastSeconds
    return `${new Date(atMs).toISOString()}\n${timestamp(time)} --> ${timestamp(end)}\nstoryboard/${epoch}/${number}.jpg\n`
  })
  return `WEBVTT\n\n${cues.join('\n')}`
}

/** hh:mm:ss.ttt; hours may have more digits (WebVTT 4.2). */
function timestamp(seconds: number): string {
  const ms = Math.round(seconds * 1000)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`
}
