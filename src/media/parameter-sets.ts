import { parseAvcC } from './avcc.ts'

const ACCESS_UNIT_DELIMITER = 9

/**
 * A key frame that brings its parameter sets along (ITU-T H.264 7.4.1.2.3: behind an access unit delimiter, if there is one).
 * @param data length-prefixed NAL units
 * @param avcC of its track
 */
export function withParameterSets(data: Uint8Array, avcC: Uint8Array): Uint8Array {
  const { sps, pps, nalLengthSize } = parseAvcC(avcC)
  const frame = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  let head = 0
  if (frame.byteLength > nalLengthSize && ((frame[nalLengthSize] ?? 0) & 0x1f) === ACCESS_UNIT_DELIMITER)
    head = nalLengthSize + frame.readUIntBE(0, nalLengthSize)
  const sets = [...sps, ...pps].flatMap((set) => {
    const length = Buffer.alloc(nalLengthSize)
    length.writeUIntBE(set.byteLength, 0, nalLengthSize)
    return [length, set]
  })
  return Buffer.concat([frame.subarray(0, head), ...sets, frame.subarray(head)])
}
