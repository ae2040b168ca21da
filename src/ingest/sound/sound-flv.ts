import { writeAudioTag } from '../../formats/flv/audio-tag.ts'
import { TagType, writeFlvHeader, writeFlvTag } from '../../formats/flv/flv-file.ts'
import type { SoundPiece } from './sound-tap.ts'

/** Where each piece begins: its number times this. */
export const PIECE_MS = 2000
/** More than a piece lasts. What a gap in it leads beyond this is left out: it would be taken for the next one's. */
const LONGEST_MS = 1500

/** Pieces with one configuration, one after the other in one file. */
export function joinedFlv(pieces: readonly SoundPiece[]): Uint8Array {
  const tag = (timestamp: number, body: Uint8Array): Uint8Array =>
    writeFlvTag({ typeId: TagType.audio, timestamp, body })
  const tags = pieces.flatMap(({ timescale, frames }, index) => {
    const start = frames[0]?.dts ?? 0
    return frames.flatMap(({ dts, data }) => {
      const within = Math.round(((dts - start) * 1000) / timescale)
      return within > LONGEST_MS ? [] : tag(index * PIECE_MS + within, writeAudioTag({ kind: 'frame', data }))
    })
  })
  const audioSpecificConfig = pieces[0]?.audioSpecificConfig ?? new Uint8Array(0)
  return Buffer.concat([
    writeFlvHeader({ audio: true, video: false }),
    tag(0, writeAudioTag({ kind: 'config', audioSpecificConfig })),
    ...tags,
  ])
}
