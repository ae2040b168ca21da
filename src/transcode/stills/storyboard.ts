import { randomBytes } from 'node:crypto'

/** A small picture of a moment. */
export type Thumbnail = {
  /** Grows by one. */
  readonly number: number
  /** Seconds of the broadcast's media. */
  readonly time: number
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly jpeg: Uint8Array
}

/** Of one broadcast, whatever happens: as many small pictures as a window of hours needs. */
const MOST_BYTES = 4 * 2 ** 20

/** The small pictures of one broadcast's rewind window, oldest first. */
export class Storyboard {
  /** In addresses, so that one never names two pictures. */
  readonly epoch = randomBytes(12).toString('base64url')
  readonly #windowSeconds: number
  #thumbnails: Thumbnail[] = []
  #next = 0
  #bytes = 0

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds
  }

  get thumbnails(): readonly Thumbnail[] {
    return this.#thumbnails
  }

  get bytes(): number {
    return this.#bytes
  }

  /** In the order of time; one that comes too late for that is left out. What is behind the window goes. */
  add(time: number, atMs: number, jpeg: Uint8Array): void {
    if (time <= (this.#thumbnails.at(-1)?.time ?? Number.NEGATIVE_INFINITY)) return
    this.#thumbnails.push({ number: this.#next++, time, atMs, jpeg })
    this.#bytes += jpeg.byteLength
    for (let oldest = this.#thumbnails[0]; oldest !== undefined; oldest = this.#thumbnails[0]) {
      // Until the next one this is what there was to see: it stays as long as that is in the window.
      const seenUntil = this.#thumbnails[1]?.time ?? time
      if (seenUntil >= time - this.#windowSeconds && this.#bytes <= MOST_BYTES) break
      this.#thumbnails.shift()
      this.#bytes -= oldest.jpeg.byteLength
    }
  }

  get(number: number): Thumbnail | undefined {
    const first = this.#thumbnails[0]
    return first === undefined ? undefined : this.#thumbnails[number - first.number]
  }
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
