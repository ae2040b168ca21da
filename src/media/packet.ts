/**
 * One coded frame, in the codec's one canonical form, shared by all readers and never changed.
 * H.264: length-prefixed NAL units (4-byte lengths, or what the track's avcC says), no parameter sets needed in band.
 * AAC: one raw_data_block without ADTS header. Opus: one packet of RFC 6716.
 */
export type Packet = {
  readonly trackId: number
  /** Decode time in ticks of the track's timescale. Unwrapped; strictly increasing within a track of a broadcast. */
  readonly dts: number
  /** Composition offset: presentation time minus decode time, in ticks, as in the ISO/IEC 14496-12 `trun` box. May be negative. */
  readonly cts: number
  /** The decoder can start here. Always true for audio. */
  readonly isSync: boolean
  /**
   * The bytes are never changed, but they may move: once packaged, they are those of the part, so that who keeps the packet
   * keeps no second copy. Who goes on with bytes of its own takes them when it needs them.
   */
  data: Uint8Array
}

export type H264 = {
  readonly kind: 'h264' /** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 5.3.3.1. */
  readonly avcC: Uint8Array
}
export type Aac = {
  readonly kind: 'aac'
  /** ISO/IEC 14496-3 1.6.2.1. */
  readonly audioSpecificConfig: Uint8Array
}
export type Opus = {
  readonly kind: 'opus'
  /** RFC 7845 5.1, the identification header. */
  readonly opusHead: Uint8Array
}
export type Codec = H264 | Aac | Opus

/** One elementary stream of a broadcast. A change of its codec configuration makes a new Track with the same id. */
export type Track = {
  readonly id: number
  readonly codec: Codec
  /** Ticks per second. Video: 90000. AAC: its core sampling rate, so that a frame is 1024 ticks. Opus: 48000, whatever was encoded. */
  readonly timescale: number
}

export const VIDEO_TIMESCALE = 90_000

export const rescale = (ticks: number, from: number, to: number): number => Math.round((ticks * to) / from)
