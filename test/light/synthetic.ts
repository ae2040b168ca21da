import { type Packet, type Track, VIDEO_TIMESCALE } from '../../src/media/packet.ts'

/** 640x360 High@3.0, made by x264; any SPS and PPS that belong together do. */
const SPS = Buffer.from('6764001eacd940a02ff9610000030001000003003c8f162d96', 'hex')
const PPS = Buffer.from('68ebecb22c', 'hex')

function avcC(sps = SPS): Uint8Array {
  return Buffer.concat([
    Buffer.from([1, sps[1] ?? 0, sps[2] ?? 0, sps[3] ?? 0, 0xff, 0xe1, 0, sps.byteLength]),
    sps,
    Buffer.from([1, 0, PPS.byteLength]),
    PPS,
  ])
}

export const videoTrack: Track = { id: 1, codec: { kind: 'h264', avcC: avcC() }, timescale: VIDEO_TIMESCALE }
/** 48 kHz stereo AAC-LC. */
export const audioTrack: Track = {
  id: 2,
  codec: { kind: 'aac', audioSpecificConfig: Uint8Array.of(0x11, 0x90) },
  timescale: 48_000,
}

export type SyntheticOptions = {
  readonly seconds: number
  readonly fps?: number
  /** Seconds between key frames, or the presentation times of key frames. */
  readonly gop?: number | readonly number[]
  /** Frames by which presentation is behind decoding, as B-frames make it. */
  readonly reorder?: number
  readonly video?: boolean
  readonly audio?: boolean
  /** Seconds at which the packets begin. */
  readonly from?: number
  /** Times are rounded to whole milliseconds, as RTMP does. */
  readonly milliseconds?: boolean
  readonly bytes?: number
}

/** Packets of a made-up broadcast in the order of their decode times: the shape of a stream without its pictures. */
export function synthetic(options: SyntheticOptions): Packet[] {
  const {
    seconds,
    fps = 30,
    gop = 2,
    reorder = 0,
    video = true,
    audio = true,
    from = 10,
    milliseconds = true,
    bytes = 500,
  } = options
  const packets: { at: number; packet: Packet }[] = []
  const ticks = (time: number): number =>
    milliseconds ? Math.round(time * 1000) * 90 : Math.round(time * VIDEO_TIMESCALE)
  const isKey = (n: number): boolean =>
    typeof gop === 'number' ? n % Math.round(gop * fps) === 0 : gop.some((time) => Math.round(time * fps) === n)
  if (video) {
    for (let n = 0; n < Math.round(seconds * fps); n++) {
      const dts = ticks(from + n / fps)
      // Alternating B-frames: the reference comes first, one frame later in presentation.
      const cts = ticks(from + (n + reorder) / fps) - dts
      packets.push({
        at: n / fps,
        packet: { trackId: 1, dts, cts, isSync: isKey(n), data: new Uint8Array(bytes).fill(n) },
      })
    }
  }
  if (audio) {
    for (let n = 0; n * 1024 < seconds * 48_000; n++) {
      packets.push({
        at: (n * 1024) / 48_000,
        packet: {
          trackId: 2,
          dts: Math.round(from * 48_000) + n * 1024,
          cts: 0,
          isSync: true,
          data: new Uint8Array(20),
        },
      })
    }
  }
  return packets.sort((a, b) => a.at - b.at).map(({ packet }) => packet)
}
