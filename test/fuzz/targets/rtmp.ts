import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ByteReader } from '../../../src/base/byte-reader.ts'
import { MalformedError } from '../../../src/base/errors.ts'
import { joinAggregate, splitAggregate } from '../../../src/formats/rtmp/aggregate.ts'
import { AmfBudget, type AmfValue } from '../../../src/formats/rtmp/amf-value.ts'
import { readAmf0, writeAmf0 } from '../../../src/formats/rtmp/amf0.ts'
import { Amf3Reader, writeAmf3 } from '../../../src/formats/rtmp/amf3.ts'
import { ByteWriter } from '../../../src/formats/rtmp/byte-writer.ts'
import { ChunkDecoder } from '../../../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../../../src/formats/rtmp/chunk-encoder.ts'
import { readCommand, writeCommand } from '../../../src/formats/rtmp/command.ts'
import { readControlNumber, readUserControl, setChunkSize, userControl } from '../../../src/formats/rtmp/control.ts'
import { ClientHandshake, ServerHandshake } from '../../../src/formats/rtmp/handshake.ts'
import type { Message } from '../../../src/formats/rtmp/message.ts'
import { readApp, readStreamAddress } from '../../../src/ingest/rtmp/stream-address.ts'
import { amf0Cases, amf3Cases } from '../../unit/formats/rtmp/amf.cases.ts'
import { chunkCases } from '../../unit/formats/rtmp/chunk.cases.ts'
import { inPieces } from '../pieces.ts'
import { bytesTarget, readOrRefuse, type Target, textTarget } from '../target.ts'

const wires = (cases: readonly { readonly wire: Iterable<number> }[]): Iterable<number>[] =>
  cases.map(({ wire }) => wire)

const LIMITS = { messageBytes: 2000, heldBytes: 4000, chunkStreams: 6 }

function message(typeId: number, timestamp: number, payload: readonly number[]): Message {
  return { chunkStreamId: 4, timestamp, typeId, messageStreamId: 1, payload: Uint8Array.from(payload) }
}

/** Messages and how it ended, when the bytes come in these pieces. */
function decoded(pieces: readonly Uint8Array[]): { messages: Message[]; malformed: boolean } {
  const messages: Message[] = []
  const decoder = new ChunkDecoder(LIMITS, (each) => messages.push(each))
  try {
    for (const piece of pieces) {
      decoder.push(piece)
      assert.ok(decoder.heldBytes <= LIMITS.heldBytes)
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { messages, malformed: true }
  }
  return { messages, malformed: false }
}

const chunks = bytesTarget({
  name: 'rtmp-chunks',
  says: 'chunks mean the same however they are cut, hold no more than the limit, and say no message longer than it',
  known: wires(chunkCases),
  check(bytes) {
    const whole = decoded([bytes])
    assert.deepEqual(decoded(inPieces(bytes)), whole)
    for (const { payload } of whole.messages) assert.ok(payload.byteLength <= LIMITS.messageBytes)
  },
})

const anyMessages = fc.record(
  {
    messages: fc.array(
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
    ),
    chunkSize: fc.integer({ min: 1, max: 700 }),
  },
  { noNullPrototype: true },
)

const chunksBack: Target<typeof anyMessages extends fc.Arbitrary<infer T> ? T : never> = {
  name: 'rtmp-chunks-back',
  says: 'any messages come back out of the chunks they were put into',
  arbitrary: anyMessages,
  check({ messages, chunkSize }) {
    const encoder = new ChunkEncoder()
    const wire = Buffer.concat([
      encoder.encode(setChunkSize(chunkSize)),
      ...messages.map((each) => encoder.encode(each)),
    ])
    const read: Message[] = []
    const decoder = new ChunkDecoder({ ...LIMITS, chunkStreams: 8 }, (each) => read.push(each))
    for (const piece of inPieces(wire)) decoder.push(piece)
    assert.deepEqual(read, messages)
  },
}

/** A client's side of a handshake with digests. */
const hello = (scheme?: 0 | 1): Uint8Array => Buffer.concat([new ClientHandshake(scheme).hello(), new Uint8Array(1536)])

const handshake = bytesTarget({
  name: 'rtmp-handshake',
  says: 'a handshake ends at the same byte however it is cut, is answered with 3073 bytes once, and leaves the rest untouched',
  known: [[3, ...new Array<number>(3072).fill(1)], hello(), hello(0), hello(1)],
  check(bytes) {
    const run = (pieces: readonly Uint8Array[]): { replies: number; rest: Uint8Array | undefined } | undefined =>
      readOrRefuse(() => {
        const server = new ServerHandshake()
        let replies = 0
        for (const [at, piece] of pieces.entries()) {
          const step = server.push(piece)
          replies += step.reply.byteLength
          if (step.rest !== undefined) return { replies, rest: Buffer.concat([step.rest, ...pieces.slice(at + 1)]) }
        }
        return { replies, rest: undefined }
      })
    const whole = run([bytes])
    const cut = run(inPieces(bytes))
    assert.equal(cut === undefined, whole === undefined)
    if (whole === undefined || cut === undefined) return
    assert.equal(whole.replies, bytes.byteLength > 1536 ? 3073 : 0)
    assert.equal(cut.replies, whole.replies)
    assert.equal(whole.rest?.byteLength, bytes.byteLength >= 3073 ? bytes.byteLength - 3073 : undefined)
    assert.equal(cut.rest?.byteLength, whole.rest?.byteLength)
  },
})

const aggregate = bytesTarget({
  name: 'rtmp-aggregate',
  says: 'an aggregate is refused, or holds no more bytes than it has, and its messages put together again are the same messages',
  known: [joinAggregate([message(9, 0, [1, 2]), message(8, 5, [])]).payload],
  check(payload) {
    const parts = readOrRefuse(() => splitAggregate({ ...message(22, 7, []), payload }))
    if (parts === undefined || parts.length === 0) return
    assert.ok(parts.reduce((sum, part) => sum + part.payload.byteLength + 11, 0) <= payload.byteLength)
    const again = splitAggregate({ ...joinAggregate(parts), timestamp: parts[0]?.timestamp ?? 0 })
    assert.deepEqual(
      again.map(({ typeId, payload: bytes }) => ({ typeId, bytes })),
      parts.map(({ typeId, payload: bytes }) => ({ typeId, bytes })),
    )
  },
})

const amf0 = bytesTarget({
  name: 'amf0',
  says: 'AMF0 is refused as malformed or read, within the budget of values',
  known: wires(amf0Cases),
  check: (bytes) => void readOrRefuse(() => readAmf0(new ByteReader(bytes))),
})

const amf3 = bytesTarget({
  name: 'amf3',
  says: 'AMF3 is refused as malformed or read, and never reads behind its end',
  known: wires(amf3Cases),
  check(bytes) {
    const r = new ByteReader(bytes)
    readOrRefuse(() => new Amf3Reader(r, new AmfBudget()).value())
    assert.ok(r.at <= bytes.byteLength)
  },
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

const amfBack: Target<AmfValue> = {
  name: 'amf-back',
  says: 'any value comes back out of AMF0 and AMF3',
  arbitrary: amfValue,
  check(value) {
    const w0 = new ByteWriter()
    writeAmf0(w0, value)
    assert.deepEqual(readAmf0(new ByteReader(w0.done())), [value])
    const w3 = new ByteWriter()
    writeAmf3(w3, value)
    assert.deepEqual(new Amf3Reader(new ByteReader(w3.done()), new AmfBudget()).value(), value)
  },
}

const command = bytesTarget({
  name: 'rtmp-command',
  says: 'a command is refused as malformed or has a name, and written again it reads the same',
  known: [writeCommand({ name: 'connect', transactionId: 1, values: [null, 'x'] }), ...wires(amf0Cases)],
  check(bytes) {
    for (const amf3 of [false, true]) {
      const read = readOrRefuse(() => readCommand(bytes, amf3))
      if (read === undefined) continue
      assert.equal(typeof read.name, 'string')
      const { name, transactionId } = readCommand(writeCommand({ ...read, values: [] }))
      assert.deepEqual({ name, transactionId }, { name: read.name, transactionId: read.transactionId })
    }
  },
})

const control = bytesTarget({
  name: 'rtmp-control',
  says: 'control messages are refused as malformed, or are numbers that written again are the same',
  known: [userControl({ eventType: 3, values: [1, 1000] }).payload, [0, 0, 16, 0]],
  check(bytes) {
    const number = readOrRefuse(() => readControlNumber(bytes))
    if (number !== undefined) assert.ok(Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff)
    const event = readOrRefuse(() => readUserControl(bytes))
    if (event !== undefined) assert.deepEqual(readUserControl(userControl(event).payload), event)
  },
})

const address = textTarget({
  name: 'rtmp-address',
  says: 'any app, address and stream name have an answer, and a name that is no longer than what was sent',
  known: ['live sk_0123456789abcdefghij', 'rtmp://host:1935/live/sk_x main?key=sk_y', 'live/_definst_ a/b'],
  words: [
    'live',
    '/',
    '?',
    'key=',
    'sk_',
    '&',
    'rtmp://',
    'host',
    ':1935',
    '%',
    '%2f',
    '..',
    '_definst_',
    ' ',
    '\u0000',
    '+',
  ],
  check(text) {
    const [app = '', name = ''] = text.split(' ')
    for (const [first, second] of [
      [app, undefined],
      [undefined, app],
    ]) {
      const read = readApp(first, second)
      if (read === undefined) continue
      const found = readStreamAddress(read, name)
      assert.ok(found.name.length <= Math.max(name.length, app.length))
      assert.notEqual(found.key, '')
    }
  },
})

export const rtmpTargets = [
  chunks,
  chunksBack,
  handshake,
  aggregate,
  amf0,
  amf3,
  amfBack,
  command,
  control,
  address,
] as Target[]
