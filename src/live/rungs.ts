import type { Packet, Track } from '../media/packet.ts'

/**
 * Where further qualities of a broadcast go, beside what its encoder sends. A rung follows the source's time: a frame of it
 * has exactly the presentation time of the source's frame that it was made of, and every key frame of the source is one of
 * the rung's. Names are those of its playlists. Called in the order of decoding, after the source's packet of that time.
 */
export type RungSink = {
  /** Rungs that are on their way, best first: players are let in together with them, unless they take too long. */
  expect(names: readonly string[]): void
  /** Before a rung's first packet, and when its codec configuration changes. */
  track(name: string, track: Track): void
  packet(name: string, packet: Packet): void
  /** Until its next packet nothing of this rung comes; another quality stands in for it. Best said in front of a key frame of the source. */
  pause(name: string): void
}
