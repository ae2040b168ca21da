import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose'
import type { SigningKeyRecord, SigningKeyStore } from '../../../../src/accounts/people/person-store.ts'
import { AccessTokens } from '../../../../src/accounts/sign-in/access-tokens.ts'
import { RefreshTokens } from '../../../../src/accounts/sign-in/refresh-tokens.ts'
import { Revocations } from '../../../../src/accounts/sign-in/revocations.ts'
import { SigningKeys } from '../../../../src/accounts/sign-in/signing-keys.ts'
import { Vault } from '../../../../src/accounts/vault.ts'
import { silentLog } from '../../../../src/base/log.ts'

const MINUTE = 60_000
const DAY = 24 * 3600_000
const ANNA = { id: 'p_anna', name: 'Anna', role: 'streamer' } as const

class KeptKeys implements SigningKeyStore {
  keys: SigningKeyRecord[] = []
  async list() {
    return this.keys.toSorted((a, b) => b.createdAtMs - a.createdAtMs)
  }
  async add(key: SigningKeyRecord) {
    this.keys.push(key)
  }
  async remove(ids: readonly string[]) {
    this.keys = this.keys.filter(({ id }) => !ids.includes(id))
  }
}

function bench(store = new KeptKeys(), secret = new Uint8Array(32).fill(1)) {
  const clock = { nowMs: 1_800_000_000_000 }
  const nowMs = () => clock.nowMs
  const keys = new SigningKeys({ store, vault: new Vault(secret), log: silentLog, nowMs })
  const revocations = new Revocations(() => 10 * MINUTE)
  const site = { issuer: 'https://live.example.org' }
  const tokens = new AccessTokens({ keys, revocations, issuer: () => site.issuer, lifeMs: () => 10 * MINUTE, nowMs })
  return { clock, keys, revocations, site, store, tokens }
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('an access token', () => {
  test('says who, where, and until when, and is good till then', async () => {
    const { tokens, clock } = bench()
    const { token, expiresAtMs } = await tokens.sign(ANNA, 'd_1')
    assert.equal(expiresAtMs, clock.nowMs + 10 * MINUTE)
    assert.equal(decodeProtectedHeader(token).alg, 'ES256')
    const { sub, sid, role, name, iss } = decodeJwt(token)
    assert.deepEqual([sub, sid, role, name, iss], ['p_anna', 'd_1', 'streamer', 'Anna', 'https://live.example.org'])
    const verified = await tokens.verify(token)
    assert.ok(verified.is === 'good' && verified.claims.personId === 'p_anna' && verified.claims.deviceId === 'd_1')
    clock.nowMs = expiresAtMs - 1
    assert.equal((await tokens.verify(token)).is, 'good')
    clock.nowMs = expiresAtMs
    assert.equal((await tokens.verify(token)).is, 'over')
  })
  test('that somebody changed, or signed themselves, is nothing', async () => {
    const { tokens } = bench()
    const { token } = await tokens.sign(ANNA, 'd_1')
    const [head = '', body = '', signature = ''] = token.split('.')
    const { kid } = decodeProtectedHeader(token)
    const claims = { ...decodeJwt(token), role: 'admin' }
    const { privateKey } = await generateKeyPair('ES256')
    const foreign = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: String(kid) })
      .sign(privateKey)
    const byPublic = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: String(kid) })
      .sign(new TextEncoder().encode(JSON.stringify(head)))
    for (const forged of [
      `${head}.${base64(claims)}.${signature}`,
      `${base64({ alg: 'none', typ: 'at+jwt', kid })}.${base64(claims)}.`,
      `${base64({ alg: 'none', typ: 'at+jwt', kid })}.${base64(claims)}.${signature}`,
      `${base64({ alg: 'ES256', typ: 'at+jwt' })}.${body}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${token}x`,
      foreign,
      byPublic,
      'a.b.c',
      '..',
      `${'x'.repeat(3000)}.a.b`,
    ]) {
      assert.notEqual((await tokens.verify(forged)).is, 'good', forged)
    }
    assert.equal((await tokens.verify(token)).is, 'good')
  })
  test('of a key that we don’t have is over, as it may have been ours', async () => {
    const { tokens } = bench()
    const { token } = await bench().tokens.sign(ANNA, 'd_1')
    assert.equal((await tokens.verify(token)).is, 'over')
  })
  test('of another kind than ours is not taken for one, though the key is the same', async () => {
    const { tokens, keys } = bench()
    const { id: kid, privateKey } = await keys.signing()
    const other = await new SignJWT({ sid: 'd_1', role: 'admin', name: 'Anna' })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
      .setSubject('p_anna')
      .setIssuer('https://live.example.org')
      .setIssuedAt(1_800_000_000)
      .setExpirationTime(1_800_000_100)
      .sign(privateKey)
    assert.notEqual((await tokens.verify(other)).is, 'good')
  })
  test('ends with its device, with what it says of the person, and with the server’s address', async () => {
    const { tokens, revocations, clock, site } = bench()
    const one = (await tokens.sign(ANNA, 'd_1')).token
    const other = (await tokens.sign(ANNA, 'd_2')).token
    assert.equal((await tokens.verify(one)).is, 'good')
    revocations.endDevice('d_1', clock.nowMs)
    assert.deepEqual([(await tokens.verify(one)).is, (await tokens.verify(other)).is], ['over', 'good'])
    clock.nowMs += 1
    revocations.endTokensOf('p_anna', clock.nowMs)
    assert.equal((await tokens.verify(other)).is, 'over')
    const later = (await tokens.sign(ANNA, 'd_2')).token
    assert.equal((await tokens.verify(later)).is, 'good')
    site.issuer = 'https://elsewhere.example'
    assert.equal((await tokens.verify(later)).is, 'over')
  })
})

describe('signing keys', () => {
  test('are kept sealed, and open again after a restart', async () => {
    const store = new KeptKeys()
    const { token } = await bench(store).tokens.sign(ANNA, 'd_1')
    assert.equal(store.keys.length, 1)
    assert.ok(!JSON.stringify(store.keys).includes('"d"'))
    assert.equal((await bench(store).tokens.verify(token)).is, 'good')
  })
  test('sealed under a secret that is gone are replaced, which only makes people refresh', async () => {
    const store = new KeptKeys()
    const { token } = await bench(store).tokens.sign(ANNA, 'd_1')
    const { tokens } = bench(store, new Uint8Array(32).fill(2))
    assert.equal((await tokens.verify(token)).is, 'over')
    assert.equal((await tokens.verify((await tokens.sign(ANNA, 'd_1')).token)).is, 'good')
  })
  test('change every month, and the one before still verifies what it signed', async () => {
    const { tokens, keys, clock, store } = bench()
    clock.nowMs += 0
    const first = await keys.signing()
    clock.nowMs += 30 * DAY - MINUTE
    const { token } = await tokens.sign(ANNA, 'd_1')
    assert.equal(decodeProtectedHeader(token).kid, first.id)
    clock.nowMs += MINUTE
    const [second, third] = await Promise.all([keys.signing(), keys.signing()])
    assert.ok(second.id === third.id && second.id !== first.id)
    assert.equal((await tokens.verify(token)).is, 'good')
    const { keys: published } = await keys.published()
    assert.deepEqual(published.map(({ kid }) => kid).toSorted(), [first.id, second.id].toSorted())
    for (const jwk of published) assert.ok(!('d' in jwk) && jwk.alg === 'ES256' && jwk.use === 'sig')
    clock.nowMs += 31 * DAY
    await keys.signing()
    assert.ok(!store.keys.some(({ id }) => id === first.id), 'one that signed nothing alive is forgotten')
  })
})

describe('a refresh token', () => {
  const refresh = new RefreshTokens(new Uint8Array(32).fill(1))

  test('is told from what we never made, without asking anybody', () => {
    const { token, hash } = refresh.first('d_abcdefghijklmnop')
    const read = refresh.read(token) ?? assert.fail()
    assert.deepEqual([read.deviceId, read.hash], ['d_abcdefghijklmnop', hash])
    assert.ok(!token.includes(hash))
    const [device = '', secret = '', mac = ''] = token.split('.')
    for (const forged of [
      '',
      token.slice(0, -1),
      `${token}x`,
      `${device}x.${secret}.${mac}`,
      `${device}.${secret}.${'A'.repeat(22)}`,
      new RefreshTokens(new Uint8Array(32)).first('d_abcdefghijklmnop').token,
    ]) {
      assert.equal(refresh.read(forged), undefined, forged)
    }
  })
  test('has one that follows it, whoever asks', () => {
    const read = refresh.read(refresh.first('d_abcdefghijklmnop').token) ?? assert.fail()
    assert.equal(refresh.next(read).token, refresh.next(read).token)
    assert.notEqual(refresh.next(read).hash, read.hash)
  })
})

describe('the vault', () => {
  const vault = new Vault(new Uint8Array(32).fill(1))

  test('opens what it sealed, for the same use only', () => {
    const sealed = vault.seal('a key', 'the secret')
    assert.match(sealed, /^v1\./)
    assert.ok(!sealed.includes('secret'))
    assert.equal(vault.open('a key', sealed), 'the secret')
    assert.equal(vault.open('another key', sealed), undefined)
    assert.notEqual(vault.seal('a key', 'the secret'), sealed)
  })
  test('opens nothing that was changed, cut or sealed by others', () => {
    const sealed = vault.seal('a key', 'the secret')
    const other = new Vault(new Uint8Array(32).fill(2))
    for (let at = 0; at < sealed.length; at++) {
      const letter = sealed[at] === 'A' ? 'B' : 'A'
      const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1)
      // The last letter of base64url may carry bits that mean nothing.
      if (at < sealed.length - 1 && sealed[at] !== '.')
        assert.notEqual(vault.open('a key', changed), 'another', `${at}`)
      assert.equal(vault.open('a key', sealed.slice(0, at)), undefined)
    }
    assert.equal(other.open('a key', sealed), undefined)
    for (const text of ['', '....', 'v1', 'v2.a.b.c']) assert.equal(vault.open('a key', text), undefined)
  })
  test('after a change of the secret still opens what the old one sealed', () => {
    const old = vault.seal('a key', 'the secret')
    const now = new Vault(new Uint8Array(32).fill(3), new Uint8Array(32).fill(1))
    assert.equal(now.open('a key', old), 'the secret')
    assert.equal(vault.open('a key', now.seal('a key', 'x')), undefined)
  })
})
