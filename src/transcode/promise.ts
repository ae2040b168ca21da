import type { PromisedRung } from '../live/rungs.ts'
import type { PlannedRung } from './plan.ts'

/** A level of H.264 (ITU-T Rec. H.264, Table A-1): level_idc, and at most macroblocks a second and in a picture, kbit/s, kbit of buffer. */
type Level = readonly [idc: number, perSecond: number, inPicture: number, kbps: number, buffer: number]

const LEVELS: readonly Level[] = [
  [10, 1485, 99, 64, 175],
  [11, 3000, 396, 192, 500],
  [12, 6000, 396, 384, 1000],
  [13, 11_880, 396, 768, 2000],
  [20, 11_880, 396, 2000, 2000],
  [21, 19_800, 792, 4000, 4000],
  [22, 20_250, 1620, 4000, 4000],
  [30, 40_500, 1620, 10_000, 10_000],
  [31, 108_000, 3600, 14_000, 14_000],
  [32, 216_000, 5120, 20_000, 20_000],
  [40, 245_760, 8192, 20_000, 25_000],
  [41, 245_760, 8192, 50_000, 62_500],
  [42, 522_240, 8704, 50_000, 62_500],
  [50, 589_824, 22_080, 135_000, 135_000],
  [51, 983_040, 36_864, 240_000, 240_000],
  [52, 2_073_600, 36_864, 240_000, 240_000],
]

/** profile_idc, and the constraint flags that x264 sets with it. */
const PROFILES = { baseline: '42c0', main: '4d40', high: '6400' } as const
/** "cpbBrVclFactor" of the High profile against that of the others (Table A-2). */
const HIGH_FACTOR = 1.25

/**
 * What a rung will be, before a child has made any of it: as x264 makes it. Another encoder's may be of another level.
 * @param always it isn't made on demand
 */
export function promiseOf(
  { name, width, height, framesPerSecond, ...rung }: PlannedRung,
  always: boolean,
): PromisedRung {
  const { videoKbps, peakKbps } = rung
  // Without CABAC and transforms of 8×8 there is nothing of a higher profile in it.
  const profile = rung.preset === 'ultrafast' ? 'baseline' : rung.profile
  const level = levelOf(width, height, framesPerSecond, peakKbps / (profile === 'high' ? HIGH_FACTOR : 1))
  return {
    ...{ name, always, width, height, framesPerSecond, bitrate: videoKbps * 1000, peakBitrate: peakKbps * 1000 },
    codecs: `avc1.${PROFILES[profile]}${level.toString(16).padStart(2, '0')}`,
  }
}

/** @param kbps at most, and as much of a buffer @returns level_idc of the lowest that allows it */
function levelOf(width: number, height: number, framesPerSecond: number, kbps: number): number {
  const [across, down] = [Math.ceil(width / 16), Math.ceil(height / 16)]
  const macroblocks = across * down
  const found = LEVELS.find(
    ([, perSecond, inPicture, most, buffer]) =>
      macroblocks <= inPicture &&
      Math.max(across, down) ** 2 <= inPicture * 8 &&
      macroblocks * framesPerSecond <= perSecond &&
      kbps <= most &&
      kbps <= buffer,
  )
  return found?.[0] ?? 52
}
