import type { PromisedRung } from '../live/rungs.ts'
import type { Track } from '../media/packet.ts'
import { CUT_TIMESCALE, type Cut } from './cut-list.ts'
import type { CutterState } from './cutter.ts'
import type { KeptBroadcast, SegmentFacts } from './keeper.ts'

/** What a presentation notes for the process after it, beside its media: what players were told and may not change. */
export type PresentationNote = {
  /** The first part of `Presentation.revision`. */
  readonly identity: string
  readonly revision: number
  readonly targetDuration: number
  readonly cutter: CutterState
  /** By the rendition's name, seconds. */
  readonly partTargets: Readonly<Record<string, number>>
  readonly captions: readonly string[]
  /** By a rung's name, which of its initialization sections are another's. */
  readonly lent?: Readonly<Record<string, readonly number[]>>
  /** Rungs that are made only while somebody watches them. */
  readonly promised?: Readonly<Record<string, PromisedRung>>
  /** Settings that shaped it: with others nothing goes on. */
  readonly shape: string
}

export const NOTE = 'presentation'

/** Where a presentation goes on. */
export type Resumed = {
  readonly note: PresentationNote
  readonly renditions: readonly {
    readonly name: string
    readonly tracks: readonly { readonly track: Track; readonly init: Buffer }[]
    /** What is complete. */
    readonly segments: readonly SegmentFacts[]
    /** Numbers that were used and whose media is not all there. */
    readonly gaps: readonly SegmentFacts[]
  }[]
  readonly nextMsn: number
  readonly discontinuitySequence: number
  /** Media time that is used up, seconds. */
  readonly mediaTime: number
}

/**
 * Goes on from what was kept, if that is possible.
 * @param shape of the settings now
 * @returns undefined: players were told what no longer holds, or nothing was kept
 */
export function resume({ keeper, renditions, complete }: KeptBroadcast, shape: string): Resumed | undefined {
  const note = keeper.noted(NOTE) as PresentationNote | undefined
  if (note === undefined || note.shape !== shape) return undefined
  const all = renditions.flatMap(({ segments }) => segments)
  const cuts = new Map(all.map(({ cut }) => [cut.msn, cut]))
  const newest = all.reduce<Cut | undefined>((best, { cut }) => (cut.msn > (best?.msn ?? -1) ? cut : best), undefined)
  if (newest === undefined) return undefined
  const part = Math.round(note.cutter.plan.part * CUT_TIMESCALE)
  let end = newest.time
  for (const { cut, duration, closed } of all.filter(({ msn }) => msn === newest.msn))
    end = Math.max(end, cut.time + Math.round(duration * CUT_TIMESCALE) + (closed ? 0 : part))
  if (!complete) {
    // The process was killed: a moment before, the next segment may have been begun, and seen.
    const programDateTime = newest.programDateTime + ((end - newest.time) * 1000) / CUT_TIMESCALE
    cuts.set(newest.msn + 1, { ...newest, msn: newest.msn + 1, time: end, discontinuity: false, programDateTime })
    end += part
  }
  const lastMsn = newest.msn + (complete ? 0 : 1)
  const source = renditions.find(({ name }) => name === 'source')?.segments ?? []
  return {
    note,
    renditions: renditions.map(({ name, tracks, segments }) => {
      const whole = segments.filter(({ closed }) => closed)
      const lent = note.promised?.[name] === undefined ? undefined : new Set(note.lent?.[name])
      const shown = lent === undefined ? whole : withLent(whole, lent, source)
      return { name, tracks, segments: shown, gaps: gapsBehind(segments, lastMsn, cuts, end) }
    }),
    nextMsn: lastMsn + 1,
    discontinuitySequence: newest.discontinuitySequence,
    mediaTime: end / CUT_TIMESCALE,
  }
}

/** The segments of a rung as it showed them: where it listed the source's, those. */
function withLent(
  segments: readonly SegmentFacts[],
  lent: ReadonlySet<number>,
  source: readonly SegmentFacts[],
): readonly SegmentFacts[] {
  const byMsn = new Map(source.map((segment) => [segment.msn, segment]))
  return segments.map((segment) => {
    const of = segment.gap && lent.has(segment.initIndex) ? byMsn.get(segment.msn) : undefined
    return of?.closed === true && !of.gap ? { ...of, initIndex: segment.initIndex, lent: true } : segment
  })
}

/** Which initialization sections of a rendition are another's, that stood in for it: but for what is noted it began with its own. */
export function lentInits(
  renditions: Resumed['renditions'],
  { lent = {} }: Pick<PresentationNote, 'lent'> = {},
): (name: string, index: number) => boolean {
  const others = new Map(renditions.map(({ name, tracks }) => [name, tracks[0]?.init]))
  const source = renditions.find(({ name }) => name === 'source')?.tracks ?? []
  return (name, index) => {
    if (lent[name]?.includes(index) === true) return true
    const init = renditions.find((each) => each.name === name)?.tracks[index]?.init
    if (init === undefined || index === 0 || name === 'source') return false
    if (source.some((each) => each.init.equals(init))) return true
    return [...others].some(([other, own]) => other !== name && own?.equals(init) === true)
  }
}

/** Gaps for all numbers behind what a rendition has complete. */
function gapsBehind(
  segments: readonly SegmentFacts[],
  lastMsn: number,
  cuts: ReadonlyMap<number, Cut>,
  end: number,
): SegmentFacts[] {
  const gaps: SegmentFacts[] = []
  const last = segments.at(-1)
  if (last === undefined) return gaps
  for (let msn = last.closed ? last.msn + 1 : last.msn; msn <= lastMsn; msn++) {
    const cut = cuts.get(msn)
    if (cut === undefined) continue
    const duration = Math.max(0, (cuts.get(msn + 1)?.time ?? end) - cut.time) / CUT_TIMESCALE
    const { epoch, initIndex } = last
    gaps.push({ msn, cut, epoch, initIndex, time: cut.time, parts: [], duration, bytes: 0, gap: true, closed: true })
  }
  return gaps
}
