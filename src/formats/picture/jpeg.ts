import { ByteReader } from '../../base/byte-reader.ts'
import { MalformedError } from '../../base/errors.ts'
import { exifOrientation, orientationSegment } from './exif.ts'
import type { Picture } from './picture.ts'

/** A camera's file has some twenty segments, a progressive one ten scans; more cost every viewer time. */
const MAX_SEGMENTS = 1000
const MAX_SCANS = 100

/** Markers of ITU-T T.81, table B.1; the second byte, behind 0xff. */
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
/** Quantization and Huffman tables, restart intervals. */
const TABLES: ReadonlySet<number> = new Set([0xdb, 0xc4, 0xdd])
/** Baseline, extended sequential, progressive: what browsers show. */
const FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2])
const COMMENT = 0xfe

type Size = { readonly width: number; readonly height: number }

/** JPEG (ITU-T T.81, annex B): its segments up to EOI. @throws MalformedError */
export function readJpeg(bytes: Uint8Array): Picture {
  const reader = new ByteReader(bytes)
  reader.bytes(2) // SOI
  const kept: Uint8Array[] = []
  let size: Size | undefined
  let orientation = 1
  let scans = 0
  for (let segments = 0; segments < MAX_SEGMENTS; segments++) {
    const marker = nextMarker(reader)
    if (marker === EOI) {
      if (size === undefined || scans === 0) throw new MalformedError('a JPEG without a picture')
      const turned = orientation === 1 ? [] : [orientationSegment(orientation)]
      const all = [Uint8Array.of(0xff, SOI), ...turned, ...kept, Uint8Array.of(0xff, EOI)]
      return { kind: 'jpeg', ...shown(size, orientation), bytes: Buffer.concat(all) }
    }
    const from = reader.at
    const payload = reader.bytes(segmentLength(reader))
    const segment = bytes.subarray(from - 2, reader.at)
    if (FRAMES.has(marker)) {
      if (size !== undefined) throw new MalformedError('a JPEG of more than one frame')
      size = frameSize(payload)
    } else if (marker === SOS) {
      if (size === undefined) throw new MalformedError('a JPEG whose data comes before its frame')
      if (++scans > MAX_SCANS) throw new MalformedError(`a JPEG of more than ${MAX_SCANS} scans`)
      kept.push(segment, entropyCoded(bytes, reader))
      continue
    } else if (isApplication(marker)) {
      if (marker === 0xe1) orientation = exifOrientation(payload) ?? orientation
      if (!isLook(marker, payload)) continue
    } else if (marker === COMMENT) {
      continue
    } else if (!TABLES.has(marker)) {
      throw new MalformedError('a JPEG of a form that browsers do not show')
    }
    kept.push(segment)
  }
  throw new MalformedError(`a JPEG of more than ${MAX_SEGMENTS} segments`)
}

/** B.1.1.2: "Any marker may optionally be preceded by any number of fill bytes", which are 0xff too. */
function nextMarker(reader: ByteReader): number {
  if (reader.u8() !== 0xff) throw new MalformedError('a JPEG with bytes between its segments')
  let marker = reader.u8()
  while (marker === 0xff) marker = reader.u8()
  return marker
}

/** Of what follows the length; the length counts itself. */
function segmentLength(reader: ByteReader): number {
  const length = reader.u16()
  if (length < 2) throw new MalformedError('a JPEG segment without a length')
  return length - 2
}

/** B.2.2: precision, lines, samples a line, components. */
function frameSize(payload: Uint8Array): Size {
  const reader = new ByteReader(payload)
  const precision = reader.u8()
  const [height, width] = [reader.u16(), reader.u16()]
  const components = reader.u8()
  if (width === 0 || height === 0) throw new MalformedError('a JPEG without width or height')
  const shows = precision === 8 && [1, 3, 4].includes(components) && reader.left === 3 * components
  if (!shows) throw new MalformedError('a JPEG of a form that browsers do not show')
  return { width, height }
}

/** B.1.1.5: up to the next marker that is none of the data's own: a stuffed zero, or a restart. */
function entropyCoded(bytes: Uint8Array, reader: ByteReader): Uint8Array {
  const from = reader.at
  let at = from
  for (; at + 1 < bytes.byteLength; at++) {
    if (bytes[at] !== 0xff) continue
    const next = bytes[at + 1] ?? 0
    const isData = next === 0 || (next >= 0xd0 && next <= 0xd7)
    if (!isData && next !== 0xff) return reader.bytes(at - from)
  }
  throw new MalformedError('the JPEG is cut off')
}

function isApplication(marker: number): boolean {
  return marker >= 0xe0 && marker <= 0xef
}

/** What says how it looks: JFIF, a colour profile, Adobe's colour transform. Everything else tells about who took it. */
function isLook(marker: number, payload: Uint8Array): boolean {
  const name = Buffer.from(payload.subarray(0, 12)).toString('latin1')
  return (
    (marker === 0xe0 && name.startsWith('JFIF\0')) ||
    (marker === 0xe2 && name.startsWith('ICC_PROFILE\0')) ||
    (marker === 0xee && name.startsWith('Adobe'))
  )
}

/** Orientations from 5 on lie on their side. */
function shown({ width, height }: Size, orientation: number): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height }
}
