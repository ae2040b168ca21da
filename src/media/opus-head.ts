import { ByteReader } from '../base/byte-reader.ts'
import { MalformedError } from '../base/errors.ts'

/** Opus counts in these whatever was encoded (RFC 7845 4). */
export const OPUS_RATE = 48_000

/** The identification header of an Opus stream (RFC 7845 5.1) with one or two channels: mapping family 0. */
export type OpusHead = {
  readonly channels: 1 | 2
  /** Samples at 48 kHz that a decoder makes before the first one of the sound: the encoder looks ahead. */
  readonly preSkip: number
  /** Hz, of what was encoded; for information only. */
  readonly inputSampleRate: number
  /** dB in steps of 1/256, to be applied by players. */
  readonly outputGain: number
}

const MAGIC = 'OpusHead'

/** @throws MalformedError also for more than two channels, which need a mapping */
export function parseOpusHead(bytes: Uint8Array): OpusHead {
  const r = new ByteReader(bytes)
  if (String.fromCharCode(...r.bytes(8)) !== MAGIC) throw new MalformedError('no OpusHead')
  const version = r.u8()
  // "implementations SHOULD treat versions where the upper four bits … match … as backwards compatible"
  if (version >> 4 !== 0) throw new MalformedError(`OpusHead version ${version}`)
  const channels = r.u8()
  const preSkip = u16le(r)
  const inputSampleRate = r.u32le()
  const outputGain = (u16le(r) << 16) >> 16
  const mappingFamily = r.u8()
  if (mappingFamily !== 0) throw new MalformedError(`Opus channel mapping family ${mappingFamily}`)
  if (channels !== 1 && channels !== 2) throw new MalformedError(`${channels} channels in one Opus stream`)
  return { channels, preSkip, inputSampleRate, outputGain }
}

export function writeOpusHead({ channels, preSkip, inputSampleRate, outputGain }: OpusHead): Uint8Array {
  const bytes = new Uint8Array(19)
  bytes.set(Buffer.from(MAGIC))
  bytes.set([1, channels], 8)
  const view = new DataView(bytes.buffer)
  view.setUint16(10, preSkip, true)
  view.setUint32(12, inputSampleRate, true)
  view.setInt16(16, outputGain, true)
  return bytes
}

const u16le = (r: ByteReader): number => r.u8() | (r.u8() << 8)
