import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../../src/base/errors.ts'
import { ClientHandshake, ServerHandshake } from '../../../../src/formats/rtmp/handshake.ts'
import { DIGEST_KEYS, findDigest } from '../../../../src/formats/rtmp/handshake-digest.ts'

const nothing = new Uint8Array(0)
const kinds = [
  { name: 'simple', scheme: undefined },
  { name: 'digest-0', scheme: 0 },
  { name: 'digest-1', scheme: 1 },
] as const

for (const { name, scheme } of kinds) {
  test(`handshake: ${name}, whole`, () => {
    const server = new ServerHandshake()
    const client = new ClientHandshake(scheme)
    const first = server.push(client.hello())
    assert.equal(first.reply.byteLength, 1 + 2 * 1536)
    assert.equal(first.rest, undefined)
    assert.equal(server.kind, name)
    const answer = client.push(first.reply)
    assert.deepEqual(answer.rest, nothing)
    const last = server.push(Uint8Array.of(...answer.reply, 1, 2, 3))
    assert.deepEqual(last.reply, nothing)
    assert.deepEqual(last.rest, Uint8Array.of(1, 2, 3))
  })

  test(`handshake: ${name}, byte by byte, with the first chunk behind it`, () => {
    const server = new ServerHandshake()
    const client = new ClientHandshake(scheme)
    const toServer = [...client.hello()]
    let rest: Uint8Array | undefined
    let answers = 0
    for (let byte = toServer.shift(); byte !== undefined; byte = toServer.shift()) {
      const step = server.push(Uint8Array.of(byte))
      if (step.reply.byteLength > 0) {
        answers++
        for (const piece of step.reply) toServer.push(...client.push(Uint8Array.of(piece)).reply)
      }
      rest ??= step.rest
    }
    assert.equal(answers, 1)
    assert.deepEqual(rest, nothing)
  })
}

test('handshake: a version number without a digest behind it gets the simple answer', () => {
  const c0c1 = new Uint8Array(1537).fill(0x11)
  c0c1[0] = 3
  const server = new ServerHandshake()
  const { reply } = server.push(c0c1)
  assert.equal(server.kind, 'simple')
  assert.deepEqual(reply.subarray(1537), c0c1.subarray(1))
})

test('handshake: S1 of a digest answer carries the digest of the server in the scheme of the client', () => {
  for (const scheme of [0, 1] as const) {
    const { reply } = new ServerHandshake().push(new ClientHandshake(scheme).hello())
    assert.equal(findDigest(reply.subarray(1, 1537), DIGEST_KEYS.server.short)?.scheme, scheme)
  }
})

test('handshake: another protocol is malformed at its first byte', () => {
  assert.throws(() => new ServerHandshake().push(Buffer.from('GET / HTTP/1.1\r\n')), MalformedError)
  assert.throws(() => new ServerHandshake().push(Uint8Array.of(6)), /RTMP version 6/)
})

test('handshake: the client notices an answer that is not one to its packet', () => {
  for (const scheme of [undefined, 0, 1] as const) {
    const { reply } = new ServerHandshake().push(new ClientHandshake(scheme).hello())
    assert.throws(() => new ClientHandshake(scheme).push(reply), MalformedError)
  }
})
