import { ByteReader } from '../base/byte-reader.ts'
import { MalformedError } from '../base/errors.ts'

/** Largest AVCDecoderConfigurationRecord taken. Real ones have under 200 bytes. */
const MAX_AVCC_BYTES = 65_536

const NAL_SPS = 7
const NAL_PPS = 8

/** ISO/IEC 14496-15 5.3.3.1.2, without the extension that repeats chroma format and bit depths (the SPS has them). */
export type AvcDecoderConfigurationRecord = {
  readonly profileIdc: number
  readonly profileCompatibility: number
  readonly levelIdc: number
  /** Bytes of the length before each NAL unit of a frame. */
  readonly nalLengthSize: 1 | 2 | 4
  /** At least one; each begins with its NAL header. */
  readonly sps: Uint8Array[]
  /** At least one; each begins with its NAL header. */
  readonly pps: Uint8Array[]
}

/**
 * Reads an AVCDecoderConfigurationRecord. The answer's parameter sets are views of `bytes`.
 * The reserved bits are not looked at: encoders exist that leave them zero.
 * @throws MalformedError
 */
export function parseAvcC(bytes: Uint8Array): AvcDecoderConfigurationRecord {
  if (bytes.byteLength > MAX_AVCC_BYTES) throw new MalformedError(`avcC of ${bytes.byteLength} bytes`)
  const r = new ByteReader(bytes)
  const configurationVersion = r.u8()
  if (configurationVersion !== 1)
    throw new MalformedError(`avcC configurationVersion is ${configurationVersion}, not 1`)
  const profileIdc = r.u8()
  const profileCompatibility = r.u8()
  const levelIdc = r.u8()
  const nalLengthSize = (r.u8() & 0x03) + 1
  if (nalLengthSize === 3) throw new MalformedError('avcC NAL unit lengths of 3 bytes')
  const sps = readParameterSets(r, r.u8() & 0x1f, NAL_SPS)
  const pps = readParameterSets(r, r.u8(), NAL_PPS)
  if (sps.length === 0) throw new MalformedError('avcC without a sequence parameter set')
  if (pps.length === 0) throw new MalformedError('avcC without a picture parameter set')
  return {
    profileIdc,
    profileCompatibility,
    levelIdc,
    nalLengthSize: nalLengthSize as 1 | 2 | 4,
    sps,
    pps,
  }
}

function readParameterSets(r: ByteReader, count: number, nalType: number): Uint8Array[] {
  const sets: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const length = r.u16()
    const nal = r.bytes(length)
    const header = nal[0]
    if (header === undefined) throw new MalformedError('avcC with an empty parameter set')
    if ((header & 0x1f) !== nalType) {
      throw new MalformedError(`avcC has NAL unit type ${header & 0x1f} where ${nalType} belongs`)
    }
    sets.push(nal)
  }
  return sets
}

/** Writes an AVCDecoderConfigurationRecord with 4-byte NAL lengths from parameter sets that begin with their NAL headers. */
export function writeAvcC(sps: readonly Uint8Array[], pps: readonly Uint8Array[]): Uint8Array {
  const first = sps[0]
  if (first === undefined || first.byteLength < 4)
    throw new MalformedError('a sequence parameter set has at least 4 bytes')
  const parts: number[] = [1, ...first.subarray(1, 4), 0xff, 0xe0 | sps.length]
  for (const set of sps) parts.push(set.byteLength >> 8, set.byteLength & 0xff, ...set)
  parts.push(pps.length)
  for (const set of pps) parts.push(set.byteLength >> 8, set.byteLength & 0xff, ...set)
  return Uint8Array.from(parts)
}
