/** Distances of key frames that are kept. */
const KEPT_DISTANCES = 8
/** What the usual distance of two frames moves with each frame: a median that follows a new rate within seconds. */
const INTERVAL_STEP_MS = 2
/** A gap of more than this many usual distances has frames missing in it. */
const GAP = 1.6
/** A longer gap is a pause or a jump: nobody knows how many frames would have been in it. */
const LONGEST_GAP_MS = 5000
/** Frames of B-pictures in a row are looked for over so many frames. */
const REORDER_WINDOW = 120

/** How the pictures of a publication follow each other; milliseconds of media. */
export type FrameDescription = {
  /** Pictures that the timestamps have left room for and that never came. */
  readonly missing: number
  /** Distances of the newest key frames, oldest first. */
  readonly keyFrameDistances: readonly number[]
  /** Since the newest key frame; undefined before the first. */
  readonly sinceKeyFrame: number | undefined
  /** The longest run of pictures shown before one that was decoded earlier, lately: B-frames. 0: there are none. */
  readonly bFrames: number
}

/** Measures the rhythm of pictures. Plain numbers changed in place: a call per frame allocates nothing. */
export class FrameFigures {
  #count = 0
  #lastMs = 0
  #intervalMs = 0
  #missing = 0
  #lastKeyMs: number | undefined
  readonly #distances = new Float64Array(KEPT_DISTANCES)
  #keyFrames = 0
  /** Latest time of showing so far. */
  #latestPresentation = Number.NEGATIVE_INFINITY
  #run = 0
  #longestRun = 0
  #longestRunBefore = 0

  /**
   * @param ms clean decode time
   * @param compositionMs presentation minus decode time
   */
  frame(ms: number, compositionMs: number, isSync: boolean): void {
    if (this.#count > 0) this.#gap(ms - this.#lastMs)
    this.#lastMs = ms
    this.#count++
    if (isSync) {
      if (this.#lastKeyMs !== undefined) {
        this.#distances[this.#keyFrames % KEPT_DISTANCES] = ms - this.#lastKeyMs
        this.#keyFrames++
      }
      this.#lastKeyMs = ms
    }
    this.#order(ms + compositionMs)
  }

  describe(): FrameDescription {
    const from = Math.max(0, this.#keyFrames - KEPT_DISTANCES)
    const keyFrameDistances: number[] = []
    for (let n = from; n < this.#keyFrames; n++) keyFrameDistances.push(this.#distances[n % KEPT_DISTANCES] ?? 0)
    return {
      missing: this.#missing,
      keyFrameDistances,
      sinceKeyFrame: this.#lastKeyMs === undefined ? undefined : this.#lastMs - this.#lastKeyMs,
      bFrames: Math.max(this.#longestRun, this.#longestRunBefore),
    }
  }

  #gap(gap: number): void {
    if (gap <= 0) return
    if (this.#intervalMs === 0) this.#intervalMs = gap
    if (gap > this.#intervalMs * GAP && gap <= LONGEST_GAP_MS) {
      this.#missing += Math.max(1, Math.round(gap / this.#intervalMs) - 1)
    }
    const step = gap - this.#intervalMs
    this.#intervalMs += Math.min(Math.max(step, -INTERVAL_STEP_MS), INTERVAL_STEP_MS)
  }

  /** A picture shown before one that came earlier is a B-picture (or what one refers to within its pyramid). */
  #order(presentation: number): void {
    if (this.#count % REORDER_WINDOW === 0) {
      this.#longestRunBefore = this.#longestRun
      this.#longestRun = 0
    }
    if (presentation < this.#latestPresentation) {
      this.#run++
      if (this.#run > this.#longestRun) this.#longestRun = this.#run
    } else {
      this.#latestPresentation = presentation
      this.#run = 0
    }
  }
}
