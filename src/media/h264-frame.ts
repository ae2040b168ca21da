/** NAL units of one frame; more is taken for an attack. Level 6.2 allows 600 slices. */
const MAX_NAL_UNITS = 1024

const NAL_NON_IDR = 1
const NAL_IDR = 5

/**
 * What a frame of length-prefixed NAL units holds. `idr`: a picture at which every decoder can start. `picture`: any other.
 * `no-picture`: parameter sets, SEI and the like only. `malformed`: the lengths don't add up (Annex B start codes, say).
 */
export type FrameContent = 'idr' | 'picture' | 'no-picture' | 'malformed'

/** Walks the lengths of a frame, ISO/IEC 14496-15 5.3.3; looks at the type of each NAL unit, ITU-T H.264 table 7-1. */
export function inspectFrame(data: Uint8Array, nalLengthSize: 1 | 2 | 4): FrameContent {
  const end = data.byteLength
  let content: FrameContent = 'no-picture'
  let count = 0
  let at = 0
  while (at < end) {
    if (end - at <= nalLengthSize || ++count > MAX_NAL_UNITS) return 'malformed'
    let length = 0
    for (let i = 0; i < nalLengthSize; i++) length = length * 256 + (data[at + i] ?? 0)
    at += nalLengthSize
    if (length === 0 || length > end - at) return 'malformed'
    const type = (data[at] ?? 0) & 0x1f
    if (type === NAL_IDR) content = 'idr'
    else if (type >= NAL_NON_IDR && type < NAL_IDR && content === 'no-picture') content = 'picture'
    at += length
  }
  return content
}
