import { randomFillSync } from 'node:crypto'
import { MalformedError } from '../../base/errors.ts'
import { DIGEST_KEYS, type DigestScheme, findDigest, isAnswerTo, placeAnswer, placeDigest } from './handshake-digest.ts'

/** Bytes of C1, C2, S1 and S2, RTMP 1.0 5.2.3 and 5.2.4. */
const PACKET = 1536
const VERSION = 3
/** What a server that knows the digest handshake says it is: any number from 3.0.1.1 on. */
const SERVER_VERSION = [4, 5, 0, 2]
const CLIENT_VERSION = [9, 0, 124, 2]

/** What came of pushed bytes. */
export type HandshakeStep = {
  /** To be sent to the peer; empty: nothing. */
  readonly reply: Uint8Array
  /** The handshake is over: the bytes behind it, which are chunks. */
  readonly rest: Uint8Array | undefined
}

const nothing = new Uint8Array(0)

/** Collects a fixed number of bytes that may come in pieces. */
class Gather {
  readonly bytes: Uint8Array
  #filled = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
  }
  /** Takes what it needs and answers what is left over, or undefined while it is not full. */
  push(more: Uint8Array): Uint8Array | undefined {
    const taken = more.subarray(0, this.bytes.byteLength - this.#filled)
    this.bytes.set(taken, this.#filled)
    this.#filled += taken.byteLength
    return this.#filled === this.bytes.byteLength ? more.subarray(taken.byteLength) : undefined
  }
}

/**
 * The server's side of the handshake, RTMP 1.0 5.2: simple, or with digests when the client's C1 carries one. Holds at
 * most 3 KB. C2 is read but not compared with S1: encoders exist that send anything.
 */
export class ServerHandshake {
  readonly #c0c1 = new Gather(1 + PACKET)
  readonly #c2 = new Gather(PACKET)
  #answered = false
  #scheme: DigestScheme | undefined

  /** `simple`, `digest-0` or `digest-1`, once the client has shown it. */
  get kind(): string {
    return this.#scheme === undefined ? 'simple' : `digest-${this.#scheme}`
  }

  /** @throws MalformedError for a version other than 3, at the first byte: it may be any protocol's. */
  push(bytes: Uint8Array): HandshakeStep {
    if (this.#answered) return { reply: nothing, rest: this.#c2.push(bytes) }
    const rest = this.#c0c1.push(bytes)
    if (bytes.byteLength > 0) checkVersion(this.#c0c1.bytes)
    if (rest === undefined) return { reply: nothing, rest: undefined }
    this.#answered = true
    return { reply: this.#s0s1s2(this.#c0c1.bytes.subarray(1)), rest: this.#c2.push(rest) }
  }

  #s0s1s2(c1: Uint8Array): Uint8Array {
    const reply = new Uint8Array(1 + 2 * PACKET)
    reply[0] = VERSION
    const s1 = reply.subarray(1, 1 + PACKET)
    const s2 = reply.subarray(1 + PACKET)
    randomFillSync(s1, 8)
    // A client that knows digests says its version where the simple handshake has four zero bytes.
    const found = c1[4] === 0 ? undefined : findDigest(c1, DIGEST_KEYS.client.short)
    if (found === undefined) {
      s2.set(c1)
      return reply
    }
    this.#scheme = found.scheme
    s1.set(SERVER_VERSION, 4)
    placeDigest(s1, found.scheme, DIGEST_KEYS.server.short)
    randomFillSync(s2)
    placeAnswer(s2, found.digest, DIGEST_KEYS.server.long)
    return reply
  }
}

/** The client's side: checks what the server answers. */
export class ClientHandshake {
  readonly #s0s1s2 = new Gather(1 + 2 * PACKET)
  readonly #c1: Uint8Array
  readonly #digest: Uint8Array | undefined

  /** @param scheme undefined: the simple handshake */
  constructor(scheme?: DigestScheme) {
    const c1 = new Uint8Array(PACKET)
    randomFillSync(c1, 8)
    if (scheme !== undefined) c1.set(CLIENT_VERSION, 4)
    this.#digest = scheme === undefined ? undefined : placeDigest(c1, scheme, DIGEST_KEYS.client.short)
    this.#c1 = c1
  }

  /** C0 and C1. */
  hello(): Uint8Array {
    const hello = new Uint8Array(1 + PACKET)
    hello[0] = VERSION
    hello.set(this.#c1, 1)
    return hello
  }

  /** @throws MalformedError when the server's answer is not one to our C1 */
  push(bytes: Uint8Array): HandshakeStep {
    const rest = this.#s0s1s2.push(bytes)
    if (bytes.byteLength > 0) checkVersion(this.#s0s1s2.bytes)
    if (rest === undefined) return { reply: nothing, rest: undefined }
    const s1 = this.#s0s1s2.bytes.subarray(1, 1 + PACKET)
    const s2 = this.#s0s1s2.bytes.subarray(1 + PACKET)
    return { reply: this.#digest === undefined ? this.#simpleC2(s1, s2) : digestC2(s1, s2, this.#digest), rest }
  }

  #simpleC2(s1: Uint8Array, s2: Uint8Array): Uint8Array {
    if (Buffer.compare(s2.subarray(8), this.#c1.subarray(8)) !== 0) throw new MalformedError('S2 does not echo C1')
    return s1.slice()
  }
}

function digestC2(s1: Uint8Array, s2: Uint8Array, digest: Uint8Array): Uint8Array {
  const found = findDigest(s1, DIGEST_KEYS.server.short)
  if (found === undefined) throw new MalformedError('S1 without a digest')
  if (!isAnswerTo(s2, digest, DIGEST_KEYS.server.long)) throw new MalformedError('S2 does not answer the digest of C1')
  const c2 = new Uint8Array(PACKET)
  randomFillSync(c2)
  placeAnswer(c2, found.digest, DIGEST_KEYS.client.long)
  return c2
}

function checkVersion(packet: Uint8Array): void {
  if (packet[0] !== VERSION) throw new MalformedError(`RTMP version ${packet[0]}, not ${VERSION}`)
}
