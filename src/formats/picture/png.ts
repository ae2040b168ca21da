import { ByteReader } from '../../base/byte-reader.ts'
import { MalformedError } from '../../base/errors.ts'
import type { Picture } from './picture.ts'

const SIGNATURE_BYTES = 8
/** Writers cut the data into pieces of some kilobytes. */
const MAX_CHUNKS = 10_000
/** Chunks that say how it looks; all other ancillary ones are left out (PNG, third edition, section 11). */
const KEPT: ReadonlySet<string> = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB'],
  ...['cICP', 'mDCV', 'cLLI', 'bKGD', 'pHYs'],
])
/** Section 11.2.1: which bit depths each colour type has. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

/** PNG (W3C, third edition): its chunks up to IEND. @throws MalformedError */
export function readPng(bytes: Uint8Array): Picture {
  const reader = new ByteReader(bytes)
  const kept = [reader.bytes(SIGNATURE_BYTES)]
  let size: { readonly width: number; readonly height: number } | undefined
  let hasData = false
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const from = reader.at
    const { type, data } = chunk(reader)
    if ((size === undefined) !== (type === 'IHDR')) throw new MalformedError('a PNG begins with one header, IHDR')
    if (type === 'IHDR') size = header(data)
    if (type === 'acTL') throw new MalformedError('an animated PNG is no still picture')
    if (type === 'IDAT') hasData = true
    const known = KEPT.has(type)
    // Section 5.4: a capital first letter says that nobody can show it without knowing the chunk.
    if (!known && /^[A-Z]/.test(type)) throw new MalformedError(`a PNG with a ${type} chunk can't be shown`)
    if (known) kept.push(bytes.subarray(from, reader.at))
    if (type !== 'IEND') continue
    if (size === undefined || !hasData) throw new MalformedError('a PNG without picture data')
    return { kind: 'png', ...size, bytes: Buffer.concat(kept) }
  }
  throw new MalformedError(`a PNG of more than ${MAX_CHUNKS} chunks`)
}

/** Section 5.3. */
function chunk(reader: ByteReader): { readonly type: string; readonly data: Uint8Array } {
  const length = reader.u32()
  const type = Buffer.from(reader.bytes(4)).toString('latin1')
  if (!/^[A-Za-z]{4}$/.test(type)) throw new MalformedError('a PNG chunk whose type is no four letters')
  const data = reader.bytes(length)
  reader.bytes(4) // its checksum
  return { type, data }
}

/** Section 11.2.1. */
function header(data: Uint8Array): { readonly width: number; readonly height: number } {
  if (data.byteLength !== 13) throw new MalformedError('a PNG header of a wrong length')
  const reader = new ByteReader(data)
  const [width, height] = [reader.u32(), reader.u32()]
  const [depth, colourType] = [reader.u8(), reader.u8()]
  const [compression, filter, interlace] = [reader.u8(), reader.u8(), reader.u8()]
  if (width === 0 || height === 0 || width > 0x7fff_ffff || height > 0x7fff_ffff) {
    throw new MalformedError('a PNG without width or height')
  }
  const shows = DEPTHS[colourType]?.includes(depth) === true && compression === 0 && filter === 0 && interlace <= 1
  if (!shows) throw new MalformedError('a PNG of a form that does not exist')
  return { width, height }
}
