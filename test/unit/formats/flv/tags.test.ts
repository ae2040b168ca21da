import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../../src/base/errors.ts'
import { readAudioTag, writeAudioTag } from '../../../../src/formats/flv/audio-tag.ts'
import { FlvDecoder, type FlvTag, writeFlvHeader, writeFlvTag } from '../../../../src/formats/flv/flv-file.ts'
import { readMetadata, writeMetadata } from '../../../../src/formats/flv/script-tag.ts'
import { readVideoTag, writeVideoTag } from '../../../../src/formats/flv/video-tag.ts'
import { writeData } from '../../../../src/formats/rtmp/command.ts'
import { audioCases, videoCases } from './tags.cases.ts'

for (const c of videoCases) {
  test(`FLV video tag: ${c.name} is read${c.readOnly ? '' : ' and written'}`, () => {
    assert.deepEqual(readVideoTag(Uint8Array.from(c.wire)), c.value)
    if (!c.readOnly && c.value.kind !== 'unsupported') assert.deepEqual([...writeVideoTag(c.value)], c.wire)
  })
}
for (const c of audioCases) {
  test(`FLV audio tag: ${c.name} is read${c.readOnly ? '' : ' and written'}`, () => {
    assert.deepEqual(readAudioTag(Uint8Array.from(c.wire)), c.value)
    if (!c.readOnly && c.value.kind !== 'unsupported') assert.deepEqual([...writeAudioTag(c.value)], c.wire)
  })
}

test('FLV tags: a cut at any byte is malformed or a shorter tag, never a crash of another kind', () => {
  const cut = (wire: readonly number[], read: (body: Uint8Array) => unknown) => {
    for (let length = 0; length < wire.length; length++) {
      try {
        read(Uint8Array.from(wire.slice(0, length)))
      } catch (error) {
        assert.ok(error instanceof MalformedError)
      }
    }
  }
  for (const c of videoCases) cut(c.wire, readVideoTag)
  for (const c of audioCases) cut(c.wire, readAudioTag)
})

test('FLV tags: unknown packet types are malformed', () => {
  assert.throws(() => readVideoTag(Uint8Array.of(0x17, 3, 0, 0, 0)), MalformedError)
  assert.throws(() => readAudioTag(Uint8Array.of(0xaf, 2)), MalformedError)
})

test('metadata is read as it is written, wrapped in @setDataFrame too', () => {
  const properties = { encoder: 'obs-output module', width: 1280, height: 720, framerate: 30, videodatarate: 2500 }
  const expected = {
    encoder: 'obs-output module',
    width: 1280,
    height: 720,
    framesPerSecond: 30,
    videoDataRate: 2500,
    audioDataRate: undefined,
  }
  const body = writeMetadata(properties)
  assert.deepEqual(readMetadata(body), expected)
  assert.deepEqual(readMetadata(Uint8Array.of(...writeData(['@setDataFrame']), ...body)), expected)
  assert.equal(readMetadata(writeData(['onTextData', null])), undefined)
  assert.equal(readMetadata(new Uint8Array(0)), undefined)
})

const tags: FlvTag[] = [
  { typeId: 18, timestamp: 0, body: writeMetadata({ width: 1 }) },
  { typeId: 9, timestamp: 0xff_ffff, body: Uint8Array.of(0x17, 0, 0, 0, 0, 1) },
  { typeId: 8, timestamp: 0xffff_fffe, body: new Uint8Array(0) },
]
const file = Buffer.concat([writeFlvHeader({ audio: true, video: true }), ...tags.map(writeFlvTag)])

function decode(pieces: readonly Uint8Array[], maxTagBytes?: number): FlvTag[] {
  const read: FlvTag[] = []
  const decoder = new FlvDecoder((tag) => read.push(tag), maxTagBytes)
  for (const piece of pieces) decoder.push(piece)
  return read
}

test('what is no finite number is no figure of the metadata', () => {
  const read = readMetadata(writeMetadata({ width: Number.NaN, height: Number.POSITIVE_INFINITY, framerate: 30 }))
  assert.deepEqual([read?.width, read?.height, read?.framesPerSecond], [undefined, undefined, 30])
})

test('an FLV file is read as it is written, cut in two at any byte', () => {
  for (let cut = 0; cut <= file.byteLength; cut++) {
    assert.deepEqual(decode([file.subarray(0, cut), file.subarray(cut)]), tags, `cut at ${cut}`)
  }
})

test('an FLV file that is none, is encrypted, or has a tag over the limit, is malformed', () => {
  assert.throws(() => decode([Buffer.from('RIFF....AVI ')]), MalformedError)
  assert.throws(
    () => decode([writeFlvHeader({ audio: true, video: true }), Uint8Array.of(0x29, ...new Uint8Array(10))]),
    /encrypted/,
  )
  assert.throws(() => decode([file], 10), /an FLV tag of/)
})
