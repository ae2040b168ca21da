import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../../src/base/errors.ts'
import { exifOrientation } from '../../../../src/formats/picture/exif.ts'
import { readPicture } from '../../../../src/formats/picture/read-picture.ts'
import { jpegOfPhone, PICTURES, pictureFile, pngOf } from '../../../light/pictures.ts'

for (const name of PICTURES) {
  test(`${name}: kind and size are read, and what is kept of it reads the same`, () => {
    const picture = readPicture(pictureFile(name))
    const kind = name.startsWith('png') ? 'png' : name.startsWith('webp') ? 'webp' : 'jpeg'
    assert.deepEqual([picture.kind, picture.width, picture.height], [kind, 34, 18])
    assert.deepEqual(readPicture(picture.bytes), picture)
  })

  test(`${name}: cut off anywhere it is refused, and never another error`, () => {
    const whole = readPicture(pictureFile(name)).bytes
    for (let length = 0; length < whole.byteLength; length++) {
      assert.throws(() => readPicture(whole.subarray(0, length)), MalformedError, `${length} of ${whole.byteLength}`)
    }
  })

  test(`${name}: what is behind its end is left out`, () => {
    const file = pictureFile(name)
    const { bytes } = readPicture(Buffer.concat([file, Buffer.from('<script>alert(1)</script>')]))
    assert.ok(!Buffer.from(bytes).includes('script'))
  })
}

test('whatever is no PNG, JPEG or WebP is refused, whatever it is called', () => {
  const others = [
    ...['', '<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html><script>', 'GIF89a\x01\0\x01\0', '%PDF-1.7'],
    ...['\0\0\0\x20ftypavif', 'BM', 'RIFF\x04\0\0\0WAVE', '\x89PNG\r\n', '\xff\xd8'],
  ]
  for (const text of others) assert.throws(() => readPicture(Buffer.from(text, 'latin1')), MalformedError, text)
})

test('animations are no still pictures', () => {
  for (const name of ['animated-png', 'animated-webp'] as const) {
    assert.throws(() => readPicture(pictureFile(name)), /animated/)
  }
})

test('where and with what a picture was taken is left out, and how it was held stays', () => {
  for (const orientation of [1, 3, 6, 8]) {
    const { width, height, bytes } = readPicture(jpegOfPhone(orientation))
    assert.deepEqual([width, height], orientation < 5 ? [34, 18] : [18, 34], 'as it is shown')
    assert.ok(!Buffer.from(bytes).includes('SECRET'))
    const exif = Buffer.from(bytes).indexOf('Exif')
    const kept = exif === -1 ? 1 : exifOrientation(bytes.subarray(exif))
    assert.equal(kept, orientation)
  }
  const png = pictureFile('png')
  const text = Buffer.concat([Buffer.from([0, 0, 0, 6]), Buffer.from('tEXtSECRET\0\0\0\0', 'latin1')])
  const told = Buffer.concat([png.subarray(0, 33), text, png.subarray(33)])
  assert.deepEqual(Buffer.from(readPicture(told).bytes), png)
  const webp = pictureFile('webp-alpha')
  const more = Buffer.concat([webp, Buffer.from('EXIF\x06\0\0\0SECRET', 'latin1')])
  more.writeUInt32LE(more.byteLength - 8, 4)
  more[20] = (more[20] ?? 0) | 0x08
  assert.deepEqual(Buffer.from(readPicture(more).bytes), webp)
})

test('a progressive JPEG has several scans, with tables between them', () => {
  const jpeg = pictureFile('jpeg')
  jpeg[jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 1] = 0xc2
  const scan = jpeg.subarray(jpeg.indexOf(Buffer.from([0xff, 0xda])), -2)
  const restart = Buffer.from([0xff, 0xff, 0xdd, 0, 4, 0, 8])
  const scans = Buffer.concat([jpeg.subarray(0, -2), restart, scan, scan, jpeg.subarray(-2)])
  assert.equal(readPicture(scans).height, 18)
})

test('a picture of no size, or of a form that does not exist, is refused', () => {
  for (const [width, height] of [
    [0, 1],
    [1, 0],
    [2 ** 31, 1],
  ] as const) {
    assert.throws(() => readPicture(pngOf(width, height)), /width or height/)
  }
  assert.equal(
    readPicture(pngOf(100_000, 100_000)).width,
    100_000,
    'how large one may be is not a matter of the format',
  )
  const depth = pictureFile('png')
  depth[24] = 3
  assert.throws(() => readPicture(depth), /form that does not exist/)
  const lossless = pictureFile('jpeg')
  lossless[lossless.indexOf(Buffer.from([0xff, 0xc0])) + 1] = 0xc3
  assert.throws(() => readPicture(lossless), /browsers do not show/)
  const canvas = pictureFile('webp-alpha')
  canvas[24] = 99
  assert.throws(() => readPicture(canvas), /does not fill it/)
})

test('a file of very many small pieces is refused before they cost anything', () => {
  const png = pictureFile('png')
  const empty = Buffer.from('\0\0\0\0IDAT\0\0\0\0', 'latin1')
  const chunks = Buffer.concat([png.subarray(0, 33), ...Array<Buffer>(20_000).fill(empty), png.subarray(33)])
  assert.throws(() => readPicture(chunks), /more than 10000 chunks/)
  const jpeg = pictureFile('jpeg')
  const comments = Array<Buffer>(2000).fill(Buffer.from([0xff, 0xfe, 0, 2]))
  assert.throws(() => readPicture(Buffer.concat([jpeg.subarray(0, 2), ...comments, jpeg.subarray(2)])), /1000 segments/)
  const scan = jpeg.subarray(jpeg.indexOf(Buffer.from([0xff, 0xda])), -2)
  const scans = Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(100).fill(scan), jpeg.subarray(-2)])
  assert.throws(() => readPicture(scans), /100 scans/)
})
