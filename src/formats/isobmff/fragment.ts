import { TRACK_ID } from './init-segment.ts'

/** One sample of a fragment, in ticks of its track's timescale. */
export type Sample = {
  readonly duration: number
  /** Presentation minus decode time; may be negative (`trun` version 1). */
  readonly compositionTimeOffset: number
  readonly isSync: boolean
  readonly data: Uint8Array
}

const MOOF = 0x6d6f6f66
const MFHD = 0x6d666864
const TRAF = 0x74726166
const TFHD = 0x74666864
const TFDT = 0x74666474
const TRUN = 0x7472756e
const MDAT = 0x6d646174
/** Where `trun` begins in what `fragment` writes, and its table of samples. */
const TRUN_AT = 8 + 16 + 8 + 16 + 20
const SAMPLES_AT = TRUN_AT + 20

// sample_depends_on 2 (on none); sample_depends_on 1 and sample_is_non_sync_sample (ISO/IEC 14496-12 8.8.3.1)
const SYNC_SAMPLE_FLAGS = 0x02000000
const NON_SYNC_SAMPLE_FLAGS = 0x01010000

/**
 * A CMAF chunk: one `moof` and its `mdat` (ISO/IEC 23000-19 7.3.2.3), in one buffer that all viewers share.
 * The sizes are known beforehand, so it is written front to back into its final place.
 *
 * ```
 * moof ─ mfhd
 *      └ traf ─ tfhd  default-base-is-moof
 *             ├ tfdt  version 1
 *             └ trun  version 1: data offset; duration, size, flags, composition offset of each sample
 * mdat
 * ```
 * @param sequenceNumber `mfhd` sequence_number: grows from fragment to fragment of a track
 * @param baseMediaDecodeTime decode time of the first sample
 */
export function fragment(sequenceNumber: number, baseMediaDecodeTime: number, samples: readonly Sample[]): Buffer {
  const trunSize = 20 + samples.length * 16
  const trafSize = 8 + 16 + 20 + trunSize
  const moofSize = 8 + 16 + trafSize
  let payload = 0
  for (const sample of samples) payload += sample.data.byteLength
  const out = Buffer.allocUnsafeSlow(moofSize + 8 + payload)

  let at = 0
  const u32 = (value: number): void => {
    at = out.writeUInt32BE(value, at)
  }
  u32(moofSize)
  u32(MOOF)
  u32(16)
  u32(MFHD)
  u32(0)
  u32(sequenceNumber >>> 0)
  u32(trafSize)
  u32(TRAF)
  u32(16)
  u32(TFHD)
  u32(0x020000) // default-base-is-moof
  u32(TRACK_ID)
  u32(20)
  u32(TFDT)
  u32(0x01000000)
  u32(Math.floor(baseMediaDecodeTime / 0x100000000))
  u32(baseMediaDecodeTime % 0x100000000)
  u32(trunSize)
  u32(TRUN)
  u32(0x01000f01) // version 1; data-offset, sample-duration, -size, -flags, -composition-time-offsets present
  u32(samples.length)
  u32(moofSize + 8)
  for (const sample of samples) {
    u32(sample.duration)
    u32(sample.data.byteLength)
    u32(sample.isSync ? SYNC_SAMPLE_FLAGS : NON_SYNC_SAMPLE_FLAGS)
    at = out.writeInt32BE(sample.compositionTimeOffset, at)
  }
  u32(8 + payload)
  u32(MDAT)
  for (const sample of samples) {
    out.set(sample.data, at)
    at += sample.data.byteLength
  }
  return out
}

/** The first sample of what `fragment` has written, not copied; undefined: these bytes are not of that form. */
export function firstSample(fragment: Buffer): Uint8Array | undefined {
  if (fragment.byteLength < SAMPLES_AT + 16 || fragment.readUInt32BE(TRUN_AT + 4) !== TRUN) return undefined
  const from = fragment.readUInt32BE(TRUN_AT + 16)
  const to = from + fragment.readUInt32BE(SAMPLES_AT + 4)
  return to <= fragment.byteLength ? fragment.subarray(from, to) : undefined
}
