import type { FlvTag } from '../../src/formats/flv/flv-file.ts'
import { fixture } from '../fixtures/make.ts'
import { type CaptionPair, erase, erase708, pair, popOn, popOn708, withCaptions } from './captions.ts'
import { readFlvFile } from './rtmp-publisher.ts'

export const captionTexts = ['Good evening', 'The choir sings', 'Thank you'] as const
/** Frames from one caption to the next; the fixture has 30 a second. */
const every = 90

const standards = {
  /** Channel 1. */
  608: { show: popOn, hide: erase },
  /** Service 1. */
  708: { show: popOn708, hide: erase708 },
} as const

/**
 * A test picture of 20 s whose SEI carries captions of CEA-608 or of CEA-708 alone, each for 2.5 s of every 3.
 *
 * @param from the first frame that carries any
 */
export async function captionedSource(standard: keyof typeof standards = 608, from = 0): Promise<FlvTag[]> {
  const { show, hide } = standards[standard]
  const pairs: CaptionPair[] = []
  for (let turn = 0; turn < 8; turn++) {
    const shown = show(captionTexts[turn % captionTexts.length] ?? '')
    // 75 frames to see it, then half a second without.
    const padding = Array.from({ length: every - shown.length - 17 }, () => pair(0, 0))
    pairs.push(...shown, ...padding, ...hide(), ...Array.from({ length: 15 }, () => pair(0, 0)))
  }
  return withCaptions(readFlvFile(await fixture('gop2')), (frame) => {
    const one = frame < from ? undefined : pairs[frame - from]
    return one === undefined ? [] : [one]
  })
}
