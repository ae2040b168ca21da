import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from '../../src/base/byte-reader.ts'
import { MalformedError } from '../../src/base/errors.ts'
import { readAudioTag, writeAudioTag } from '../../src/formats/flv/audio-tag.ts'
import { FlvDecoder, writeFlvHeader, writeFlvTag } from '../../src/formats/flv/flv-file.ts'
import { readMetadata, writeMetadata } from '../../src/formats/flv/script-tag.ts'
import { readVideoTag, writeVideoTag } from '../../src/formats/flv/video-tag.ts'
import { joinAggregate, splitAggregate } from '../../src/formats/rtmp/aggregate.ts'
import { AmfBudget, type AmfValue } from '../../src/formats/rtmp/amf-value.ts'
import { readAmf0, writeAmf0 } from '../../src/formats/rtmp/amf0.ts'
import { Amf3Reader, writeAmf3 } from '../../src/formats/rtmp/amf3.ts'
import { ByteWriter } from '../../src/formats/rtmp/byte-writer.ts'
import { ChunkDecoder } from '../../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../../src/formats/rtmp/chunk-encoder.ts'
import { readCommand, writeCommand } from '../../src/formats/rtmp/command.ts'
import { setChunkSize } from '../../src/formats/rtmp/control.ts'
import { ServerHandshake } from '../../src/formats/rtmp/handshake.ts'
import type { Message } from '../../src/formats/rtmp/message.ts'
import { parseAudioSpecificConfig } from '../../src/media/audio-specific-config.ts'
import { parseAvcC } from '../../src/media/avcc.ts'
import { inspectFrame } from '../../src/media/h264-frame.ts'
import { parseSps } from '../../src/media/sps.ts'
import { audioCases, videoCases } from '../unit/formats/flv/tags.cases.ts'
import { amf0Cases, amf3Cases } from '../unit/formats/rtmp/amf.cases.ts'
import { chunkCases } from '../unit/formats/rtmp/chunk.cases.ts'
import { ascCases, avccCases } from '../unit/media/records.cases.ts'

const seconds = Number(process.env.FUZZ_SECONDS ?? 0)
/** In `npm test` a few hundred inputs, in `npm run fuzz` as many as the time allows. */
const amount: fc.Parameters<unknown> =
  seconds > 0
    ? { numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false }
    : { numRuns: 300 }

/** Arbitrary bytes, and the known inputs with a few bytes changed, cut or repeated: those get past the first checks. */
function mutated(seeds: readonly Iterable<number>[]): fc.Arbitrary<Uint8Array> {
  const known = seeds.map((seed) => Uint8Array.from(seed))
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
  const fromSeed = fc
    .tuple(fc.constantFrom(...known), changes, fc.nat(), fc.uint8Array({ maxLength: 20 }))
    .map(([seed, edits, cut, tail]) => {
      const bytes = Uint8Array.from([
        ...seed.subarray(0, cut % 3 === 0 ? cut % (seed.length + 1) : seed.length),
        ...tail,
      ])
      for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value
      return bytes
    })
  return fc.oneof({ weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) }, { weight: 4, arbitrary: fromSeed })
}

/** Reading may be refused as malformed; any other error is ours. What is read must stand `check`. */
function readsOrRefuses<T>(
  name: string,
  seeds: readonly Iterable<number>[],
  read: (bytes: Uint8Array) => T,
  check?: (value: T) => void,
): void {
  test(`fuzz: ${name} reads or refuses, and never crashes otherwise`, () => {
    fc.assert(
      fc.property(mutated(seeds), (bytes) => {
        let value: T
        try {
          value = read(bytes)
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error
          return
        }
        check?.(value)
      }),
      amount as fc.Parameters<[Uint8Array]>,
    )
  })
}

const wires = (cases: readonly { readonly wire: Iterable<number> }[]): Iterable<number>[] =>
  cases.map(({ wire }) => wire)

readsOrRefuses('AMF0', wires(amf0Cases), (bytes) => readAmf0(new ByteReader(bytes)))
readsOrRefuses('AMF3', wires(amf3Cases), (bytes) => {
  const r = new ByteReader(bytes)
  return new Amf3Reader(r, new AmfBudget()).value()
})
readsOrRefuses(
  'a command',
  [writeCommand({ name: 'connect', transactionId: 1, values: [null, 'x'] }), ...wires(amf0Cases)],
  (bytes) => readCommand(bytes),
)
readsOrRefuses('metadata', [writeMetadata({ encoder: 'x', width: 2 })], readMetadata)
readsOrRefuses('a video tag', wires(videoCases), readVideoTag, (tag) => {
  if (tag.kind === 'frame' || tag.kind === 'config') assert.deepEqual(readVideoTag(writeVideoTag(tag)), tag)
})
readsOrRefuses('an audio tag', wires(audioCases), readAudioTag, (tag) => {
  if (tag.kind === 'frame' || tag.kind === 'config') assert.deepEqual(readAudioTag(writeAudioTag(tag)), tag)
})
readsOrRefuses('avcC', wires(avccCases), parseAvcC, (record) =>
  assert.ok(record.sps.length > 0 && record.pps.length > 0),
)
readsOrRefuses(
  'SPS',
  avccCases.map((c) => c.value.sps[0]),
  parseSps,
  (sps) => assert.ok(sps.width > 0 && sps.height > 0 && sps.width <= 16_880),
)
readsOrRefuses('AudioSpecificConfig', wires(ascCases), parseAudioSpecificConfig, (config) =>
  assert.ok(config.sampleRate > 0 && config.channels > 0),
)
readsOrRefuses('a frame of NAL units', [[0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x41]], (bytes) => inspectFrame(bytes, 4))
readsOrRefuses('the handshake', [[3, ...new Array<number>(1536).fill(1)]], (bytes) => new ServerHandshake().push(bytes))
readsOrRefuses(
  'an FLV file',
  [
    Buffer.concat([
      writeFlvHeader({ audio: true, video: true }),
      writeFlvTag({ typeId: 9, timestamp: 1, body: Uint8Array.of(1) }),
    ]),
  ],
  (bytes) => new FlvDecoder(() => {}, 10_000).push(bytes),
)
readsOrRefuses('an aggregate message', [joinAggregate([message(9, 0, [1, 2]), message(8, 5, [])]).payload], (payload) =>
  splitAggregate({ ...message(22, 7, []), payload }),
)

const LIMITS = { messageBytes: 2000, heldBytes: 4000, chunkStreams: 6 }

function message(typeId: number, timestamp: number, payload: readonly number[]): Message {
  return { chunkStreamId: 4, timestamp, typeId, messageStreamId: 1, payload: Uint8Array.from(payload) }
}

/** Messages and how it ended, when the bytes come in pieces. */
function decodeChunks(bytes: Uint8Array, cuts: readonly number[]): { messages: Message[]; malformed: boolean } {
  const messages: Message[] = []
  const decoder = new ChunkDecoder(LIMITS, (each) => messages.push(each))
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let at = 0
  try {
    for (const end of ends) {
      decoder.push(bytes.subarray(at, end))
      at = end
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { messages, malformed: true }
  } finally {
    assert.ok(decoder.heldBytes <= LIMITS.heldBytes)
  }
  return { messages, malformed: false }
}

test('fuzz: chunks mean the same however they are cut', () => {
  fc.assert(
    fc.property(mutated(wires(chunkCases)), fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
      assert.deepEqual(decodeChunks(bytes, cuts), decodeChunks(bytes, []))
    }),
    amount as fc.Parameters<[Uint8Array, number[]]>,
  )
})

test('fuzz: any messages come back out of the chunks they were put into', () => {
  const messages = fc.array(
    fc.record(
      {
        chunkStreamId: fc.constantFrom(3, 4, 63, 64, 319, 320, 65_599),
        timestamp: fc.oneof(
          fc.nat(100_000),
          fc.integer({ min: 0xff_fff0, max: 0x100_0010 }),
          fc.integer({ min: 0, max: 0xffff_ffff }),
        ),
        typeId: fc.constantFrom(8, 9, 18, 20),
        messageStreamId: fc.constantFrom(0, 1, 0xffff_ffff),
        payload: fc.uint8Array({ maxLength: 600 }),
      },
      { noNullPrototype: true },
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 700 }), fc.array(fc.nat(), { maxLength: 5 }), (all, size, cuts) => {
      const encoder = new ChunkEncoder()
      const wire = Buffer.concat([encoder.encode(setChunkSize(size)), ...all.map((each) => encoder.encode(each))])
      const read: Message[] = []
      const decoder = new ChunkDecoder({ ...LIMITS, chunkStreams: 8 }, (each) => read.push(each))
      const ends = [...cuts.map((cut) => cut % (wire.length + 1)), wire.length].sort((a, b) => a - b)
      let at = 0
      for (const end of ends) {
        decoder.push(wire.subarray(at, end))
        at = end
      }
      assert.deepEqual(read, all)
    }),
    amount as fc.Parameters<[Message[], number, number[]]>,
  )
})

/** Values that both versions of AMF can say. */
const amfValue = fc.letrec<{ value: AmfValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, undefined, true, false),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), tie('value')), { maxLength: 4 })
      .map((properties) => ({ kind: 'object' as const, className: '', properties: new Map(properties) })),
    fc.integer().map((unixMs) => ({ kind: 'date' as const, unixMs })),
    fc.string({ maxLength: 8 }).map((xml) => ({ kind: 'xml' as const, text: xml })),
  ),
})).value

test('fuzz: any value comes back out of AMF0 and AMF3', () => {
  fc.assert(
    fc.property(amfValue, (value) => {
      const w0 = new ByteWriter()
      writeAmf0(w0, value)
      assert.deepEqual(readAmf0(new ByteReader(w0.done())), [value])
      const w3 = new ByteWriter()
      writeAmf3(w3, value)
      assert.deepEqual(new Amf3Reader(new ByteReader(w3.done()), new AmfBudget()).value(), value)
    }),
    amount as fc.Parameters<[AmfValue]>,
  )
})
