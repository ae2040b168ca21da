/** Presets of x264 that a ladder may use, quickest first. */
export const PRESETS = ['ultrafast', 'superfast', 'veryfast', 'faster'] as const

export type Preset = (typeof PRESETS)[number]

/** What the work on a picture goes by. */
export type Picture = { readonly width: number; readonly height: number; readonly framesPerSecond: number }

/** What one child is to do. */
export type Work = {
  /** Decoded once, for all rungs. */
  readonly source: Picture
  /** Encoded, each. */
  readonly pictures: readonly Picture[]
  /** Of x264; `hardware`: another chip encodes, and the processor only decodes, scales and hands over. */
  readonly by: Preset | 'hardware'
  /** Sounds that are encoded anew, each. */
  readonly sounds?: readonly ('aac' | 'opus')[]
}

/**
 * Processor seconds for a million pixels, with FFmpeg 5.1 on the machine of `docs/performance.md`: from a ladder of 480p and
 * 360p out of 720p at 30 frames a second, which took .29, .38, .46 and .65 processor seconds for each second, .09 of them for
 * decoding. Other machines are quicker or slower: `MeasuredCost` corrects it.
 */
const DECODING = 0.0033
const ENCODING: Readonly<Record<Work['by'], number>> = {
  ultrafast: 0.0105,
  superfast: 0.0152,
  veryfast: 0.0194,
  faster: 0.0293,
  // Not measured, for want of such a machine: scaling, and a copy of each frame.
  hardware: 0.004,
}
/** Processor seconds for a second of sound: AAC at 64 kbit/s, Opus at 96 kbit/s. */
const SOUNDS = { aac: 0.035, opus: 0.016 } as const

/** Processors that a sound which is encoded anew keeps busy. */
export const costOfSound = (sound: keyof typeof SOUNDS): number => SOUNDS[sound]

/** Processors that a child keeps busy: processor seconds for each second of the stream. */
export function costOf({ source, pictures, by, sounds = [] }: Work): number {
  let cost = 0
  for (const sound of sounds) cost += SOUNDS[sound]
  if (pictures.length === 0) return cost
  cost += megapixels(source) * DECODING
  for (const picture of pictures) cost += megapixels(picture) * ENCODING[by]
  return cost
}

/** A second. */
function megapixels({ width, height, framesPerSecond }: Picture): number {
  return (width * height * framesPerSecond) / 1e6
}
