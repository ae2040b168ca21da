import { MalformedError } from '../../base/errors.ts'
import { readJpeg } from './jpeg.ts'
import type { Picture } from './picture.ts'
import { readPng } from './png.ts'
import { readWebp } from './webp.ts'

/**
 * Finds out by its content what a file is; what it was called doesn't count. Reads structure and headers alone: whether the
 * compressed data makes a picture is for the browser to see.
 * @throws MalformedError with a sentence for who sent it
 */
export function readPicture(bytes: Uint8Array): Picture {
  if (beginsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return readPng(bytes)
  if (beginsWith(bytes, [0xff, 0xd8, 0xff])) return readJpeg(bytes)
  if (beginsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && beginsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50])) {
    return readWebp(bytes)
  }
  throw new MalformedError('a picture is a PNG, JPEG or WebP file; this is none of them')
}

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return bytes.byteLength >= signature.length && signature.every((byte, at) => bytes[at] === byte)
}
