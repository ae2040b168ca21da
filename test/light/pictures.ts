import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SEEDS } from '../fuzz/target.ts'

/** Pictures of 34 × 18 pixels that FFmpeg made: `ffmpeg -f lavfi -i testsrc2=size=34x18 -frames:v 1 …`. */
export const PICTURES = ['png', 'png-palette', 'jpeg', 'webp-lossy', 'webp-lossless', 'webp-alpha'] as const
export type PictureName = (typeof PICTURES)[number] | 'animated-png' | 'animated-webp'

export function pictureFile(name: PictureName): Buffer<ArrayBuffer> {
  return Buffer.from(readFileSync(join(SEEDS, 'picture', `${name}.bin`)))
}

/** A PNG that says it is so large; its data is not. */
export function pngOf(width: number, height: number): Buffer<ArrayBuffer> {
  const png = pictureFile('png')
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  return png
}

/** A JPEG that a phone took: it tells how it was held, where it was, and which phone it is. */
export function jpegOfPhone(orientation: number): Buffer {
  const jpeg = pictureFile('jpeg')
  const tiff = Buffer.concat([
    Buffer.from('II*\0\x08\0\0\0\x02\0', 'latin1'),
    Buffer.from([0x0f, 0x01, 2, 0, 12, 0, 0, 0, 38, 0, 0, 0]), // Make, at 38
    Buffer.from([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]),
    Buffer.from('\0\0\0\0SECRET PHONE', 'latin1'),
  ])
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const comment = Buffer.from('\xff\xfe\0\x0eSECRET PLACE', 'latin1')
  const app1 = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.byteLength + 2]), exif])
  return Buffer.concat([jpeg.subarray(0, 2), app1, comment, jpeg.subarray(2), Buffer.from('SECRET ARCHIVE')])
}
