import type { Broadcast } from '../../src/live/broadcast.ts'
import type { Packet, Track } from '../../src/media/packet.ts'
import type { Presentation } from '../../src/packager/presentation.ts'
import { seconds } from './package-packets.ts'
import { videoTrack } from './synthetic.ts'

/** The codec configuration of a copy: another than the source's. */
export const copyTrack: Track = { ...videoTrack, codec: { kind: 'h264', avcC: otherLevel(0x1f) } }
export const otherTrack: Track = { ...videoTrack, codec: { kind: 'h264', avcC: otherLevel(0x20) } }

function otherLevel(level: number): Uint8Array {
  const avcC = Buffer.from(videoTrack.codec.kind === 'h264' ? videoTrack.codec.avcC : [])
  avcC[3] = level
  return avcC
}

/** A quality made of the source's video, as a transcoder makes it. */
export type Copy = {
  readonly name: string
  /** How long it takes, in seconds of media. */
  readonly lag: number
  /** Which of the source's frames it has; key frames always. */
  readonly every?: number
  /** Only frames with these presentation times (seconds) come. */
  readonly only?: (time: number) => boolean
}

/** The frames of a copy: no B-frames, each with the presentation time of its source's frame. */
export function copyOf(
  source: readonly Packet[],
  { every = 1, only = () => true }: Omit<Copy, 'name' | 'lag'>,
): Packet[] {
  return source
    .filter(({ trackId }) => trackId === videoTrack.id)
    .map((packet) => ({
      ...packet,
      dts: packet.dts + packet.cts,
      cts: 0,
      data: packet.data.subarray(0, packet.data.byteLength / 2),
    }))
    .sort((a, b) => a.dts - b.dts)
    .filter((packet, index) => packet.isSync || index % every === 0)
    .filter(({ dts }) => only(dts / videoTrack.timescale))
}

/**
 * Writes a source, and each frame of its copies when it is due.
 * @param each called after every packet, with the time (seconds) of the source
 */
export function writeWithCopies(
  broadcast: Broadcast,
  presentation: Presentation,
  source: readonly Packet[],
  copies: readonly Copy[],
  each: (time: number) => void = () => {},
): void {
  const due: { at: number; write: () => void }[] = []
  for (const packet of source) due.push({ at: seconds(packet), write: () => broadcast.write(packet) })
  for (const copy of copies) {
    for (const packet of copyOf(source, copy))
      due.push({
        at: packet.dts / videoTrack.timescale + copy.lag,
        write: () => presentation.rungs.packet(copy.name, packet),
      })
  }
  for (const { at, write } of due.sort((a, b) => a.at - b.at)) {
    write()
    each(at)
  }
}
