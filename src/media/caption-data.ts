import { removeEmulationPrevention } from './sps.ts'

const NAL_SLICE = 1
const NAL_IDR = 5
const NAL_SEI = 6
const SEI_USER_DATA_REGISTERED_ITU_T_T35 = 4
/** itu_t_t35_country_code of the United States, itu_t_t35_provider_code of ATSC, "GA94", user_data_type_code of captions. */
const ATSC_CAPTIONS = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03]
/** Captions take under 110 bytes of a frame; what is larger is something else. */
const MAX_SEI_BYTES = 4096
/** NAL units before the first slice; more is taken for an attack. */
const MAX_NAL_UNITS = 64

const NONE: readonly string[] = []

const CC_FIELD_2 = 1
const CC_DTVCC_DATA = 2
const CC_DTVCC_START = 3

/**
 * The captions that a frame of length-prefixed NAL units carries, as INSTREAM-ID names them (RFC 8216bis 4.4.6.1): `CC1` to
 * `CC4` for CEA-608, `SERVICE1` to `SERVICE63` for CEA-708. Padding, which many encoders send for ever, names nothing.
 *
 * Looks only in front of the first slice (ITU-T H.264 7.4.1.2.3: SEI comes before the primary coded picture), so that a frame
 * without SEI costs a handful of reads. Malformed lengths end the search.
 */
export function captionChannels(frame: Uint8Array, nalLengthSize: 1 | 2 | 4): readonly string[] {
  let found: Set<string> | undefined
  let at = 0
  for (let count = 0; count < MAX_NAL_UNITS && frame.byteLength - at > nalLengthSize; count++) {
    let length = 0
    for (let i = 0; i < nalLengthSize; i++) length = length * 256 + (frame[at + i] ?? 0)
    at += nalLengthSize
    if (length === 0 || length > frame.byteLength - at) break
    const type = (frame[at] ?? 0) & 0x1f
    if (type >= NAL_SLICE && type <= NAL_IDR) break
    if (type === NAL_SEI && length <= MAX_SEI_BYTES && mayHoldCaptions(frame, at, at + length)) {
      found ??= new Set()
      for (const data of captionData(frame.subarray(at, at + length))) nameChannels(data, found)
    }
    at += length
  }
  return found === undefined ? NONE : [...found]
}

/** Many encoders say the time of each picture in an SEI: a look for "GA94", which nothing escapes, spares reading it. */
function mayHoldCaptions(frame: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at + 4 <= to; at++) {
    if (frame[at] === 0x47 && frame[at + 1] === 0x41 && frame[at + 2] === 0x39 && frame[at + 3] === 0x34) return true
  }
  return false
}

/**
 * The caption data of an SEI NAL unit, header included: each a `cc_data()` of ATSC A/53 part 4, 6.2.3 (ANSI/CTA-708 4.3), which
 * begins with its flags and `cc_count`. Specification of the SEI message: ITU-T H.264, 7.3.2.3.1 and D.1.6.
 */
function captionData(nal: Uint8Array): Uint8Array[] {
  const rbsp = removeEmulationPrevention(nal)
  const all: Uint8Array[] = []
  let at = 1
  // The last byte is rbsp_trailing_bits: no message begins there.
  while (at < rbsp.byteLength - 1) {
    let payloadType = 0
    for (; rbsp[at] === 0xff; at++) payloadType += 255
    payloadType += rbsp[at++] ?? 0
    let payloadSize = 0
    for (; rbsp[at] === 0xff; at++) payloadSize += 255
    payloadSize += rbsp[at++] ?? 0
    if (payloadSize > rbsp.byteLength - at) break
    const isCaptions =
      payloadType === SEI_USER_DATA_REGISTERED_ITU_T_T35 && ATSC_CAPTIONS.every((byte, i) => rbsp[at + i] === byte)
    if (isCaptions) all.push(rbsp.subarray(at + ATSC_CAPTIONS.length, at + payloadSize))
    at += payloadSize
  }
  return all
}

function nameChannels(ccData: Uint8Array, found: Set<string>): void {
  const ccCount = (ccData[0] ?? 0) & 0x1f
  // Flags, em_data, then three bytes for each of cc_count.
  for (let at = 2; at + 3 <= Math.min(ccData.byteLength, 2 + ccCount * 3); at += 3) {
    const flags = ccData[at] ?? 0
    if ((flags & 0x04) === 0) continue // cc_valid
    const ccType = flags & 0x03
    const first = ccData[at + 1] ?? 0
    const second = ccData[at + 2] ?? 0
    if (ccType === CC_DTVCC_DATA) continue
    const name = ccType === CC_DTVCC_START ? serviceOf(second) : channelOf(ccType === CC_FIELD_2, first, second)
    if (name !== undefined) found.add(name)
  }
}

/** The first service block of a packet (ANSI/CTA-708 6.2): service_number and block_size; a block without bytes is padding. */
function serviceOf(header: number): string | undefined {
  const number = header >> 5
  return number >= 1 && number <= 6 && (header & 0x1f) > 0 ? `SERVICE${number}` : undefined
}

/**
 * A pair that makes a channel begin a caption (ANSI/CTA-608 table 52): resume caption loading, roll up 2 to 4 rows, or resume
 * direct captioning. Everything else, erasures and extended data services above all, is sent where nobody ever captions.
 */
function channelOf(field2: boolean, first: number, second: number): string | undefined {
  const code = first & 0x7f
  if ((code & 0x76) !== 0x14) return undefined
  if (![0x20, 0x25, 0x26, 0x27, 0x29].includes(second & 0x7f)) return undefined
  return `CC${(field2 ? 3 : 1) + ((code & 0x08) === 0 ? 0 : 1)}`
}
