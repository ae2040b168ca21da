import assert from 'node:assert/strict'
import { readAudioTag, writeAudioTag } from '../../../src/formats/flv/audio-tag.ts'
import { FlvDecoder, type FlvTag, writeFlvHeader, writeFlvTag } from '../../../src/formats/flv/flv-file.ts'
import { readMetadata, writeMetadata } from '../../../src/formats/flv/script-tag.ts'
import { readVideoTag, writeVideoTag } from '../../../src/formats/flv/video-tag.ts'
import { initSegment } from '../../../src/formats/isobmff/init-segment.ts'
import { OggDecoder } from '../../../src/formats/ogg/ogg-decoder.ts'
import { readPicture } from '../../../src/formats/picture/read-picture.ts'
import { parseAudioSpecificConfig, writeAacLcConfig } from '../../../src/media/audio-specific-config.ts'
import { parseAvcC, writeAvcC } from '../../../src/media/avcc.ts'
import { captionChannels } from '../../../src/media/caption-data.ts'
import { codecString } from '../../../src/media/codec-string.ts'
import { inspectFrame } from '../../../src/media/h264-frame.ts'
import { parseOpusHead, writeOpusHead } from '../../../src/media/opus-head.ts'
import { parseSps } from '../../../src/media/sps.ts'
import { Captions } from '../../../web/player/captions/captions.ts'
import { captionSei, popOn, popOn708 } from '../../light/captions.ts'
import { audioCases, videoCases } from '../../unit/formats/flv/tags.cases.ts'
import { oggCases } from '../../unit/formats/ogg/ogg.cases.ts'
import { opusHeadCases } from '../../unit/media/opus.cases.ts'
import { ascCases, avccCases } from '../../unit/media/records.cases.ts'
import { inPieces } from '../pieces.ts'
import { bytesTarget, readOrRefuse } from '../target.ts'

const wires = (cases: readonly { readonly wire: Iterable<number> }[]): Iterable<number>[] =>
  cases.map(({ wire }) => wire)

const videoTag = bytesTarget({
  name: 'video-tag',
  says: 'a video tag is refused or read, holds no more bytes than it had, and written again it reads the same',
  known: wires(videoCases),
  check(bytes) {
    const tag = readOrRefuse(() => readVideoTag(bytes))
    if (tag?.kind === 'frame' || tag?.kind === 'config') assert.deepEqual(readVideoTag(writeVideoTag(tag)), tag)
  },
})

const audioTag = bytesTarget({
  name: 'audio-tag',
  says: 'an audio tag is refused or read, and written again it reads the same',
  known: wires(audioCases),
  check(bytes) {
    const tag = readOrRefuse(() => readAudioTag(bytes))
    if (tag?.kind === 'frame' || tag?.kind === 'config') assert.deepEqual(readAudioTag(writeAudioTag(tag)), tag)
  },
})

const metadata = bytesTarget({
  name: 'flv-metadata',
  says: 'metadata is refused or read, and its numbers are numbers',
  known: [writeMetadata({ encoder: 'x', width: 2, framerate: 30, videodatarate: 2500 })],
  check(bytes) {
    const read = readOrRefuse(() => readMetadata(bytes))
    for (const value of Object.values(read ?? {})) {
      assert.ok(value === undefined || typeof value === 'string' || Number.isFinite(value), String(value))
    }
  },
})

const MAX_TAG = 10_000

const flvFile = bytesTarget({
  name: 'flv-file',
  says: 'an FLV file says the same tags however it is cut, none longer than the limit, and written again they are the same',
  known: [
    Buffer.concat([
      writeFlvHeader({ audio: true, video: true }),
      writeFlvTag({ typeId: 9, timestamp: 1, body: Uint8Array.of(1) }),
      writeFlvTag({ typeId: 8, timestamp: 0xff_ffff + 5, body: new Uint8Array(0) }),
    ]),
  ],
  check(bytes) {
    const whole = tagsOf([bytes])
    assert.deepEqual(tagsOf(inPieces(bytes)), whole)
    for (const tag of whole.tags) {
      assert.ok(tag.body.byteLength <= MAX_TAG)
      const file = [writeFlvHeader({ audio: true, video: true }), writeFlvTag(tag)]
      assert.deepEqual(tagsOf(file).tags, [tag])
    }
  },
})

function tagsOf(pieces: readonly Uint8Array[]): { tags: FlvTag[]; refused: boolean } {
  const tags: FlvTag[] = []
  const decoder = new FlvDecoder((tag) => tags.push(tag), MAX_TAG)
  const done = readOrRefuse(() => {
    for (const piece of pieces) decoder.push(piece)
    return true
  })
  return { tags, refused: done === undefined }
}

const avcc = bytesTarget({
  name: 'avcc',
  says: 'an avcC is refused or has an SPS and a PPS, written again it reads the same, and of one with a readable SPS an initialisation can be made',
  known: wires(avccCases),
  check(bytes) {
    const record = readOrRefuse(() => parseAvcC(bytes))
    if (record === undefined) return
    const { sps, pps } = record
    assert.ok(sps.length > 0 && pps.length > 0)
    const again = parseAvcC(writeAvcC(sps, pps))
    assert.deepEqual([again.sps, again.pps], [sps, pps])
    assert.match(codecString({ kind: 'h264', avcC: bytes }), /^avc1\.[0-9a-f]{6}$/i)
    const [first] = sps
    if (first === undefined || readOrRefuse(() => parseSps(first)) === undefined) return
    const segment = initSegment({ id: 1, codec: { kind: 'h264', avcC: bytes }, timescale: 90_000 })
    assert.ok(Buffer.from(segment).includes(Buffer.from(bytes)))
  },
})

const sps = bytesTarget({
  name: 'sps',
  says: 'an SPS is refused, or describes a picture that can exist',
  known: avccCases.map((each) => each.value.sps[0]),
  check(bytes) {
    const read = readOrRefuse(() => parseSps(bytes))
    if (read === undefined) return
    assert.ok(read.width > 0 && read.width <= 16_880 && read.height > 0 && read.height <= 16_880)
  },
})

const audioConfig = bytesTarget({
  name: 'audio-config',
  says: 'an AudioSpecificConfig is refused, or has a rate and channels, and an initialisation can be made of it',
  known: [...wires(ascCases), writeAacLcConfig(48_000, 2)],
  check(bytes) {
    const config = readOrRefuse(() => parseAudioSpecificConfig(bytes))
    if (config === undefined) return
    assert.ok(config.sampleRate > 0 && config.channels > 0)
    const codec = { kind: 'aac' as const, audioSpecificConfig: bytes }
    assert.match(codecString(codec), /^mp4a\.40\.\d+$/)
    assert.ok(initSegment({ id: 1, codec, timescale: config.sampleRate }).byteLength > 0)
  },
})

const MAX_PACKET = 1000

const ogg = bytesTarget({
  name: 'ogg',
  says: 'an Ogg stream says the same packets however it is cut, none longer than the limit',
  known: wires(oggCases),
  check(bytes) {
    const whole = packetsOf([bytes])
    assert.deepEqual(packetsOf(inPieces(bytes)), whole)
    for (const packet of whole.packets) assert.ok(packet.byteLength <= MAX_PACKET)
  },
})

function packetsOf(pieces: readonly Uint8Array[]): { packets: Uint8Array[]; refused: boolean } {
  const packets: Uint8Array[] = []
  const decoder = new OggDecoder((packet) => packets.push(packet), MAX_PACKET)
  const done = readOrRefuse(() => {
    for (const piece of pieces) decoder.push(piece)
    return true
  })
  return { packets, refused: done === undefined }
}

const opusHead = bytesTarget({
  name: 'opus-head',
  says: 'an OpusHead is refused, or has one or two channels, written again it reads the same, and an initialisation can be made of it',
  known: wires(opusHeadCases),
  check(bytes) {
    const head = readOrRefuse(() => parseOpusHead(bytes))
    if (head === undefined) return
    assert.ok(head.channels === 1 || head.channels === 2)
    assert.deepEqual(parseOpusHead(writeOpusHead(head)), head)
    const codec = { kind: 'opus' as const, opusHead: bytes }
    assert.ok(initSegment({ id: 1, codec, timescale: 48_000 }).byteLength > 0)
  },
})

/** A frame of an SEI and a slice, with lengths of four bytes. */
function captioned(sei: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 0, 0, sei.byteLength, ...sei, 0, 0, 0, 1, 0x65])
}

const frame = bytesTarget({
  name: 'h264-frame',
  says: 'any bytes are a frame of some kind, or malformed, and the captions they carry have names that playlists know',
  known: [[0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x41], [0, 0, 0, 0, 0, 0, 0, 1, 9], captioned(captionSei(popOn('a line')))],
  check(bytes) {
    for (const lengthSize of [1, 2, 4] as const) {
      assert.ok(['idr', 'picture', 'no-picture', 'malformed'].includes(inspectFrame(bytes, lengthSize)))
      for (const name of captionChannels(bytes, lengthSize)) assert.match(name, /^(CC[1-4]|SERVICE[1-6])$/)
    }
  },
})

const captions = bytesTarget({
  name: 'captions',
  says: 'any pairs of captions are shown, on 15 rows at most, each once, and from the upper one on',
  known: [popOn('a line'), popOn708('a line')].map((pairs) => pairs.flatMap(({ type, bytes }) => [type, ...bytes])),
  longest: 3000,
  check(bytes) {
    const read = new Captions()
    const data = new Uint8Array(5)
    for (let at = 0; at + 3 <= bytes.length; at += 3) {
      data.set([0xc1, 0xff, 0xfc | (bytes[at] ?? 0), ...bytes.subarray(at + 1, at + 3)])
      read.push([{ time: at / 90, data: data.slice() }])
    }
    const end = bytes.length / 90 + 1
    for (const channel of [...read.channels, 'CC1', 'SERVICE1'] as const) {
      const rows = read.at(end, channel).map(({ row }) => row)
      assert.deepEqual(
        rows,
        [...new Set(rows)].sort((a, b) => a - b),
      )
      assert.ok(rows.every((row) => row >= 0 && row < 15))
    }
  },
})

const picture = bytesTarget({
  name: 'picture',
  says: 'a picture is refused or read, has a size, holds no more than was sent but for a word how to hold it, and what is kept of it reads the same',
  known: [],
  check(bytes) {
    const read = readOrRefuse(() => readPicture(bytes))
    if (read === undefined) return
    assert.ok(read.width > 0 && read.height > 0)
    assert.ok(read.bytes.byteLength <= bytes.byteLength + 36 + 2)
    assert.deepEqual(readPicture(read.bytes), read)
  },
})

export const mediaTargets = [
  ...[videoTag, audioTag, metadata, flvFile, avcc, sps, audioConfig],
  ...[ogg, opusHead, frame, captions, picture],
]
