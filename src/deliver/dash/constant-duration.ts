import type { Track } from '../../media/packet.ts'
import { frameTicksOf, isSound } from '../../media/sound.ts'
import type { SegmentFacts } from '../../packager/keeper.ts'
import { usualRate } from '../picture.ts'
import type { WindowView } from '../rewind.ts'

/** What every segment lasts, exactly. */
export type ConstantDuration = { readonly ticks: number; readonly timescale: number }

/** So much may a segment's length, measured in RTMP's milliseconds, differ from that of its frames. Seconds. */
const ROUNDING = 0.001
/** So many complete segments show a constant length. */
export const SHOWN_BY = 2

/**
 * The length that the segments from `msn` on have in common, if the next ones are complete, equal, and begin where
 * decoding can: what SegmentTemplate@duration may say.
 * @param frameRate as measured; a duration in RTMP's milliseconds is made exact by it
 * @param shownBy so many of them; from one alone it is a guess
 */
export function constantDuration(
  window: WindowView,
  track: Track,
  msn: number,
  frameRate: number,
  shownBy = SHOWN_BY,
): ConstantDuration | undefined {
  const segments: SegmentFacts[] = []
  for (let i = 0; i < shownBy; i++) {
    const segment = window.segment(msn + i)
    if (segment === undefined || !segment.closed || segment.gap || segment.parts[0]?.independent !== true)
      return undefined
    segments.push(segment)
  }
  const next = window.segment(msn + shownBy)
  if (next === undefined || next.gap || next.parts[0]?.independent !== true) return undefined
  const frames = segments.map(({ parts }) => parts.reduce((sum, part) => sum + part.frames, 0))
  const count = frames[0] ?? 0
  if (count === 0 || frames.some((each) => each !== count)) return undefined
  const ticks = (next.time - (segments[0]?.time ?? 0)) / shownBy
  if (isSound(track.codec)) return { ticks: count * frameTicksOf(track.codec), timescale: track.timescale }
  const rate = usualRate(frameRate)
  if (rate === undefined) {
    const equal = segments.every((segment) => Math.round(segment.duration * track.timescale) === ticks)
    return equal ? { ticks, timescale: track.timescale } : undefined
  }
  if (Math.abs((count * rate.seconds) / rate.frames - ticks / track.timescale) > ROUNDING) return undefined
  const exact = (count * rate.seconds * track.timescale) / rate.frames
  return Number.isInteger(exact)
    ? { ticks: exact, timescale: track.timescale }
    : { ticks: count * rate.seconds, timescale: rate.frames }
}
