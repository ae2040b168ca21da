import { MalformedError } from '../../base/errors.ts'
import { parseAvcC } from '../../media/avcc.ts'

const START_CODE = Uint8Array.of(0, 0, 0, 1)
/** More NAL units in a frame are taken for an attack. */
const MAX_NAL_UNITS = 1024

/**
 * A key frame by itself as a byte stream, ITU-T H.264 Annex B: the parameter sets, then its NAL units, a start code before each.
 * @param frame length-prefixed NAL units @throws MalformedError
 */
export function annexB(avcC: Uint8Array, frame: Uint8Array): Uint8Array {
  const { sps, pps, nalLengthSize } = parseAvcC(avcC)
  const pieces: Uint8Array[] = []
  for (const set of [...sps, ...pps]) pieces.push(START_CODE, set)
  let at = 0
  while (at < frame.byteLength) {
    let length = 0
    for (let i = 0; i < nalLengthSize; i++) length = length * 256 + (frame[at + i] ?? 0)
    at += nalLengthSize
    if (length === 0 || length > frame.byteLength - at)
      throw new MalformedError('lengths of NAL units that don’t add up')
    if (pieces.length > 2 * MAX_NAL_UNITS) throw new MalformedError(`a frame of more than ${MAX_NAL_UNITS} NAL units`)
    pieces.push(START_CODE, frame.subarray(at, at + length))
    at += length
  }
  return Buffer.concat(pieces)
}
