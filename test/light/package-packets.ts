import { Broadcast } from '../../src/live/broadcast.ts'
import type { BroadcastStart } from '../../src/live/ports.ts'
import { type Packet, VIDEO_TIMESCALE } from '../../src/media/packet.ts'
import type { BroadcastKeeper } from '../../src/packager/keeper.ts'
import { type PackagingOptions, Presentation } from '../../src/packager/presentation.ts'
import { audioTrack, videoTrack } from './synthetic.ts'

export const PACKAGING: PackagingOptions = {
  profile: 'standard',
  segmentSeconds: 2,
  maxSegmentSeconds: 6,
  liveSeconds: 3600,
  maxWindowBytes: 1 << 30,
  pacing: false,
}

export const START: BroadcastStart = {
  id: 'b1',
  mediaSequence: 0,
  mediaSequenceLimit: 100_000,
  discontinuitySequence: 0,
  longestGopMs: 0,
}

/** A presentation on a broadcast of its own, without a hub. */
export function openPresentation(
  options: Partial<PackagingOptions> = {},
  start: Partial<BroadcastStart> = {},
  keeper?: BroadcastKeeper,
): { broadcast: Broadcast; presentation: Presentation } {
  const broadcast = new Broadcast({ id: 'c1', slug: 'choir' }, { ...START, ...start }, Date.now())
  const presentation = new Presentation(
    broadcast,
    { ...PACKAGING, ...options },
    async (progress) => progress.nextMediaSequence + 1000,
    () => {},
    { keeper },
  )
  broadcast.attach(presentation)
  return { broadcast, presentation }
}

export function announce(broadcast: Broadcast, packets: readonly Packet[]): void {
  if (packets.some(({ trackId }) => trackId === videoTrack.id)) broadcast.track(videoTrack)
  if (packets.some(({ trackId }) => trackId === audioTrack.id)) broadcast.track(audioTrack)
}

export function packageAll(
  packets: readonly Packet[],
  options: Partial<PackagingOptions> = {},
  start: Partial<BroadcastStart> = {},
): Presentation {
  const { broadcast, presentation } = openPresentation(options, start)
  announce(broadcast, packets)
  for (const packet of packets) broadcast.write(packet)
  return presentation
}

export const seconds = (packet: Packet): number => packet.dts / (packet.trackId === 1 ? VIDEO_TIMESCALE : 48_000)
