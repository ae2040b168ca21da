import type { Packet, Track } from '../media/packet.ts'

/**
 * Where another form of a broadcast's sound goes, beside the one that its encoder sends. It follows the source's time: what is
 * heard at a time of the one is heard at that time of the other. Packets come a little behind the source's, in order, and end
 * where the next begins but where the source has a hole.
 */
export type SoundSink = {
  /** It is on its way: players are let in together with it, unless it takes too long. */
  expect(): void
  /** Before the first packet. */
  track(track: Track): void
  packet(packet: Packet): void
  /** Until its next packet nothing comes. */
  pause(): void
}
