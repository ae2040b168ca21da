import type { Preset } from './box/cost.ts'
import type { RungToEncode } from './box/encoders.ts'

/** What encodes H.264 in a child: x264, or a chip. */
export type VideoEncoder = {
  /** As FFmpeg names it. */
  readonly name: string
  /** Options before the input, such as the device. */
  readonly device: readonly string[]
  /** The last filter of each rung: the form in which the encoder takes pictures. */
  readonly filter: string
  /** Options of one rung's output. */
  readonly options: (rung: RungToEncode & { readonly preset?: Preset }) => readonly string[]
}

export const X264: VideoEncoder = {
  name: 'libx264',
  device: [],
  filter: 'format=yuv420p',
  options: ({ height, width, preset = 'superfast', profile, videoKbps, peakKbps }) => [
    ...['-c:v', 'libx264', '-preset', preset, '-tune', 'zerolatency', '-profile:v', profile],
    ...['-b:v', `${videoKbps}k`, '-maxrate', `${peakKbps}k`, '-bufsize', `${peakKbps}k`],
    // A slice for each: more of them cost more than they bring.
    ...['-threads', `${threadsFor(width * height)}`],
  ],
}

const threadsFor = (pixels: number): number =>
  pixels > 1_500_000 ? 4 : pixels > 600_000 ? 3 : pixels > 300_000 ? 2 : 1
