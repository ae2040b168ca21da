import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { FRAME_BYTES, PREFACE, settingsFrame, writeHead } from '../../../src/formats/http2/frame.ts'
import { HpackDecoder } from '../../../src/formats/http2/hpack-decoder.ts'
import { encodeFields } from '../../../src/formats/http2/hpack-encoder.ts'
import { H2Connection } from '../../../src/http/h2/connection.ts'
import { readFields } from '../../../src/http/h2/fields.ts'
import { bytesTarget, readOrRefuse } from '../target.ts'

const LIMITS = { headerBytes: 16_384, headerSeconds: 10, stalledSeconds: 30 }
const GET = encodeFields([':method', 'GET', ':scheme', 'https', ':path', '/', ':authority', 'a', 'range', 'bytes=0-1'])

function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9)
  writeHead(head, 0, payload.byteLength, type, flags, stream)
  return Buffer.concat([head, payload])
}

/** One connection of each kind: a request, one with a body, windows, pings, a reset. */
const CONNECTION = Buffer.concat([
  ...[PREFACE, settingsFrame(new Map([[4, 100]])), frame(1, 5, 1, GET), frame(8, 0, 1, Buffer.from([0, 0, 1, 0]))],
  ...[frame(1, 4, 3, GET), frame(0, 1, 3, Buffer.from('body')), frame(6, 0, 0, Buffer.alloc(8))],
  ...[frame(1, 1, 5, GET.subarray(0, 9)), frame(9, 4, 5, GET.subarray(9)), frame(3, 0, 5, Buffer.alloc(4))],
])

export const http2Targets = [
  bytesTarget({
    name: 'http2-fields',
    says: 'whatever field section is fields of a request within the limit, or refused as malformed',
    known: [GET, Buffer.from('828684418cf1e3c2e5f23a6ba0ab90f4ff', 'hex'), Buffer.from('3fe11f8284bf', 'hex')],
    longest: 20_000,
    check(bytes) {
      readOrRefuse(() => {
        const { wrong, tooLarge, headers } = readFields(new HpackDecoder(), bytes, LIMITS.headerBytes)
        const length = Object.entries(headers).reduce(
          (sum, [name, value]) => sum + name.length + String(value).length,
          0,
        )
        assert.ok(tooLarge || wrong !== undefined || length <= LIMITS.headerBytes)
      })
    },
  }),
  bytesTarget({
    name: 'http2-connection',
    says: 'whatever bytes are answered with whole frames, and hold nothing when the connection is gone',
    known: [CONNECTION],
    longest: 40_000,
    check(bytes) {
      const [ours, theirs] = duplexPair()
      const socket = ours as unknown as TLSSocket
      const said: Buffer[] = []
      socket.write = ((chunk: Buffer) => said.push(chunk) > 0) as never
      let open = 0
      const connection = new H2Connection(socket, {
        limits: LIMITS,
        onRequest: (stream) => {
          open++
          stream.once('close', () => open--)
          stream.writeHead(200, ['etag', '"a"'])
          stream.end(Buffer.alloc(300))
        },
        onClosed: () => {},
      })
      connection.open()
      for (let at = 0; at < bytes.byteLength; at += 977) socket.emit('data', Buffer.from(bytes.subarray(at, at + 977)))
      socket.emit('close')
      assert.equal(open, 0)
      assert.equal(connection.streams, 0)
      const out = Buffer.concat(said)
      for (let at = 0; at < out.byteLength; ) {
        const length = out.readUIntBE(at, 3)
        assert.ok(length <= FRAME_BYTES && (out[at + 3] ?? 0) <= 9)
        at += 9 + length
        assert.ok(at <= out.byteLength)
      }
      ours.destroy()
      theirs.destroy()
    },
  }),
]
