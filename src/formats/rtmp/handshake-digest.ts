import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The digest ("complex") handshake that Flash Media Server 3.5 introduced and no Adobe text describes: 32 bytes of the
 * 1536, at a place that four other bytes tell, are an HMAC-SHA256 of the rest. It authenticates nothing, the keys being
 * known to all; some encoders ask for it before they send H.264.
 */
const SHARED = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex')
const SERVER_TEXT = Buffer.from('Genuine Adobe Flash Media Server 001')
const CLIENT_TEXT = Buffer.from('Genuine Adobe Flash Player 001')

export const DIGEST_KEYS = {
  client: { short: CLIENT_TEXT, long: Buffer.concat([CLIENT_TEXT, SHARED]) },
  server: { short: SERVER_TEXT, long: Buffer.concat([SERVER_TEXT, SHARED]) },
}

const DIGEST_LENGTH = 32
/** Where the four bytes lie whose sum, modulo 728, is the digest's distance from their end. */
const SCHEMES = [8, 772] as const
export type DigestScheme = 0 | 1

const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer => {
  const h = createHmac('sha256', key)
  for (const part of parts) h.update(part)
  return h.digest()
}

function digestOffset(packet: Uint8Array, scheme: DigestScheme): number {
  const at = SCHEMES[scheme]
  let sum = 0
  for (const byte of packet.subarray(at, at + 4)) sum += byte
  return (sum % 728) + at + 4
}

function computeDigest(packet: Uint8Array, offset: number, key: Uint8Array): Buffer {
  return hmac(key, packet.subarray(0, offset), packet.subarray(offset + DIGEST_LENGTH))
}

/** The digest in a C1 or S1, when it is right in one of the two schemes. */
export function findDigest(
  packet: Uint8Array,
  key: Uint8Array,
): { readonly scheme: DigestScheme; readonly digest: Uint8Array } | undefined {
  for (const scheme of [0, 1] as const) {
    const offset = digestOffset(packet, scheme)
    const digest = packet.subarray(offset, offset + DIGEST_LENGTH)
    if (timingSafeEqual(digest, computeDigest(packet, offset, key))) return { scheme, digest }
  }
  return undefined
}

/** Writes the digest into a C1 or S1 and answers it. */
export function placeDigest(packet: Uint8Array, scheme: DigestScheme, key: Uint8Array): Uint8Array {
  const offset = digestOffset(packet, scheme)
  const digest = computeDigest(packet, offset, key)
  packet.set(digest, offset)
  return digest
}

/** Signs a C2 or S2: its last 32 bytes answer the digest of the other side's first packet. */
export function placeAnswer(packet: Uint8Array, digest: Uint8Array, longKey: Uint8Array): void {
  const body = packet.subarray(0, packet.byteLength - DIGEST_LENGTH)
  packet.set(hmac(hmac(longKey, digest), body), body.byteLength)
}

/** Whether a C2 or S2 answers the digest that we sent. */
export function isAnswerTo(packet: Uint8Array, digest: Uint8Array, longKey: Uint8Array): boolean {
  const body = packet.subarray(0, packet.byteLength - DIGEST_LENGTH)
  return timingSafeEqual(packet.subarray(body.byteLength), hmac(hmac(longKey, digest), body))
}
