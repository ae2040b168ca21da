import { CUT_TIMESCALE, type Cut } from '../../packager/cut-list.ts'
import type { SegmentFacts } from '../../packager/keeper.ts'
import type { Presentation } from '../../packager/presentation.ts'
import { type Attributes, attributesOf } from '../picture.ts'
import type { RenditionView, WindowView } from '../rewind.ts'
import { type ConstantDuration, constantDuration, SHOWN_BY } from './constant-duration.ts'

/** A stretch of a broadcast whose tracks and configurations stay the same, as it is told to players for as long as it is shown. */
export type DashPeriod = {
  readonly id: string
  /** Where it begins. */
  readonly cut: Cut
  /** The part of its segments' addresses that says which start of the server made them. */
  readonly epoch: string
  /** Milliseconds since 1970 at its beginning; kept, for it may never change. */
  readonly startMs: number
  readonly members: readonly Member[]
  /** Its segments are numbered, each as long as this; undefined: they are listed. */
  readonly constant: ConstantDuration | undefined
  /** `constant` is what the connection before had, or one segment: at the beginning nothing else shows it. */
  readonly guessed: boolean
  /** The Period that it goes on from without a change of time or configuration. */
  readonly continues: string | undefined
  /** Frames per second as measured at its beginning. */
  readonly frameRate: number
  /** The first media sequence number of the Period behind it. */
  end: number | undefined
  /** How long its media is, in seconds; undefined: it goes on. */
  length: number | undefined
}

export type Member = {
  readonly rendition: RenditionView
  readonly initIndex: number
  /** Bits per second as known at its beginning. */
  readonly bandwidth: number
  /** Frames per second as known at its beginning, where it may leave some of the source's out. */
  readonly frameRate?: number | undefined
  /** Of a promised rung that the source stands in for: what it will be, for those who choose. */
  readonly promise?: Pick<Attributes, 'codecs' | 'size'> | undefined
}

/** So far may a segment begin from where its number says. Seconds: less than a frame or two. */
const OFF_GRID = 0.04

/**
 * Divides a broadcast into Periods, one decision for each media sequence number, made once: what a manifest has said stays
 * true. A new Period begins behind a discontinuity, where a track comes, goes or changes, and where the way of addressing
 * changes (docs/decisions/0009-dash-numbers-or-a-timeline.md).
 */
export class PeriodList {
  readonly #presentation: Pick<Presentation, 'flowing' | 'frameRate'>
  readonly #all: () => readonly RenditionView[]
  readonly #numbers: boolean
  #periods: DashPeriod[] = []
  /** The media sequence number to decide on next. */
  #next: number | undefined
  /** Segments of this connection were not equally long after all: they are listed until its end. */
  #irregular = false
  /** A segment was missing in all tracks. */
  #broken = false

  /**
   * @param renditions those there are now; one and the same object for each, always
   * @param options.numbers segments of equal length may be numbered; else they are always listed
   * @param options.noted what a process before this one told players, by `note`
   */
  constructor(
    presentation: Pick<Presentation, 'flowing' | 'frameRate'>,
    renditions: () => readonly RenditionView[],
    { numbers = true, noted }: { readonly numbers?: boolean; readonly noted?: PeriodsNote | undefined } = {},
  ) {
    this.#presentation = presentation
    this.#all = renditions
    this.#numbers = numbers
    if (noted !== undefined) this.#restore(noted)
  }

  /** All that a later process must know, so that what players were told stays true. */
  get note(): PeriodsNote {
    return {
      next: this.#next,
      irregular: this.#irregular,
      broken: this.#broken,
      periods: this.#periods.map((period) => ({
        ...period,
        members: period.members.map(({ rendition, ...rest }) => ({ ...rest, rendition: rendition.name })),
      })),
    }
  }

  #restore({ next, irregular, broken, periods }: PeriodsNote): void {
    const byName = new Map(this.#all().map((rendition) => [rendition.name, rendition]))
    this.#periods = periods.map(({ members, ...period }) => ({
      // JSON leaves out what is undefined.
      ...{ constant: undefined, continues: undefined, end: undefined, length: undefined },
      ...period,
      members: members.flatMap(({ rendition: name, ...rest }) => {
        const rendition = byName.get(name)
        return rendition === undefined ? [] : [{ ...rest, rendition }]
      }),
    }))
    this.#next = next
    this.#irregular = irregular
    this.#broken = broken
  }

  /** The Periods of which something is shown, oldest first. */
  update(): readonly DashPeriod[] {
    const renditions = this.#renditions()
    const windows = renditions.map(({ window }) => window)
    const first = Math.min(
      ...windows.map((window) => window.shown[0]?.msn ?? window.open?.msn ?? Number.POSITIVE_INFINITY),
    )
    const last = Math.max(...windows.map((window) => window.edge?.msn ?? -1))
    if (!Number.isFinite(first)) return this.#periods
    this.#next = Math.max(first, this.#next ?? first)
    for (; this.#next <= last; this.#next++) {
      const members = this.#membersAt(this.#next, renditions)
      if (members === undefined || this.#isTooEarly(this.#next, members)) break
      this.#take(this.#next, members)
    }
    this.#periods = this.#periods.filter(({ end }) => end === undefined || end > first)
    return this.#periods
  }

  #renditions(): readonly RenditionView[] {
    const playable = this.#all().filter(({ window }) => window.playable)
    return playable.sort((a, b) => Number(b.track.codec.kind === 'h264') - Number(a.track.codec.kind === 'h264'))
  }

  /** Who has media of a segment; undefined while one of them may still come. */
  #membersAt(msn: number, renditions: readonly RenditionView[]): readonly Member[] | undefined {
    const members: Member[] = []
    let missing = false
    for (const rendition of renditions) {
      const segment = rendition.window.segment(msn)
      if (segment !== undefined && segment.parts.length > 0 && rendition.isStoodIn(segment)) continue
      if (segment !== undefined && segment.parts.length > 0) {
        members.push({ rendition, initIndex: segment.initIndex, bandwidth: 0 })
      } else if (segment?.gap !== true && (rendition.window.edge?.msn ?? -1) < msn) missing = true
    }
    if (!missing) return members
    // The other track's segment is complete: this one comes too late for it.
    const complete = members.some(({ rendition }) => rendition.window.segment(msn)?.closed === true)
    return complete ? members : undefined
  }

  /** The very first Period waits until a segment is complete and the next one begun, or until it is over. */
  #isTooEarly(msn: number, [lead]: readonly Member[]): boolean {
    if (lead === undefined || this.#periods.length > 0 || !this.#presentation.flowing) return false
    return (lead.rendition.window.edge?.msn ?? msn) < msn + 1
  }

  #take(msn: number, members: readonly Member[]): void {
    const [lead] = members
    const segment = lead?.rendition.window.segment(msn)
    if (lead === undefined || segment === undefined) {
      this.#broken = true
      return
    }
    const current = this.#periods.at(-1)
    const { window } = lead.rendition
    if (current === undefined || segment.cut.discontinuity || this.#broken || current.end !== undefined) {
      const constant = this.#constantFrom(lead, msn)
      this.#irregular = false
      this.#broken = false
      // Until it shows otherwise, an encoder that comes back sends what it sent before.
      const untold = (window.edge?.msn ?? msn) <= msn + 1
      const before = current?.members[0]?.rendition === lead.rendition ? current.constant : undefined
      const guess = current === undefined ? this.#constantFrom(lead, msn, 1) : before
      this.#begin(segment, members, constant ?? (untold ? guess : undefined), constant === undefined)
    } else if (!sameTracks(current.members, members)) {
      // A track that comes to the others waits for a segment with which decoding can begin; one that goes can't wait.
      const more = current.members.every((member) => members.some((other) => isSame(member, other)))
      // A further quality that comes or goes changes nothing of how the source's segments are addressed.
      const isLead = current.members[0] !== undefined && isSame(current.members[0], lead)
      const goesOn = isLead && current.constant !== undefined && isOnGrid(current, segment)
      if (!more || canBegin(members, msn))
        this.#begin(segment, members, goesOn ? current.constant : this.#constantFrom(lead, msn), false)
    } else if (current.constant !== undefined) {
      if (isOnGrid(current, segment) || !canBegin(members, msn)) return
      // A guess that was wrong from the start says nothing of what comes.
      this.#irregular = !current.guessed || msn - current.cut.msn > SHOWN_BY
      this.#begin(segment, members, undefined, false)
    } else if (!this.#irregular && msn - SHOWN_BY >= current.cut.msn) {
      const constant = this.#constantFrom(lead, msn - SHOWN_BY)
      if (constant !== undefined) this.#begin(segment, members, constant, false)
    }
  }

  #constantFrom({ rendition }: Member, msn: number, shownBy?: number): ConstantDuration | undefined {
    if (!this.#numbers) return undefined
    return constantDuration(rendition.window, rendition.track, msn, this.#presentation.frameRate, shownBy)
  }

  #begin(
    { cut, epoch }: SegmentFacts,
    members: readonly Member[],
    constant: ConstantDuration | undefined,
    guessed: boolean,
  ): void {
    const before = this.#periods.at(-1)
    // Media time goes on behind a discontinuity, and Periods don't overlap, however an encoder hurries.
    const startMs = Math.max(
      cut.programDateTime,
      before === undefined ? 0 : before.startMs + msBetween(before.cut, cut),
    )
    if (before !== undefined) {
      before.end ??= cut.msn
      before.length ??= lengthOf(before, before.end)
    }
    const continues =
      before !== undefined && !cut.discontinuity && before.end === cut.msn && sameTracks(before.members, members)
    this.#periods.push({
      id: `p${cut.msn}`,
      cut,
      epoch,
      startMs,
      members: members.map(({ rendition, initIndex }) => {
        const { codecs, size, peak, framesPerSecond } = attributesOf(rendition, this.#presentation.frameRate)
        return {
          ...{ rendition, initIndex, bandwidth: Math.max(1, Math.ceil(peak * 1.1)), frameRate: framesPerSecond },
          promise: rendition.isLent(initIndex) ? { codecs, size } : undefined,
        }
      }),
      constant,
      guessed,
      continues: continues ? before.id : undefined,
      frameRate: this.#presentation.frameRate,
      end: undefined,
      length: undefined,
    })
  }
}

/** A `PeriodList` in JSON. */
export type PeriodsNote = {
  readonly next: number | undefined
  readonly irregular: boolean
  readonly broken: boolean
  readonly periods: readonly (Omit<DashPeriod, 'members'> & {
    readonly members: readonly (Omit<Member, 'rendition'> & { readonly rendition: string })[]
  })[]
}

const msBetween = (from: Cut, to: Cut): number => ((to.time - from.time) * 1000) / CUT_TIMESCALE

/** Seconds of a Period's media, the longest of its tracks. */
function lengthOf({ cut, members }: DashPeriod, end: number): number {
  let length = 0
  for (const { rendition, initIndex } of members) {
    let msn = end - 1
    while (msn > cut.msn && (rendition.window.segment(msn)?.parts.length ?? 0) === 0) msn--
    const segment = rendition.window.segment(msn)
    const timescale = rendition.tracks[initIndex]?.timescale ?? CUT_TIMESCALE
    if (segment === undefined) continue
    length = Math.max(length, segment.time / timescale + segment.duration - cut.time / CUT_TIMESCALE)
  }
  return length
}

const isSame = (a: Member, b: Member): boolean => a.rendition === b.rendition && a.initIndex === b.initIndex

function sameTracks(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member, index) => isSame(member, b[index] ?? member))
}

/** Every picture of the segment can be decoded without those before it. */
function canBegin(members: readonly Member[], msn: number): boolean {
  return members.every(({ rendition }) => startsWithKey(rendition.window, msn))
}

const startsWithKey = (window: WindowView, msn: number): boolean => window.segment(msn)?.parts[0]?.independent === true

function isOnGrid({ cut, constant }: DashPeriod, segment: SegmentFacts): boolean {
  if (constant === undefined) return true
  const seconds = (segment.cut.time - cut.time) / CUT_TIMESCALE
  const nominal = ((segment.msn - cut.msn) * constant.ticks) / constant.timescale
  return Math.abs(seconds - nominal) <= OFF_GRID && segment.parts[0]?.independent === true
}
