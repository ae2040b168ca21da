import type { Preset } from './cost.ts'

/** What an encoder needs to know of a rung. */
export type RungToEncode = {
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly videoKbps: number
  readonly peakKbps: number
  readonly profile: 'baseline' | 'main' | 'high'
  /** Of x264; chips have one of their own. */
  readonly preset: Preset
}

export const HARDWARE = ['nvenc', 'vaapi', 'qsv', 'videotoolbox'] as const

export type Hardware = (typeof HARDWARE)[number]

/** What encodes H.264, x264 or a chip: arguments for FFmpeg. All make frames in their order, at once, and IDR where told. */
export type VideoEncoder = {
  /** As FFmpeg names it. */
  readonly name: string
  /** Options before the input, such as the device. */
  readonly device: readonly string[]
  /** The last filter of each rung: the form in which the encoder takes pictures. */
  readonly filter: string
  /** Options of one rung's output. */
  readonly options: (rung: RungToEncode) => readonly string[]
}

export type HardwareEncoder = VideoEncoder & {
  readonly kind: Hardware
  /** The device, where there may be several. */
  readonly path: string | undefined
}

const rates = ({ videoKbps, peakKbps }: RungToEncode): string[] => [
  ...['-b:v', `${videoKbps}k`, '-maxrate', `${peakKbps}k`, '-bufsize', `${peakKbps}k`],
]

/** What is there without any chip. */
export const X264: VideoEncoder = {
  name: 'libx264',
  device: [],
  filter: 'format=yuv420p',
  options: (rung) => [
    ...['-c:v', 'libx264', '-preset', rung.preset, '-tune', 'zerolatency', '-profile:v', rung.profile, ...rates(rung)],
    // A slice for each: more of them cost more than they bring.
    ...['-threads', `${threadsFor(rung.width * rung.height)}`],
    // FFmpeg guesses the rate from the first frames, another one each time, and x264 writes it into the parameter sets: the next
    // child's must be the same.
    ...['-x264-params', `fps=${Math.round(rung.framesPerSecond * 1000)}/1000`],
  ],
}

const threadsFor = (pixels: number): number =>
  pixels > 1_500_000 ? 4 : pixels > 600_000 ? 3 : pixels > 300_000 ? 2 : 1

/** NVIDIA's, which takes pictures from memory itself. */
export const NVENC: HardwareEncoder = {
  kind: 'nvenc',
  name: 'h264_nvenc',
  path: undefined,
  device: [],
  filter: 'format=yuv420p',
  options: (rung) => [
    ...['-c:v', 'h264_nvenc', '-preset', 'p3', '-tune', 'ull', '-zerolatency', '1', '-delay', '0'],
    ...[
      '-bf',
      '0',
      '-rc-lookahead',
      '0',
      '-no-scenecut',
      '1',
      '-rc',
      'vbr',
      '-profile:v',
      rung.profile,
      ...rates(rung),
    ],
  ],
}

/** Graphics of Intel and AMD on Linux. @param path of the render node, `/dev/dri/renderD128` */
export function vaapi(path: string): HardwareEncoder {
  return {
    ...{ kind: 'vaapi', name: 'h264_vaapi', path, filter: 'format=nv12,hwupload' },
    device: ['-init_hw_device', `vaapi=hw:${path}`, '-filter_hw_device', 'hw'],
    options: (rung) => [
      ...['-c:v', 'h264_vaapi', '-async_depth', '1', '-bf', '0', '-idr_interval', '0'],
      ...['-profile:v', rung.profile === 'baseline' ? 'constrained_baseline' : rung.profile, ...rates(rung)],
    ],
  }
}

/** Intel's Quick Sync. @param path of the render node; undefined: the system's choice */
export function qsv(path: string | undefined): HardwareEncoder {
  const child = path === undefined ? '' : `,child_device=${path}`
  return {
    ...{ kind: 'qsv', name: 'h264_qsv', path, filter: 'format=nv12,hwupload=extra_hw_frames=16' },
    device: ['-init_hw_device', `qsv=hw${child}`, '-filter_hw_device', 'hw'],
    options: (rung) => [
      ...['-c:v', 'h264_qsv', '-preset', 'veryfast', '-async_depth', '1', '-bf', '0', '-look_ahead', '0'],
      // It alone writes this with another line.
      ...['-forced_idr', '1', '-idr_interval', '0', '-profile:v', rung.profile, ...rates(rung)],
    ],
  }
}

/** Apple's. */
export const VIDEOTOOLBOX: HardwareEncoder = {
  kind: 'videotoolbox',
  name: 'h264_videotoolbox',
  path: undefined,
  device: [],
  filter: 'format=nv12',
  options: (rung) => [
    ...['-c:v', 'h264_videotoolbox', '-realtime', '1', '-allow_sw', '0', '-bf', '0'],
    ...['-profile:v', rung.profile, ...rates(rung)],
  ],
}
