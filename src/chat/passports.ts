import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who somebody is, as their token says it. */
export type Passport = {
  /** Random, secret, the same in all channels. */
  readonly guest: string
  /** Of the stream key that they showed in this channel; undefined: none. It must still be the channel's. */
  readonly keyDigest: string | undefined
}

const GUEST_BYTES = 16
const TOKEN = /^(?:g\.([\w-]{22})|h\.([\w-]{22})\.([0-9a-f]{64}))\.([\w-]{43})$/

/**
 * Tokens that keep a guest the same person, made without keeping anything: a random number and an HMAC-SHA-256 (RFC 2104)
 * of it under a secret of this server. What others see of a person is another HMAC: it tells nothing about the token, and
 * differs in every channel.
 */
export class Passports {
  readonly #secret: Uint8Array

  /** @param secret `Secrets.keySecret`; ours is derived from it (RFC 5869), so that neither use helps against the other */
  constructor(secret: Uint8Array) {
    this.#secret = new Uint8Array(hkdfSync('sha256', secret, '', 'streamhost chat', 32))
  }

  make(keyDigest?: string): Passport {
    return { guest: randomBytes(GUEST_BYTES).toString('base64url'), keyDigest }
  }

  /** @param channelId where a stream key was shown: a host's token is one here only */
  token({ guest, keyDigest }: Passport, channelId: string): string {
    const content = keyDigest === undefined ? `g.${guest}` : `h.${guest}.${keyDigest}`
    return `${content}.${this.#sign(content, keyDigest === undefined ? '' : channelId).toString('base64url')}`
  }

  /** @returns undefined for what we didn't make, or made for another channel; compared in constant time */
  read(token: string, channelId: string): Passport | undefined {
    const [, guest, host, keyDigest, signature] = TOKEN.exec(token) ?? []
    const who = guest ?? host
    if (who === undefined || signature === undefined) return undefined
    const content = token.slice(0, -signature.length - 1)
    const wanted = this.#sign(content, keyDigest === undefined ? '' : channelId)
    const given = Buffer.from(signature, 'base64url')
    return given.length === wanted.length && timingSafeEqual(given, wanted) ? { guest: who, keyDigest } : undefined
  }

  /** `ChatPerson.id`: 96 bits, in base64url. */
  personId(channelId: string, guest: string): string {
    return this.#digest(`person\0${channelId}\0${guest}`).subarray(0, 12).toString('base64url')
  }

  /** As `personId`, of somebody with an account: the same wherever they are signed in. */
  accountPersonId(channelId: string, accountId: string): string {
    return this.#digest(`account\0${channelId}\0${accountId}`).subarray(0, 12).toString('base64url')
  }

  /** An address as it is kept: only this server can tell whether it is a given one. */
  addressDigest(address: string): string {
    return this.#digest(`address\0${address}`).subarray(0, 16).toString('base64url')
  }

  #sign(content: string, channelId: string): Buffer {
    return this.#digest(`token\0${channelId}\0${content}`)
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#secret).update(text).digest()
  }
}
