import type { AdaptationSet, Latency, Mpd, Period, Representation, TimelineSegment } from '../../formats/dash/mpd.ts'
import { codecString } from '../../media/codec-string.ts'
import { type Codec, rescale } from '../../media/packet.ts'
import { isSound, soundShape } from '../../media/sound.ts'
import { CUT_TIMESCALE } from '../../packager/cut-list.ts'
import type { SegmentFacts } from '../../packager/keeper.ts'
import type { Presentation } from '../../packager/presentation.ts'
import { pictureSize, usualRate } from '../picture.ts'
import type { DashPeriod, Member } from './period-list.ts'

/** How often players ask again, seconds: for listed segments, and where only a new Period is news. */
const UPDATE_LISTED = 1
const UPDATE_NUMBERED = 2
/** MPD@suggestedPresentationDelay with numbered segments, seconds. shaka-player adds it to the target latency, dash.js ignores it. */
const NUMBERED_DELAY = 0.1
/** The next Period begins later than so many seconds behind the media of one: an absence. */
const HOLE = 0.1
/** Picture or sound that goes on alone for so long is no mere tail. Seconds. */
const TAIL = 1
/** Times of two tracks are rounded differently; two frames that meet may seem this far apart. Seconds. */
const ROUNDING = 0.02

/**
 * `ending`: those who play hear of the end, and their Periods stay as they know them: shaka-player stands still when numbered
 * segments become listed ones. `over`: for those who come later, for whom the first segments are gone.
 */
export type Stage = 'live' | 'ending' | 'over'

/**
 * What the manifest of a presentation says now; undefined while there is nothing to play. URIs are relative to
 * `/live/<channel>/`, MPD@publishTime is left 0.
 * @param periods as the presentation's `PeriodList` has them
 * @param availabilityStartTime milliseconds since 1970
 * @param timeShiftBufferDepth how far back players may go, seconds
 */
export function describeMpd(
  presentation: Presentation,
  periods: readonly DashPeriod[],
  availabilityStartTime: number,
  stage: Stage,
  timeShiftBufferDepth = presentation.windowSeconds,
): Mpd | undefined {
  const shown: Period[] = []
  let newest: DashPeriod | undefined
  let maxSegmentDuration = 0
  for (const period of periods) {
    const numbered = period.constant !== undefined && stage !== 'over'
    const members = period.members.filter((member) => numbered || listed(period, member).length > 0)
    // Until each of its tracks has a complete segment, a Period whose segments are listed is not told.
    if (
      members.length === 0 ||
      (period.end === undefined && stage === 'live' && members.length < period.members.length)
    )
      continue
    if (numbered) maxSegmentDuration = Math.max(maxSegmentDuration, seconds(period.constant))
    for (const { rendition } of numbered ? [] : members)
      for (const { duration } of rendition.window.shown) maxSegmentDuration = Math.max(maxSegmentDuration, duration)
    // Players that have begun with picture and sound stand still for good in a Period of sound alone: for them the encoder is
    // away until its picture comes, or until nothing else is left.
    if (newest !== undefined && kindsOf(period) < kindsOf(newest)) continue
    newest = period
    shown.push({
      id: period.id,
      start: Math.max(0, (period.startMs - availabilityStartTime) / 1000),
      duration: period.length,
      adaptationSets: (['h264', 'aac', 'opus'] as const).flatMap((kind) => {
        const alike = members.filter((member) => kindOf(member) === kind)
        return alike.length === 0 ? [] : [adaptationSet(presentation, period, alike, numbered)]
      }),
    })
  }
  const last = shown.pop()
  if (last === undefined || newest === undefined) return undefined
  // While the encoder is away the last Period stays open: dash.js takes one that ends for the end of all.
  const length = stage === 'live' ? undefined : (newest.length ?? endOf(newest))
  const end = last.start + (length ?? 0)
  // With Periods gone, shaka-player counts from the first one when it hears of the end, but from zero when it begins then.
  const gone = stage === 'ending' ? (shown[0] ?? last).start : 0
  // Where the end of all says it, the last Period says nothing: dash.js adds up Periods that all say how long they are, and
  // takes the sum for the end, absences left out.
  shown.push({ ...last, duration: gone === 0 ? undefined : length })
  const lowLatency = last.adaptationSets.some(({ representations }) =>
    representations.some(({ template }) => template.addressing.kind === 'number'),
  )
  const latency = lowLatency ? latencyOf(presentation) : undefined
  return {
    type: stage === 'live' ? 'dynamic' : 'static',
    availabilityStartTime,
    publishTime: 0,
    minimumUpdatePeriod: lowLatency && presentation.flowing ? UPDATE_NUMBERED : UPDATE_LISTED,
    timeShiftBufferDepth,
    suggestedPresentationDelay: latency === undefined ? 2 * maxSegmentDuration + UPDATE_LISTED : NUMBERED_DELAY,
    minBufferTime: lowLatency ? 0.5 : maxSegmentDuration,
    maxSegmentDuration,
    mediaPresentationDuration: stage === 'live' ? undefined : end - gone,
    latency,
    utcTiming: '/time',
    periods: shown.map((period, index) => withoutNeedlessDuration(period, shown[index + 1])),
  }
}

/** A Period lasts until the next one begins; how long is said only where its media ends earlier. */
function withoutNeedlessDuration(period: Period, next: Period | undefined): Period {
  const { start, duration } = period
  if (next === undefined || duration === undefined || next.start - start - duration > HOLE) return period
  return { ...period, duration: undefined }
}

/** PART-TARGET, which says when the first part of a segment is there. */
function partTargetOf(presentation: Presentation, name: string): number {
  const rendition = presentation.rendition(name)
  return rendition === undefined ? 0 : presentation.partTarget(rendition)
}

function latencyOf(presentation: Presentation): Latency {
  const part = Math.max(0.25, ...presentation.renditions.map((rendition) => presentation.partTarget(rendition)))
  const target = Math.round(part * 2000 + 600)
  return { target, min: Math.round(target * 0.6), max: target * 4, slowest: 0.95, fastest: 1.05 }
}

/** Complete segments of a track that the Period lists. */
function listed({ cut, end = Number.POSITIVE_INFINITY }: DashPeriod, { rendition, initIndex }: Member): SegmentFacts[] {
  return rendition.window.shown.filter(
    (segment) => segment.msn >= cut.msn && segment.msn < end && !segment.gap && segment.initIndex === initIndex,
  )
}

/**
 * Where the media of a Period ends, in seconds from its start: all of it, of tracks that end a moment apart. dash.js waits for
 * each track to be there up to the end that it is told, and goes back and forth before one that isn't.
 */
function endOf(period: DashPeriod): number | undefined {
  const ends = period.members.flatMap((member) => {
    const last = listed(period, member).at(-1)
    const track = trackOf(member)
    if (last === undefined || track === undefined) return []
    return [(timeline(member, [last])[0]?.duration ?? 0) / track.timescale + last.time / track.timescale]
  })
  const last = Math.max(...ends)
  const end = Math.min(...ends.filter((end) => last - end < TAIL))
  return ends.length === 0 ? undefined : end - period.cut.time / CUT_TIMESCALE
}

const kindOf = (member: Member): Codec['kind'] => (trackOf(member) ?? member.rendition.track).codec.kind
/** One of sound or picture alone, two of both. */
const kindsOf = ({ members }: DashPeriod): number => new Set(members.map((member) => kindOf(member) === 'h264')).size
const trackOf = ({ rendition, initIndex }: Member) => rendition.tracks[initIndex]

/** AdaptationSet@id: forms of the sound that a player can't change between without a break are sets of their own. */
const SET_IDS: Readonly<Record<Codec['kind'], number>> = { h264: 1, aac: 2, opus: 3 }

/** @param members of one kind, at least one */
function adaptationSet(
  presentation: Presentation,
  period: DashPeriod,
  members: readonly Member[],
  numbered: boolean,
): AdaptationSet {
  const [kind = 'h264'] = members.map(kindOf)
  return {
    id: SET_IDS[kind],
    contentType: kind === 'h264' ? 'video' : 'audio',
    startWithSap:
      numbered ||
      members.every((member) => listed(period, member).every(({ parts }) => parts[0]?.independent === true)),
    continues: period.continues,
    representations: members.map((member) => representation(presentation, period, member, numbered)),
  }
}

function representation(
  presentation: Presentation,
  period: DashPeriod,
  member: Member,
  numbered: boolean,
): Representation {
  const { rendition, initIndex } = member
  const track = trackOf(member) ?? rendition.track
  const base = `${rendition.name}/${period.epoch}-${period.cut.discontinuitySequence}`
  const segments = listed(period, member)
  const constant = numbered ? period.constant : undefined
  const timescale = constant?.timescale ?? track.timescale
  return {
    id: rendition.name,
    codecs: member.promise?.codecs ?? codecString(track.codec),
    bandwidth: member.bandwidth,
    picture: pictureOf(member.promise?.size ?? pictureSize(track.codec), member.frameRate ?? period.frameRate),
    sound: soundOf(track.codec),
    template: {
      initialization: `${base}/init-${initIndex}.mp4`,
      media: `${base}/$Number$.m4s`,
      timescale,
      presentationTimeOffset: rescale(period.cut.time, CUT_TIMESCALE, timescale),
      startNumber: constant === undefined ? (segments[0]?.msn ?? period.cut.msn) : period.cut.msn,
      addressing:
        constant === undefined
          ? { kind: 'timeline', segments: timeline(member, segments) }
          : {
              kind: 'number',
              duration: constant.ticks,
              // From its first part on. The newest segment's request is held until that is there.
              availabilityTimeOffset: Math.max(0, seconds(constant) - partTargetOf(presentation, rendition.name)),
            },
    },
  }
}

/** A segment ends where the next one begins, if that is the same moment but for the rounding of timestamps. */
function timeline({ rendition, initIndex }: Member, segments: readonly SegmentFacts[]): TimelineSegment[] {
  const timescale = rendition.tracks[initIndex]?.timescale ?? CUT_TIMESCALE
  return segments.map(({ msn, time, duration }) => {
    const own = Math.round(duration * timescale)
    const next = rendition.window.segment(msn + 1)
    if (next === undefined || next.gap || next.initIndex !== initIndex) return { time, duration: own }
    const distance = next.time - time
    const meets = Math.abs(distance - own) <= ROUNDING * timescale
    return { time, duration: meets || (distance > 0 && distance < own) ? distance : own }
  })
}

function pictureOf(
  size: { readonly width: number; readonly height: number } | undefined,
  frameRate: number,
): Representation['picture'] {
  if (size === undefined) return undefined
  const rate = usualRate(frameRate)
  const words =
    rate === undefined ? String(Math.round(frameRate)) : `${rate.frames}${rate.seconds === 1 ? '' : `/${rate.seconds}`}`
  return { ...size, frameRate: words }
}

function soundOf(codec: Codec): Representation['sound'] {
  if (!isSound(codec)) return undefined
  const { sampleRate, channels } = soundShape(codec)
  return { samplingRate: sampleRate, channels: channels || 2 }
}

const seconds = ({ ticks, timescale }: { readonly ticks: number; readonly timescale: number }): number =>
  ticks / timescale
