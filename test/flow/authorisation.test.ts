import assert from 'node:assert/strict'
import { test } from 'node:test'
import { includes } from '../../src/accounts/channels/members.ts'
import { atLeast, ROLES, type Role } from '../../src/accounts/roles.ts'
import { ChannelRole } from '../../src/contract/people.ts'
import type { Access } from '../../src/http/access-rule.ts'
import { bodyOf, type Harness, harness, SETTINGS } from './http-harness.ts'
import { upgradeStatus } from './upgrade-status.ts'

/** As through a proxy of this machine: not loopback. */
const ELSEWHERE = { 'x-forwarded-for': '203.0.113.9' }
const CHANNEL = 'main'

/** Somebody who asks: what they are on the server, and in the channel. */
type Asker = {
  readonly name: string
  readonly role: Role
  readonly inChannel?: ChannelRole
  readonly how: 'cookie' | 'bearer' | 'admin token' | 'nothing'
}

const ASKERS: readonly Asker[] = [
  { name: 'nobody', role: 'public', how: 'nothing' },
  ...(['cookie', 'bearer'] as const).flatMap((how) => [
    ...ROLES.filter((role) => role !== 'public').map((role): Asker => ({ name: `${role} by ${how}`, role, how })),
    ...ChannelRole.options.map(
      (inChannel): Asker => ({ name: `the channel’s ${inChannel} by ${how}`, role: 'viewer', inChannel, how }),
    ),
  ]),
  { name: 'the admin token', role: 'admin', how: 'admin token' },
]

/** What the rule says, told once more in other words. */
function mayUse({ role, inChannel, how }: Asker, access: Access): boolean {
  if (access === 'signed-in') return how === 'cookie' || how === 'bearer'
  if (access === 'loopback-or-token') return role === 'admin'
  if (access === 'admin-or-channel-key') return role === 'admin' || includes(inChannel, 'streamer')
  for (const wanted of ChannelRole.options) {
    if (access === `channel-${wanted}`) return role === 'admin' || includes(inChannel, wanted)
  }
  return atLeast(role, access as Role)
}

/** Puts back what requests before may have taken away. */
async function askerHeaders(server: Harness, asker: Asker, adminToken: string): Promise<Record<string, string>> {
  await server.channels.create({ slug: CHANNEL }).catch(() => undefined)
  if (asker.how === 'nothing') return {}
  if (asker.how === 'admin token') return { authorization: `Bearer ${adminToken}` }
  const { person, cookie, bearer } = await server.signedIn(asker.role as 'viewer')
  if (asker.inChannel !== undefined) await server.members.set(CHANNEL, person.id, asker.inChannel, true)
  return asker.how === 'cookie' ? { cookie: cookie.cookie } : { ...bearer }
}

test('every route lets in exactly those whom its rule names', async (t) => {
  await using server = await harness({ settings: { http: { ...SETTINGS.http, apiRequestsPerMinute: 100_000 } } })
  const address = (url: string): string =>
    server.url +
    url
      .replace(':slug', CHANNEL)
      .replace(/:[a-zA-Z]+/g, 'x')
      .replace('*', 'x')
  const refused = (status: number): boolean => status === 401 || status === 403
  assert.ok(server.http.routes.length > 40)
  /** What was made for an asker, until a request may have ended it. */
  let { adminToken } = server
  const known = new Map<Asker, Record<string, string>>()
  for (const { method, url, access, socket } of server.http.routes) {
    await t.test(`${method} ${url} is for ${access}`, async () => {
      for (const asker of ASKERS) {
        const own = known.get(asker) ?? (await askerHeaders(server, asker, adminToken))
        known.set(asker, own)
        const headers = { ...ELSEWHERE, origin: server.url, ...own }
        const ask = async (): Promise<number> => {
          const answer = await fetch(address(url), { method, headers, redirect: 'manual' })
          // The old one is worth nothing from then on.
          if (url === '/api/v1/admin-token' && answer.ok) adminToken = String((await bodyOf(answer)).token)
          return answer.status
        }
        const status = socket ? await upgradeStatus(address(url), headers) : await ask()
        // Routes that begin or renew sessions answer for themselves when they were let in.
        const ofSessions = access === 'public' && /^\/api\/v1\/(session|sign-up)/.test(url)
        assert.equal(refused(status) && !ofSessions, !mayUse(asker, access), `${asker.name} got ${status}`)
        const done = method !== 'GET' && method !== 'HEAD' && status < 400
        if (done) known.delete(asker)
        // What others stand on is gone.
        if (done && /\/(admin-token|channels\/:slug)$/.test(url)) known.clear()
      }
    })
  }
})
