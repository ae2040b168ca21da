import { ByteReader } from '../../base/byte-reader.ts'
import { MalformedError } from '../../base/errors.ts'
import type { Picture } from './picture.ts'

const MAX_CHUNKS = 1000
/** Flags of VP8X (RFC 9649, section 2.7.1). */
const ANIMATION = 0x02
const EXIF_AND_XMP = 0x0c

type Size = { readonly width: number; readonly height: number }

/** WebP (RFC 9649), the simple formats and the extended one. @throws MalformedError */
export function readWebp(bytes: Uint8Array): Picture {
  const reader = new ByteReader(bytes)
  reader.bytes(4) // RIFF
  const file = new ByteReader(reader.bytes(reader.u32le()))
  file.bytes(4) // WEBP
  const kept: Uint8Array[] = []
  let canvas: Size | undefined
  let picture: Size | undefined
  for (let chunks = 0; file.left > 0; chunks++) {
    if (chunks === MAX_CHUNKS) throw new MalformedError(`a WebP of more than ${MAX_CHUNKS} chunks`)
    const { name, data, whole } = chunk(file)
    if (chunks === 0 && name === 'VP8X') {
      canvas = canvasSize(data)
      kept.push(withoutAbout(whole))
    } else if (name === 'VP8 ' || name === 'VP8L') {
      if (picture !== undefined) throw new MalformedError('a WebP of more than one picture')
      picture = name === 'VP8L' ? losslessSize(data) : lossySize(data)
      kept.push(whole)
    } else if (canvas !== undefined && (name === 'ICCP' || name === 'ALPH')) {
      kept.push(whole)
    }
    if (chunks === 0 && kept.length === 0) throw new MalformedError('a WebP begins with its picture or its header')
  }
  if (picture === undefined) throw new MalformedError('a WebP without a picture')
  const same = canvas === undefined || (canvas.width === picture.width && canvas.height === picture.height)
  if (!same) throw new MalformedError('a WebP whose picture does not fill it')
  return { kind: 'webp', ...picture, bytes: riff(kept) }
}

/** Section 2.3: four letters, a length, the data, and a byte more where that is odd. */
function chunk(file: ByteReader): { readonly name: string; readonly data: Uint8Array; readonly whole: Uint8Array } {
  const head = file.bytes(8)
  const name = Buffer.from(head.subarray(0, 4)).toString('latin1')
  const data = file.bytes(new ByteReader(head.subarray(4)).u32le())
  // Some writers leave the last one out.
  if (data.byteLength % 2 === 1 && file.left > 0) file.bytes(1)
  const padding = new Uint8Array(data.byteLength % 2)
  return { name, data, whole: Buffer.concat([head, data, padding]) }
}

/** Section 2.7.1. */
function canvasSize(data: Uint8Array): Size {
  if (data.byteLength !== 10) throw new MalformedError('a WebP header of a wrong length')
  const [flags = 0] = data
  if ((flags & ANIMATION) !== 0) throw new MalformedError('an animated WebP is no still picture')
  return { width: u24le(data, 4) + 1, height: u24le(data, 7) + 1 }
}

/** The header without its word that a place and a camera are told, as those chunks are left out. */
function withoutAbout(whole: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(whole)
  copy[8] = (copy[8] ?? 0) & ~EXIF_AND_XMP
  return copy
}

/** RFC 6386, section 9.1: a frame tag whose first bit is 0 for a key frame, a start code, 14 bits each of width and height. */
function lossySize(data: Uint8Array): Size {
  const [tag = 1, , , a, b, c] = data
  const begins = data.byteLength >= 10 && (tag & 1) === 0 && a === 0x9d && b === 0x01 && c === 0x2a
  if (!begins) throw new MalformedError('a WebP whose picture has no beginning')
  return sized(u16le(data, 6) & 0x3fff, u16le(data, 8) & 0x3fff)
}

/** RFC 9649, section 3.4: a signature, 14 bits each of width and height less one, a bit of alpha, three of version. */
function losslessSize(data: Uint8Array): Size {
  const bits = data.byteLength >= 5 && data[0] === 0x2f ? new ByteReader(data.subarray(1)).u32le() : undefined
  if (bits === undefined || bits >>> 29 !== 0) throw new MalformedError('a WebP whose picture has no beginning')
  return sized((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1)
}

function sized(width: number, height: number): Size {
  if (width === 0 || height === 0) throw new MalformedError('a WebP without width or height')
  return { width, height }
}

function riff(chunks: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
  head.writeUInt32LE(4 + chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), 4)
  return Buffer.concat([head, ...chunks])
}

function u16le(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

function u24le(bytes: Uint8Array, at: number): number {
  return u16le(bytes, at) | ((bytes[at + 2] ?? 0) << 16)
}
