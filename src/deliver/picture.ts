import { parseAvcC } from '../media/avcc.ts'
import { codecString } from '../media/codec-string.ts'
import type { Codec } from '../media/packet.ts'
import { parseSps } from '../media/sps.ts'
import type { RenditionView, WindowView } from './rewind.ts'

const RATES = [
  [24_000, 1001],
  [24, 1],
  [25, 1],
  [30_000, 1001],
  [30, 1],
  [48, 1],
  [50, 1],
  [60_000, 1001],
  [60, 1],
] as const

/** A frame rate as a fraction. */
export type Rate = { readonly frames: number; readonly seconds: number }

/** Timestamps in milliseconds show a rate with an error of some thousandths: the usual one nearby is meant, if there is one. */
export function usualRate(measured: number): Rate | undefined {
  let best: Rate | undefined
  for (const [frames, seconds] of RATES) {
    const off = Math.abs(frames / seconds - measured)
    if (off < measured * 0.002 && (best === undefined || off < Math.abs(best.frames / best.seconds - measured)))
      best = { frames, seconds }
  }
  return best
}

/** Frames per second, the usual rate if one is near. */
export function nominalFrameRate(measured: number): number {
  const rate = usualRate(measured)
  return rate === undefined ? measured : rate.frames / rate.seconds
}

/**
 * Frames per second of a quality of the picture, which may leave out some of the source's frames.
 * @param sourceRate as measured
 */
export function frameRateOf({ shown, open }: Pick<WindowView, 'shown' | 'open'>, sourceRate: number): number {
  const segment = shown.findLast(({ gap }) => !gap) ?? open
  if (segment === undefined || segment.duration === 0) return sourceRate
  const frames = segment.parts.reduce((sum, part) => sum + part.frames, 0)
  // Of few frames, each rounded to a millisecond, the rate is not known well: only how many of the source's there are.
  return sourceRate / Math.max(1, Math.round((sourceRate * segment.duration) / frames))
}

/** Width and height of the picture to show; undefined for sound. */
export function pictureSize(codec: Codec): { readonly width: number; readonly height: number } | undefined {
  if (codec.kind !== 'h264') return undefined
  const [sps] = parseAvcC(codec.avcC).sps
  if (sps === undefined) return undefined
  const { width, height, sampleAspectRatio } = parseSps(sps)
  return { width: Math.round((width * sampleAspectRatio[0]) / sampleAspectRatio[1]), height }
}

/** What players choose a rendition by. */
export type Attributes = {
  /** As RFC 6381 has it. */
  readonly codecs: string
  /** Undefined: sound. */
  readonly size: { readonly width: number; readonly height: number } | undefined
  /** Bits per second, at most and on average. */
  readonly peak: number
  readonly average: number
  /** Of the picture, as measured or promised. */
  readonly framesPerSecond: number
}

/**
 * What a rendition is, or will be: of one that was promised that counts until there is something of it, whatever stands in.
 * @param sourceRate frames per second of the source as measured
 */
export function attributesOf(
  rendition: Pick<RenditionView, 'track' | 'promised' | 'hasOwn' | 'bandwidth'> & {
    readonly window: Pick<WindowView, 'shown' | 'open'>
  },
  sourceRate: number,
): Attributes {
  const { track, promised, hasOwn, window } = rendition
  const seen = rendition.bandwidth()
  const isSeen = promised === undefined || seen.peak > 0
  return {
    codecs: promised === undefined || hasOwn ? codecString(track.codec) : promised.codecs,
    size:
      promised === undefined || hasOwn ? pictureSize(track.codec) : { width: promised.width, height: promised.height },
    peak: isSeen ? seen.peak : promised.peakBitrate,
    average: isSeen ? seen.average : promised.bitrate,
    framesPerSecond: promised?.framesPerSecond ?? frameRateOf(window, sourceRate),
  }
}
