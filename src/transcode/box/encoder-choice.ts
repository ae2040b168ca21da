/** An encoder that failed isn't tried again for so long: cards run out of sessions, drivers fall over and recover. */
const REST_MS = 600_000

/**
 * Which encoder a broadcast is made with: the first that works and didn't fail lately; in the end always the last one, which
 * needs no chip. One for the whole box, so that one broadcast's failure spares the others theirs.
 */
export class EncoderChoice<Encoder> {
  readonly #encoders: readonly Encoder[]
  readonly #failedMs = new Map<Encoder, number>()

  /** @param encoders that work, best first; the last is what there is when all fail: x264 */
  constructor(encoders: readonly [...Encoder[], Encoder]) {
    this.#encoders = encoders
  }

  best(atMs: number): Encoder {
    const rested = this.#encoders.find((encoder) => atMs - (this.#failedMs.get(encoder) ?? -REST_MS) >= REST_MS)
    return rested ?? (this.#encoders.at(-1) as Encoder)
  }

  /** An encoder failed in the middle of a broadcast. @returns the one to go on with: the same where there is no other */
  nextEncoder(after: Encoder, atMs: number): Encoder {
    if (after !== this.#encoders.at(-1)) this.#failedMs.set(after, atMs)
    return this.best(atMs)
  }
}
