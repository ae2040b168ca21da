import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Broadcast } from '../../src/contract/broadcast.ts'
import type { Channel } from '../../src/contract/channel.ts'
import type {
  ApiToken,
  ChannelMember,
  Device,
  Invitation,
  LinkLook,
  Person,
  PersonRole,
  Session,
  YourChannel,
} from '../../src/contract/people.ts'
import type { StreamKey } from '../../src/contract/stream-key.ts'

type Account = Person & { password: string }
export type FakeAnswer = { readonly status: number; readonly body?: unknown; readonly type?: string }

const at = '2026-11-01T10:00:00.000Z'
const ok = (body: unknown, status = 200): FakeAnswer => ({ status, body })
const nothing: FakeAnswer = { status: 204 }
export const refusal = (status: number, type = 'about:blank', detail = ''): FakeAnswer => ({
  status,
  body: { type, title: 'Refused', status, ...(detail === '' ? {} : { detail }) },
  type: 'application/problem+json',
})

/** Accounts as the contract has them, in memory and with nothing to wait for. Its cookies are readable words. */
export class FakePeople {
  readonly accounts = new Map<string, Account>()
  readonly links = new Map<string, LinkLook>()
  readonly invitations: Invitation[] = []
  readonly tokens: ApiToken[] = []
  readonly devices: Device[] = []
  /** Who belongs to a channel. */
  readonly channels = new Map<string, ChannelMember[]>()
  /** Access cookies are refused until they are renewed. */
  expired = false
  /** The refresh cookie is refused too. */
  ended = false
  /** How often a session was renewed. */
  renewals = 0
  /** How long a session lasts until it is to be renewed, ms. */
  lifeMs = 600_000
  /** Of every channel. */
  readonly keys: StreamKey[] = []
  /** Of every channel, newest first. */
  readonly broadcasts: Broadcast[] = []
  #next = 1
  /** As the server has it. */
  readonly channelOf: (slug: string) => Channel

  constructor(channelOf: (slug: string) => Channel) {
    this.channelOf = channelOf
  }

  add(name: string, role: PersonRole = 'viewer', more: Partial<Account> = {}): Account {
    const id = `p${this.#next++}`
    const email = `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.org`
    const account: Account = {
      ...{ id, name, email, role, emailVerified: true, disabled: false, createdAt: at, lastSeenAt: at },
      ...{ password: 'correct horse battery' },
      ...more,
    }
    this.accounts.set(id, account)
    return account
  }

  /** The cookie of somebody who signed in. */
  cookieOf({ id }: Account): { name: string; value: string } {
    return { name: 'person', value: id }
  }

  of(request: IncomingMessage): Account | null {
    const id = /(?:^|; )person=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
    const account = this.accounts.get(id ?? '')
    return account === undefined || account.disabled ? null : account
  }

  session(account: Account | null, admin = false): Session {
    const role = account?.role ?? (admin ? 'admin' : 'public')
    const person = account === null ? null : seen(account)
    const expiresAt = account === null ? null : new Date(Date.now() + this.lifeMs).toISOString()
    return { role, person, expiresAt, renewable: false }
  }

  /** @returns undefined: it is none of its business */
  api(
    asked: string,
    request: IncomingMessage,
    response: ServerResponse,
    body: Body,
    admin: boolean,
  ): FakeAnswer | undefined {
    const me = this.of(request)
    const [method = '', path = ''] = asked.split(' ')
    const signIn = (account: Account, status: number) => {
      response.setHeader('set-cookie', `person=${account.id}; HttpOnly; SameSite=Strict; Path=/`)
      this.expired = false
      this.ended = false
      return ok(this.session(account), status)
    }
    if (asked === 'GET /session') {
      if (me !== null && this.expired) return ok({ ...this.session(null), renewable: !this.ended })
      return ok(this.session(me, admin))
    }
    if (asked === 'POST /session' && body.email !== undefined) {
      const found = [...this.accounts.values()].find(({ email }) => email === body.email?.toLowerCase())
      return found?.password === body.password && found !== undefined ? signIn(found, 200) : refusal(401)
    }
    if (asked === 'POST /session/refresh') {
      this.renewals += 1
      if (me === null || this.ended) return refusal(401)
      this.expired = false
      return ok(this.session(me))
    }
    if (asked === 'DELETE /session') {
      response.setHeader('set-cookie', ['person=; Max-Age=0; Path=/', 'admin=; Max-Age=0; Path=/'])
      return nothing
    }
    if (asked === 'POST /one-time-links/look') {
      const link = this.links.get(body.token ?? '')
      return link === undefined ? refusal(404) : ok(link)
    }
    if (asked === 'POST /sign-up') {
      const link = this.links.get(body.invitation ?? '')
      if (body.invitation === undefined) return ok({ mailed: true }, 202)
      if (link === undefined) return refusal(404)
      this.links.delete(body.invitation)
      const role = link.purpose === 'first-admin' ? 'admin' : (link.role ?? 'viewer')
      return signIn(this.add(body.name ?? '', role, { email: body.email ?? '', password: body.password ?? '' }), 201)
    }
    if (asked === 'POST /password-reset/confirm') return this.links.delete(body.token ?? '') ? nothing : refusal(404)
    if (asked === 'POST /email-verification') {
      return this.links.delete(body.token ?? '') ? ok(this.session(me)) : refusal(404)
    }
    if (asked === 'POST /invitations/accept') {
      const link = this.links.get(body.token ?? '')
      if (me === null || !this.links.delete(body.token ?? '')) return refusal(me === null ? 401 : 404)
      return ok({ channel: link?.channel?.slug ?? null })
    }
    if (asked === 'POST /password-reset') return ok({ mailed: true }, 202)
    if (path === '/you' || path.startsWith('/you/')) {
      if (me === null) return refusal(401)
      if (this.expired) return refusal(401, '/api/docs#problem-session-expired')
      return this.#you(me, method, path.slice('/you'.length), body)
    }
    if (path === '/devices' && (admin || me?.role === 'admin')) {
      const [person] = [...this.accounts.values()].slice(-1)
      return ok({ items: this.devices.map((one) => ({ ...one, person })), nextCursor: null })
    }
    if (path.startsWith('/people') || path.startsWith('/invitations')) {
      if (!admin && me?.role !== 'admin') return refusal(me === null ? 401 : 403)
      return this.#people(method, path, new URL(request.url ?? '', 'http://fake').searchParams, body)
    }
    const [, slug = '', part = '', id = '', act = ''] =
      /^\/channels\/([^/]+)\/(keys|members|broadcasts)(?:\/(\w+))?(?:\/(rotate))?$/.exec(path) ?? []
    if (part === '') return undefined
    const role = this.channels.get(slug)?.find(({ person }) => person.id === me?.id)?.role
    const may = admin || me?.role === 'admin' || role === 'owner' || (method === 'GET' && role === 'streamer')
    if (!may) return refusal(me === null ? 401 : 403)
    if (part === 'broadcasts') {
      if (method === 'DELETE') drop(this.broadcasts, id)
      return method === 'DELETE' ? nothing : ok({ items: this.broadcasts, nextCursor: null })
    }
    return part === 'keys' ? this.#keys(method, id, act, body) : this.#members(method, slug, id, body)
  }

  #keys(method: string, id: string, act: string, { label = '' }: Body): FakeAnswer {
    if (method === 'GET') return ok({ items: this.keys, nextCursor: null })
    const index = this.keys.findIndex((one) => one.id === id)
    const known = this.keys[index]
    const fresh = (name: string): StreamKey => ({
      ...{ id: `k${this.#next++}`, label: name, createdAt: at, lastUsedAt: null, onAir: false },
    })
    if (method === 'POST' && act === '') {
      this.keys.push(fresh(label))
      return ok({ streamKey: this.keys.at(-1), key: 'sk_made_0123456789abcdef' }, 201)
    }
    if (known === undefined) return refusal(404)
    if (act === 'rotate') {
      this.keys[index] = fresh(known.label)
      return ok({ streamKey: this.keys[index], key: 'sk_rotated_0123456789abcdef' })
    }
    if (method === 'PATCH') {
      this.keys[index] = { ...known, label }
      return ok(this.keys[index])
    }
    this.keys.splice(index, 1)
    return nothing
  }

  #members(method: string, slug: string, id: string, body: Body): FakeAnswer {
    const members = this.channels.get(slug) ?? []
    if (method === 'GET') return ok({ items: members })
    const account = this.accounts.get(id)
    if (account === undefined) return refusal(404)
    const others = members.filter(({ person }) => person.id !== account.id)
    const left = method === 'DELETE' || body.role !== 'owner'
    if (left && members.length > others.length && !others.some(({ role }) => role === 'owner')) return refusal(409)
    if (method === 'DELETE') {
      this.channels.set(slug, others)
      return nothing
    }
    const role = body.role as ChannelMember['role']
    const member: ChannelMember = { person: { id: account.id, name: account.name }, role, since: at }
    this.channels.set(slug, [...others, member])
    return nothing
  }

  #you(me: Account, method: string, path: string, body: Body): FakeAnswer {
    const asked = `${method} ${path}`
    const rightPassword = (given: string | undefined) => given === me.password
    if (asked === 'PATCH ') {
      me.name = body.name ?? me.name
      return ok(seen(me))
    }
    if (asked === 'DELETE ') {
      if (!rightPassword(body.password)) return refusal(403)
      this.accounts.delete(me.id)
      return nothing
    }
    if (asked === 'PUT /password') {
      if (!rightPassword(body.current)) return refusal(403)
      me.password = body.password ?? ''
      return nothing
    }
    if (asked === 'PUT /email') {
      if (!rightPassword(body.password)) return refusal(403)
      Object.assign(me, { email: body.email, emailVerified: false })
      return ok(seen(me))
    }
    if (asked === 'POST /email-verification') return ok({ mailed: true }, 202)
    if (asked === 'GET /devices') return ok({ items: this.devices })
    if (asked === 'GET /tokens') return ok({ items: this.tokens })
    if (asked === 'POST /tokens') {
      const { label = '', scopes = [] } = body
      const expiresAt = null
      const apiToken: ApiToken = { id: `t${this.#next++}`, label, scopes, createdAt: at, expiresAt, lastUsedAt: null }
      this.tokens.push(apiToken)
      return ok({ apiToken, token: 'st_made_0123456789abcdef' }, 201)
    }
    if (asked === 'GET /channels') return ok({ items: this.#channelsOf(me) })
    const [, kind, id] = /^\/(devices|tokens)\/(\w+)$/.exec(path) ?? []
    if (method !== 'DELETE' || id === undefined) return refusal(404)
    drop(kind === 'devices' ? this.devices : this.tokens, id)
    return nothing
  }

  #channelsOf(me: Account): YourChannel[] {
    return [...this.channels].flatMap(([slug, members]) =>
      members
        .filter(({ person }) => person.id === me.id)
        .flatMap(({ role }) => ({ channel: this.channelOf(slug), role })),
    )
  }

  #people(method: string, path: string, query: URLSearchParams, body: Body): FakeAnswer {
    const asked = `${method} ${path}`
    if (asked === 'GET /people') {
      const wanted = (query.get('query') ?? '').toLowerCase()
      const role = query.get('role')
      const items = [...this.accounts.values()]
        .filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted))
        .filter((one) => role === null || one.role === role)
        .map(asAdminsSee)
      return ok({ items, nextCursor: null })
    }
    if (asked === 'GET /invitations') return ok({ items: this.invitations })
    if (asked === 'POST /invitations') {
      const { email = null, role = 'viewer' } = body
      const invitation: Invitation = {
        ...{ id: `i${this.#next++}`, email, role: role as PersonRole, channel: null, from: 'Ines Marlow' },
        ...{ createdAt: at, expiresAt: '2026-12-04T10:00:00.000Z' },
      }
      this.invitations.push(invitation)
      return ok({ invitation, link: '/invitation#t=abcdefghijklmnopqrstuv', mailed: email !== null }, 201)
    }
    const [, , id = '', rest = ''] = /^\/(people|invitations)\/(\w+)(\/.*)?$/.exec(path) ?? []
    if (path.startsWith('/invitations')) {
      drop(this.invitations, id)
      return nothing
    }
    const person = this.accounts.get(id)
    if (person === undefined) return refusal(404)
    if (rest === '/devices') return ok({ items: this.devices.map((one) => ({ ...one, current: false })) })
    if (rest.startsWith('/devices/')) {
      drop(this.devices, rest.slice('/devices/'.length))
      return nothing
    }
    if (method === 'GET') return ok(asAdminsSee(person))
    if (method === 'DELETE') {
      this.accounts.delete(id)
      return nothing
    }
    const admins = [...this.accounts.values()].filter((one) => one.role === 'admin' && !one.disabled)
    const last = admins.length === 1 && admins[0] === person
    if (last && (body.disabled === true || (body.role ?? 'admin') !== 'admin')) {
      return refusal(409, '/api/docs#problem-conflict', 'this is the last admin')
    }
    Object.assign(person, body)
    return ok(asAdminsSee(person))
  }
}

type Body = {
  readonly email?: string
  readonly name?: string
  readonly password?: string
  readonly current?: string
  readonly token?: string
  readonly invitation?: string
  readonly label?: string
  readonly scopes?: ApiToken['scopes']
  readonly days?: number | null
  readonly role?: string
  readonly disabled?: boolean
}

function seen({ id, name, email, emailVerified, role }: Account) {
  return { id, name, email, emailVerified, role }
}

function asAdminsSee({ password: _, ...person }: Account): Person {
  return person
}

function drop(items: { readonly id: string }[], id: string): void {
  const index = items.findIndex((one) => one.id === id)
  if (index >= 0) items.splice(index, 1)
}
