import { NotFoundError } from '../base/errors.ts'
import { RewindView } from '../deliver/rewind.ts'
import { firstSample } from '../formats/isobmff/fragment.ts'
import type { SegmentFacts } from '../packager/keeper.ts'
import type { Presentation } from '../packager/presentation.ts'
import type { Rendition } from '../packager/rendition.ts'
import type { KeyFrame, Moment } from '../transcode/stills/key-frame.ts'

/** Of each segment that can be rewound to, the first place where the picture can be decoded from, oldest first. */
export function* momentsOf(presentation: Presentation | undefined, broadcastId: string): Iterable<Moment> {
  const source = presentation?.broadcastId === broadcastId ? presentation.rendition('source') : undefined
  if (source === undefined) return
  for (const segment of new RewindView(source).window.shown) {
    const { parts, gap, time, initIndex } = segment
    const at = gap ? -1 : parts.findIndex(({ independent }) => independent)
    const track = source.tracks[initIndex]
    if (at < 0 || track?.codec.kind !== 'h264') continue
    let before = 0
    for (const { duration } of parts.slice(0, at)) before += duration
    const { avcC } = track.codec
    const atMs = segment.cut.programDateTime + before * 1000
    yield {
      ...{ time: time / track.timescale + before, atMs },
      read: async (): Promise<KeyFrame> => {
        const data = firstSample(await partOf(source, segment, at))
        if (data === undefined) throw new NotFoundError('this part holds no key frame')
        return { avcC, data, atMs }
      },
    }
  }
}

/** From memory, or from where it is kept. */
async function partOf({ window, keeper }: Rendition, { msn }: SegmentFacts, part: number): Promise<Buffer> {
  const bytes = window.segment(msn)?.parts[part]?.bytes
  if (bytes !== undefined && bytes.byteLength > 0) return bytes
  const kept = keeper?.find(msn)
  if (keeper === undefined || kept === undefined) throw new NotFoundError('this segment is no longer kept')
  return keeper.readPart(kept, part)
}
