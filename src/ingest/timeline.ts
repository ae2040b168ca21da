/** A step of the encoder's clock forward by more than this is a jump, not a pause. */
const JUMP_MS = 1000
/** Decode times don't go back. What goes back by no more than this is jitter, which the track's own clock smooths. */
const BACKWARD_JITTER_MS = 100
/** Steps taken for the distance of two frames. */
const LONGEST_STEP_MS = 100

type TrackTime = {
  raw: number
  /** `raw` without the 32-bit wrap. */
  unwrapped: number
  /** Added to `unwrapped` gives clean time. */
  offset: number
  /** The offset before another track's jump, until this track shows that it jumped too. */
  offsetBeforeJump: number | undefined
  clean: number
  /** The last ordinary distance of two packets. */
  step: number
}

/**
 * Cleans the 32-bit millisecond timestamps of one publication, once and for all readers. Time begins at `startMs` with the
 * first packet, whatever its timestamp; the wrap is undone; a jump of the encoder's clock is taken out of all tracks by the
 * same amount, so that sound stays with the picture. A track that pauses while another goes on has not jumped.
 */
export class Timeline {
  readonly startMs: number
  readonly #tracks = new Map<number, TrackTime>()
  #latest: TrackTime | undefined
  #rebases = 0

  constructor(startMs: number) {
    this.startMs = startMs
  }

  /** Jumps taken out so far. */
  get rebases(): number {
    return this.#rebases
  }

  /** The clean time of a packet in milliseconds. Not yet monotonic: `VideoClock` and `AudioClock` see to that. */
  at(trackId: number, raw: number): number {
    const track = this.#tracks.get(trackId)
    const clean = track === undefined ? this.#first(trackId, raw) : this.#next(track, raw)
    return clean
  }

  #first(trackId: number, raw: number): number {
    const latest = this.#latest
    const unwrapped = latest === undefined ? raw : latest.unwrapped + ((raw - latest.raw) | 0)
    let offset = latest === undefined ? this.startMs - raw : latest.offset
    // A track whose clock has nothing to do with the other's begins where the other is.
    if (latest !== undefined && Math.abs(unwrapped + offset - latest.clean) > JUMP_MS) {
      offset = latest.clean - unwrapped
      this.#rebases++
    }
    const clean = unwrapped + offset
    const track: TrackTime = { raw, unwrapped, offset, offsetBeforeJump: undefined, clean, step: 20 }
    this.#tracks.set(trackId, track)
    if (latest === undefined || clean >= latest.clean) this.#latest = track
    return clean
  }

  #next(track: TrackTime, raw: number): number {
    track.unwrapped += (raw - track.raw) | 0
    track.raw = raw
    if (this.#fits(track, track.offset)) {
      track.offsetBeforeJump = undefined
    } else if (track.offsetBeforeJump !== undefined && this.#fits(track, track.offsetBeforeJump)) {
      // The other track jumped alone.
      track.offset = track.offsetBeforeJump
      track.offsetBeforeJump = undefined
    } else {
      this.#rebase(track)
    }
    const clean = track.unwrapped + track.offset
    const step = clean - track.clean
    if (step > 0 && step <= LONGEST_STEP_MS) track.step = step
    track.clean = clean
    if (this.#latest === undefined || clean >= this.#latest.clean) this.#latest = track
    return clean
  }

  #fits(track: TrackTime, offset: number): boolean {
    const clean = track.unwrapped + offset
    const step = clean - track.clean
    if (step < -BACKWARD_JITTER_MS) return false
    return step <= JUMP_MS || (this.#latest !== undefined && Math.abs(clean - this.#latest.clean) <= JUMP_MS)
  }

  #rebase(jumped: TrackTime): void {
    const target = Math.max(jumped.clean + jumped.step, this.#latest?.clean ?? 0)
    const shift = target - (jumped.unwrapped + jumped.offset)
    for (const track of this.#tracks.values()) {
      track.offsetBeforeJump = track === jumped ? undefined : track.offset
      track.offset += shift
    }
    this.#rebases++
  }
}
