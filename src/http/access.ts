import type { FastifyRequest, RouteOptions } from 'fastify'
import { includes } from '../accounts/channels/members.ts'
import { atLeast } from '../accounts/roles.ts'
import { sameToken } from '../accounts/sign-in/admin-access.ts'
import { MalformedError, NotFoundError, RefusedError } from '../base/errors.ts'
import type { ChannelRole } from '../contract/people.ts'
import type { Access, ChannelRule } from './access-rule.ts'
import { bearerOf } from './identity.ts'
import { isFromLoopback } from './loopback.ts'
import type { Origins } from './origin.ts'
import { scopeOf } from './scopes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route has it; start-up fails otherwise. */
    access?: Access
    /** The route is a WebSocket's. */
    socket?: boolean
    /** It shows a page, for people: no part of the API. */
    page?: boolean
  }
}

export type RouteRule = {
  readonly method: string
  readonly url: string
  readonly access: Access
  readonly socket: boolean
  readonly page: boolean
}

/** Fastify's `onRoute`: fails start-up for a route that doesn't say who may use it, and keeps the table. */
export function ruleOf(route: RouteOptions): RouteRule[] {
  const access = route.config?.access
  const methods = Array.isArray(route.method) ? route.method : [route.method]
  if (access === undefined)
    throw new Error(`the route ${methods.join(', ')} ${route.url} doesn't declare who may use it`)
  const { socket = false, page = false } = route.config ?? {}
  return methods.map((method) => ({ method, url: route.url, access, socket, page }))
}

export type AccessPorts = {
  readonly origins: Origins
  /** `observability.metrics.token` */
  readonly metricsToken: () => string | undefined
  /** What a person is in the channel of this name. */
  readonly roleIn: (slug: string, personId: string) => Promise<ChannelRole | undefined>
  /** Whether this stream key opens the channel of this name. @throws RefusedError LIMIT after too many attempts */
  readonly isKeyOf: (request: FastifyRequest, slug: string, key: string) => Promise<boolean>
}

/** Whether a request changes something (RFC 9110 section 9.2.1). */
export function isWrite(method: string | readonly string[]): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** Refuses what the route's rule or the page's origin forbids. */
export async function enforce(request: FastifyRequest, ports: AccessPorts): Promise<void> {
  const { origins, metricsToken } = ports
  // RFC 9112 section 3.2: "A server MUST respond with a 400 […] to any request message that contains more than one Host".
  if ((request.raw.headersDistinct?.host?.length ?? 1) > 1) throw new MalformedError('there is more than one Host')
  const { config } = request.routeOptions
  if (request.ws && config.socket !== true) throw new NotFoundError('there is no WebSocket here')
  if (request.ws && !origins.permits(request)) throw foreign()
  if (isWrite(request.method) && request.identity.via === 'cookie' && !origins.permitsByCookie(request)) throw foreign()
  // The handler of unknown addresses has no rule, and answers 404 to everybody.
  if (request.is404 || config.access === undefined) return
  mustBeInScope(request, config.access)
  if (config.access === 'loopback-or-token') {
    if (!isPrivileged(request, metricsToken())) throw denied(request)
  } else if (config.access === 'admin-or-channel-key') {
    if (!(await hasRole(request, 'streamer', ports)) && !(await hasChannelKey(request, ports))) throw denied(request)
  } else if (isChannelRule(config.access)) {
    if (!(await hasRole(request, roleOfRule(config.access), ports))) throw denied(request)
  } else if (config.access === 'signed-in') {
    if (request.identity.person === undefined) throw denied(request)
  } else if (!atLeast(request.identity.role, config.access)) {
    throw denied(request)
  }
}

/** May see what is the operator's business: versions, ports, figures. */
export function isPrivileged(request: FastifyRequest, metricsToken: string | undefined): boolean {
  const { role, scopes } = request.identity
  if ((role === 'admin' && (scopes?.includes('admin') ?? true)) || isFromLoopback(request)) return true
  const token = bearerOf(request)
  return metricsToken !== undefined && token !== undefined && sameToken(token, metricsToken)
}

/** What a person may, an API token of theirs may only as far as it was made for it. */
function mustBeInScope(request: FastifyRequest, access: Access): void {
  const { scopes } = request.identity
  if (scopes === undefined || access === 'loopback-or-token') return
  const wanted = scopeOf(request.method, request.routeOptions.url ?? '', access)
  if (wanted === 'open' || (wanted !== undefined && scopes.includes(wanted))) return
  throw new RefusedError(
    'FORBIDDEN',
    wanted === undefined ? 'an API token is not enough for this: sign in' : `this API token lacks the scope ${wanted}`,
  )
}

async function hasRole(request: FastifyRequest, wanted: ChannelRole, { roleIn }: AccessPorts): Promise<boolean> {
  const { role, person } = request.identity
  if (role === 'admin') return true
  const { slug } = request.params as { readonly slug?: string }
  if (person === undefined || slug === undefined) return false
  return includes(await roleIn(slug, person.id), wanted)
}

export function isChannelRule(access: Access): access is ChannelRule {
  return access.startsWith('channel-')
}

function roleOfRule(rule: ChannelRule): ChannelRole {
  return rule.slice('channel-'.length) as ChannelRole
}

async function hasChannelKey(request: FastifyRequest, { isKeyOf }: AccessPorts): Promise<boolean> {
  const key = bearerOf(request)
  const { slug } = request.params as { readonly slug?: string }
  if (key === undefined || slug === undefined || !key.startsWith('sk_')) return false
  return isKeyOf(request, slug, key)
}

function denied(request: FastifyRequest): RefusedError {
  const { role, expired } = request.identity
  if (expired) return new RefusedError('SESSION_EXPIRED', 'the access token is over, refresh it or sign in again')
  if (role !== 'public' && request.routeOptions.config.access === 'signed-in') {
    return new RefusedError('FORBIDDEN', 'this is for people: sign in with an account, not with the admin token')
  }
  if (role !== 'public') return new RefusedError('FORBIDDEN', 'your role does not allow this')
  const wrong = bearerOf(request) !== undefined
  return new RefusedError('UNAUTHORIZED', wrong ? 'this token is not known here' : 'sign in, or send a bearer token')
}

function foreign(): RefusedError {
  return new RefusedError(
    'FORBIDDEN',
    'this request comes from a page of another site: behind a proxy set server.publicUrl, for a site of yours server.allowedOrigins',
  )
}
