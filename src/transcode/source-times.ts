import { rescale } from '../media/packet.ts'

/** At 60 frames a second more than two minutes: children are never so far behind. */
const MOST = 8192

/**
 * FLV counts milliseconds, a broadcast counts finer. Remembers for a while which frame was told to FFmpeg as which
 * millisecond, so that what comes back has exactly the time that went in.
 */
export class SourceTimes {
  readonly #exact = new Map<number, number>()

  /**
   * The millisecond of a presentation time, its own one: the next that is free when another frame has it. The same again for
   * the same frame.
   * @param pts in ticks of the timescale
   */
  enter(pts: number, timescale: number): number {
    let ms = rescale(pts, timescale, 1000)
    for (let known = this.#exact.get(ms); known !== undefined && known !== pts; known = this.#exact.get(ms)) ms++
    this.#exact.set(ms, pts)
    if (this.#exact.size > MOST) {
      const oldest = this.#exact.keys().next().value
      if (oldest !== undefined) this.#exact.delete(oldest)
    }
    return ms
  }

  /** The presentation time that went in as this millisecond; undefined: none did, or it was long ago. */
  exact(ms: number): number | undefined {
    return this.#exact.get(ms)
  }
}
