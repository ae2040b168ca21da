const EXIF = 'Exif\0\0'
const ORIENTATION = 0x0112
const SHORT = 3
/** Of the first directory of a camera's file: some fifteen. */
const MAX_ENTRIES = 200

/**
 * How the camera was held (Exif 2.32, 4.6.4; TIFF 6.0, section 8): 1 upright to 8. Undefined where it isn't told, or not in
 * the right form: a picture is shown without it too.
 * @param payload of a JPEG's APP1
 */
export function exifOrientation(payload: Uint8Array): number | undefined {
  if (Buffer.from(payload.subarray(0, EXIF.length)).toString('latin1') !== EXIF) return undefined
  const tiff = payload.subarray(EXIF.length)
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  if (tiff.byteLength < 8) return undefined
  const order = view.getUint16(0)
  const little = order === 0x4949
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return undefined
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.byteLength) return undefined
  const entries = Math.min(view.getUint16(directory, little), MAX_ENTRIES)
  for (let index = 0; index < entries; index++) {
    const at = directory + 2 + 12 * index
    if (at + 12 > tiff.byteLength) return undefined
    if (view.getUint16(at, little) !== ORIENTATION) continue
    const told = view.getUint16(at + 2, little) === SHORT && view.getUint32(at + 4, little) === 1
    const orientation = view.getUint16(at + 8, little)
    return told && orientation >= 1 && orientation <= 8 ? orientation : undefined
  }
  return undefined
}

/** A JPEG's APP1 that tells the orientation and nothing else. */
export function orientationSegment(orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  const length = 2 + EXIF.length + tiff.length
  return Uint8Array.of(0xff, 0xe1, 0, length, ...Buffer.from(EXIF, 'latin1'), ...tiff)
}
