import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { tokenHash } from './admin-access.ts'

const FORM = /^rt_([\w-]{10,40})\.([\w-]{43})\.([\w-]{22})$/

/** A refresh token that we made once; whether it is still good says the store. */
export type ReadRefresh = { readonly deviceId: string; readonly hash: string; readonly secret: string }

/**
 * Refresh tokens: the device, 256 random bits, and a MAC by which a token that we made, however long ago, is told apart from
 * one that somebody made up: only the first is a sign that somebody else has it, and only for it is the store asked.
 *
 * What follows a token is made of it under our secret, so that two tabs which show the same one at the same time get the same
 * next one, whichever answer arrives last.
 */
export class RefreshTokens {
  readonly #secret: Uint8Array

  /** @param secret `Secrets.keySecret`; ours is derived from it (RFC 5869) */
  constructor(secret: Uint8Array) {
    this.#secret = new Uint8Array(hkdfSync('sha256', secret, '', 'streamhost refresh tokens', 32))
  }

  first(deviceId: string): { readonly token: string; readonly hash: string } {
    return this.#made(deviceId, randomBytes(32).toString('base64url'))
  }

  next({ deviceId, secret }: ReadRefresh): { readonly token: string; readonly hash: string } {
    return this.#made(deviceId, this.#mac(`next\0${deviceId}\0${secret}`).toString('base64url'))
  }

  /** @returns undefined for what we never made; compared in constant time */
  read(token: string): ReadRefresh | undefined {
    const [, deviceId, secret, mac] = FORM.exec(token) ?? []
    if (deviceId === undefined || secret === undefined || mac === undefined) return undefined
    const wanted = this.#tag(deviceId, secret)
    const given = Buffer.from(mac, 'base64url')
    if (given.byteLength !== wanted.byteLength || !timingSafeEqual(given, wanted)) return undefined
    return { deviceId, secret, hash: tokenHash(secret) }
  }

  #made(deviceId: string, secret: string): { token: string; hash: string } {
    const tag = this.#tag(deviceId, secret).toString('base64url')
    return { token: `rt_${deviceId}.${secret}.${tag}`, hash: tokenHash(secret) }
  }

  #tag(deviceId: string, secret: string): Buffer {
    return this.#mac(`ours\0${deviceId}\0${secret}`).subarray(0, 16)
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.#secret).update(text).digest()
  }
}
