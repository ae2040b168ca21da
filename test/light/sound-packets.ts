import type { SoundSink } from '../../src/live/sound-sink.ts'
import type { Packet, Track } from '../../src/media/packet.ts'

/** A sink that keeps all it is told. */
export class SoundPackets implements SoundSink {
  readonly tracks: Track[] = []
  readonly packets: Packet[] = []
  pauses = 0

  expect(): void {}
  track(track: Track): void {
    this.tracks.push(track)
  }
  packet(packet: Packet): void {
    this.packets.push(packet)
  }
  pause(): void {
    this.pauses++
  }
}
