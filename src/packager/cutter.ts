import { CUT_TIMESCALE, type Cut, CutList } from './cut-list.ts'
import { type Follower, type PartPlan, planParts } from './part-plan.ts'

export type CutterOptions = {
  /** The profile's part in seconds. */
  readonly nominalPart: number
  readonly segmentSeconds: number
  readonly targetDuration: number
  readonly firstMsn: number
  readonly discontinuitySequence: number
  /** The longest distance of key frames that this channel has shown, seconds; 0: unknown. */
  readonly longestGop: number
  /** Milliseconds since 1970, for PROGRAM-DATE-TIME. */
  readonly now: () => number
  /** Goes on where a process before this one stood: behind a discontinuity. */
  readonly resumed?: CutterState | undefined
}

/** What playlists have shown and must not change. */
export type CutterState = {
  readonly plan: PartPlan
  readonly followers: readonly Follower[]
  /** Seconds. */
  readonly frame: number
}

/** A key frame may come this much before segmentSeconds and still end the segment: encoders' clocks jitter. */
const EARLY = 0.05 * CUT_TIMESCALE
/** So long must frames be seen to know their rate. */
const MEASURED = 0.15 * CUT_TIMESCALE
/** Shorter than any part. */
const ANCHORED_WITHIN = 0.15 * CUT_TIMESCALE

/**
 * Decides where segments begin, from the source's own frames: at key frames if they come in time, else at a part
 * boundary without one, for TARGETDURATION never changes ("EXTINF rounded to the nearest integer MUST be less than or
 * equal to the Target Duration", RFC 8216bis 4.4.3.1). All times in ticks of CUT_TIMESCALE.
 */
export class Cutter {
  readonly cuts = new CutList()
  readonly #options: CutterOptions
  /** A segment may be this long: it rounds to the target duration. */
  readonly #limit: number
  #nextMsn: number
  #plan: PartPlan | undefined
  #current: Cut | undefined
  #videoLeads = false
  /** Key frame's presentation minus decode time: what later frames' decode times are compared with. */
  #delay = 0
  #lastKey: number | undefined
  readonly #gops: number[] = []
  #longestGop: number
  #framesSeen: number[] = []
  /** The time that the source has reached. */
  #newest = 0
  /** Part boundaries passed in the current segment. */
  #boundaries = 0
  readonly #followers: Follower[] = []
  #audioFrame: number | undefined
  /** Of the connection before this one. */
  #frameBefore: number | undefined
  #discontinuity = false
  #discontinuitySequence: number
  #wallClockOffset = 0
  /** The first cut of a connection, while its PROGRAM-DATE-TIME may still move: none of its parts is shown yet. */
  #unanchored: Cut | undefined

  constructor(options: CutterOptions) {
    this.#options = options
    this.#limit = (options.targetDuration + 0.49) * CUT_TIMESCALE
    this.#nextMsn = options.firstMsn
    this.#discontinuitySequence = options.discontinuitySequence
    this.#longestGop = options.longestGop * CUT_TIMESCALE
    const { resumed } = options
    if (resumed === undefined) return
    this.#plan = resumed.plan
    this.#followers.push(...resumed.followers)
    this.#frameBefore = resumed.frame
    this.#discontinuity = true
  }

  /** What another process must know to go on; undefined until the frame rate is known. */
  get state(): CutterState | undefined {
    return this.#plan && { plan: this.#plan, followers: this.#followers, frame: this.frameSeconds }
  }

  get discontinuitySequence(): number {
    return this.#discontinuitySequence
  }
  get nextMsn(): number {
    return this.#nextMsn
  }
  /** Seconds. */
  get longestGop(): number {
    return this.#longestGop / CUT_TIMESCALE
  }
  /** Undefined until the frame rate is known; its PART-TARGET never changes then. */
  get plan(): PartPlan | undefined {
    return this.#plan
  }
  get current(): Cut | undefined {
    return this.#current
  }
  /** The video has begun, at a cut of its own. */
  get videoLeads(): boolean {
    return this.#videoLeads
  }
  /** Where the newest segment will end, judging by the last groups of pictures; never before what has come. */
  get expectedEnd(): number {
    const from = this.#current?.time ?? 0
    return Math.max(from + this.#expectedSegment(from), this.#newest)
  }
  get frameSeconds(): number {
    return this.#measured ?? this.#frameBefore ?? this.#audioFrame ?? 1 / 30
  }
  get #measured(): number | undefined {
    const first = this.#framesSeen[0]
    const last = this.#framesSeen.at(-1)
    if (first === undefined || last === undefined || this.#framesSeen.length < 2) return undefined
    return (last - first) / (this.#framesSeen.length - 1) / CUT_TIMESCALE
  }

  /** The next cut begins new codec configurations or a new connection. Until it comes, nothing is cut. */
  discontinuity(): void {
    if (this.#current !== undefined) this.#discontinuity = true
    this.#current = undefined
    this.#videoLeads = false
    this.#lastKey = undefined
    this.#frameBefore = this.#measured ?? this.#frameBefore
    this.#framesSeen = []
  }

  /** A codec configuration changed under way: the next key frame begins a segment behind a discontinuity. */
  configurationChanged(): void {
    if (this.#current !== undefined) this.#discontinuity = true
  }

  /** A rendition that follows has published its PART-TARGET: later parts must fit it, too. Seconds. */
  follow(frame: number, partTarget: number): void {
    this.#followers.push({ frame, partTarget })
  }

  /** Looks at a frame of the source's video before it is packaged. */
  video(dts: number, cts: number, isSync: boolean): void {
    this.#measure(dts)
    const pts = dts + cts
    this.#newest = pts
    if (isSync) this.#noteKey(pts)
    const current = this.#current
    if (current === undefined || !this.#videoLeads) {
      // Where sound led so far, the picture begins with a segment all the same.
      if (!isSync || pts <= (current?.time ?? 0)) return
      this.#videoLeads = true
      this.#cut(pts, cts)
      return
    }
    this.#planFirst()
    this.#anchor(dts + this.#delay)
    const begin = this.#cutHole(isSync ? pts : dts + this.#delay, current).time
    if (isSync) {
      const elapsed = pts - begin
      const inTime = elapsed >= this.#options.segmentSeconds * CUT_TIMESCALE - EARLY
      const nextTooLate =
        elapsed >= (this.#options.segmentSeconds * CUT_TIMESCALE) / 2 && elapsed + this.#gop() > this.#limit
      if (inTime || nextTooLate || this.#discontinuity) this.#cut(pts, cts)
      return
    }
    const time = dts + this.#delay
    if (!this.#mustCutWithoutKey(time - begin)) return
    // At the ideal boundary: the frame that passes it may come later, and audio would be left with a part of a frame or two.
    const ideal = begin + this.#boundaries * (this.#current?.partTicks ?? 0)
    this.#cut(Math.min(time, ideal), this.#delay)
  }

  /** Looks at a frame of the source's audio where no video leads: there is none, or it stands still. */
  audio(time: number, frameTicks: number): void {
    const current = this.#current
    this.#newest = time + frameTicks
    this.#audioFrame = frameTicks / CUT_TIMESCALE
    if (current === undefined) {
      this.#cut(time, 0)
      this.#usePlan(planParts(this.#planInput(this.#audioFrame, this.#options.segmentSeconds)))
      return
    }
    const elapsed = time - current.time
    if (elapsed >= this.#options.segmentSeconds * CUT_TIMESCALE - frameTicks / 2 || this.#discontinuity)
      this.#cut(time, this.#delay)
  }

  /** The time, for a frame decoded at `dts`, that is compared with cuts and part boundaries. */
  cutTime(dts: number): number {
    return dts + this.#delay
  }

  /** Where frames are missing for so long that a segment ends among them, there is a cut without any frame. */
  #cutHole(time: number, current: Cut): Cut {
    let cut = current
    while (time - cut.time > this.#limit) {
      const part = cut.partTicks ?? this.#limit
      cut = this.#cut(cut.time + (Math.floor(this.#limit / part) * part || this.#limit), this.#delay)
    }
    return cut
  }

  #mustCutWithoutKey(elapsed: number): boolean {
    const part = this.#current?.partTicks
    if (part === undefined) return false
    // A little more than half a frame: parts are closed by frames of another measure, and must not be closed first.
    const half = this.frameSeconds * CUT_TIMESCALE * 0.53
    const passed = Math.floor((elapsed + half) / part)
    if (passed <= this.#boundaries) return false
    this.#boundaries = passed
    // The last boundary in time, whatever was expected: key frames may come otherwise than before.
    if ((passed + 1) * part > this.#limit) return true
    // A group of pictures known to be too long is divided evenly.
    return this.#gop() > this.#limit && elapsed >= this.#expectedSegment(this.#current?.time ?? 0) - half
  }

  #cut(time: number, delay: number): Cut {
    this.#delay = delay
    const first = this.#current === undefined
    if (first) this.#wallClockOffset = this.#options.now() - (time * 1000) / CUT_TIMESCALE
    if (this.#plan !== undefined) {
      this.#plan = planParts(this.#planInput(this.frameSeconds, this.#expectedSegment(time) / CUT_TIMESCALE))
    }
    if (this.#discontinuity) this.#discontinuitySequence++
    this.#current = {
      msn: this.#nextMsn++,
      time,
      discontinuity: this.#discontinuity,
      discontinuitySequence: this.#discontinuitySequence,
      programDateTime: this.#wallClockOffset + (time * 1000) / CUT_TIMESCALE,
      partTicks: this.#plan === undefined ? undefined : this.#plan.part * CUT_TIMESCALE,
    }
    this.#unanchored = first ? this.#current : undefined
    this.#discontinuity = false
    this.#boundaries = 0
    this.cuts.add(this.#current)
    return this.#current
  }

  /**
   * An encoder may begin with a burst of what it held back: the first frame is then older than it looks. The frame that
   * came with the least delay says best when the first one was taken.
   */
  #anchor(time: number): void {
    const cut = this.#unanchored
    if (cut === undefined) return
    if (time - cut.time > ANCHORED_WITHIN) this.#unanchored = undefined
    this.#wallClockOffset = Math.min(this.#wallClockOffset, this.#options.now() - (time * 1000) / CUT_TIMESCALE)
    cut.programDateTime = this.#wallClockOffset + (cut.time * 1000) / CUT_TIMESCALE
  }

  /** The first segment has no plan before the frame rate is known. */
  #planFirst(): void {
    const seen = (this.#framesSeen.at(-1) ?? 0) - (this.#framesSeen[0] ?? 0)
    if (this.#plan !== undefined || seen < MEASURED) return
    this.#usePlan(
      planParts(this.#planInput(this.frameSeconds, this.#expectedSegment(this.#current?.time ?? 0) / CUT_TIMESCALE)),
    )
  }

  #usePlan(plan: PartPlan): void {
    this.#plan ??= plan
    if (this.#current !== undefined) this.#current.partTicks ??= this.#plan.part * CUT_TIMESCALE
  }

  #planInput(frame: number, segment: number): Parameters<typeof planParts>[0] {
    return {
      nominal: this.#options.nominalPart,
      segment,
      frame,
      previous: this.#plan,
      followers: this.#followers,
    }
  }

  /** How long the segment that begins at `from` will be, judging by the last groups of pictures. */
  #expectedSegment(from: number): number {
    const wanted = this.#options.segmentSeconds * CUT_TIMESCALE
    const gop = this.#gop()
    if (gop === 0) return wanted
    if (gop > this.#limit) {
      // What is left of the group is divided evenly, so that it ends with the next key frame and without a short tail.
      const left = (this.#lastKey ?? from) + gop - from
      const rest = left > wanted / 4 ? left : gop
      return rest / Math.ceil(rest / this.#limit)
    }
    const whole = Math.max(1, Math.ceil((wanted - EARLY) / gop)) * gop
    return whole <= this.#limit ? whole : Math.max(1, Math.floor(this.#limit / gop)) * gop
  }

  /** The longest of the last groups of pictures: scene cuts make shorter ones in between. */
  #gop(): number {
    return this.#gops.length > 0 ? Math.max(...this.#gops) : this.#longestGop
  }

  #noteKey(pts: number): void {
    if (this.#lastKey !== undefined && pts > this.#lastKey) {
      const gop = pts - this.#lastKey
      this.#gops.push(gop)
      if (this.#gops.length > 4) this.#gops.shift()
      this.#longestGop = Math.max(this.#longestGop, gop)
    }
    this.#lastKey = pts
  }

  #measure(dts: number): void {
    this.#framesSeen.push(dts)
    if (this.#framesSeen.length > 60) this.#framesSeen.shift()
  }
}
