import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { BroadcastHistory } from '../accounts/channels/broadcast-history.ts'
import type { ChannelPictures } from '../accounts/channels/channel-pictures.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import type { StreamKeys } from '../accounts/channels/stream-keys.ts'
import type { Follows } from '../accounts/following/follows.ts'
import type { WatchHistory } from '../accounts/following/watch-history.ts'
import type { AdminAccess } from '../accounts/sign-in/admin-access.ts'
import type { Sessions } from '../accounts/sign-in/sessions.ts'
import { NotFoundError, RefusedError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { MetricSource } from '../base/metric.ts'
import type { Moderation } from '../chat/moderation.ts'
import type { ChatRooms } from '../chat/rooms.ts'
import { Viewers } from '../chat/viewers.ts'
import { EDGE_ROUTES } from '../deliver/edge/edge.ts'
import { enforce, isWrite, type RouteRule, ruleOf } from './access.ts'
import { acmeRoutes } from './acme-routes.ts'
import { addressOf } from './address.ts'
import { AllowedMethods, CATCH_ALL } from './allowed-methods.ts'
import { AnswerCounts } from './answer-counts.ts'
import type { App } from './app.ts'
import { appRoutes } from './app-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { bodyLimit } from './body-limit.ts'
import { broadcastRoutes } from './broadcast-routes.ts'
import { channelKeys } from './channel-keys.ts'
import { channelRoutes } from './channel-routes.ts'
import { channelView } from './channel-view.ts'
import { chatRoutes } from './chat-routes.ts'
import { contentSecurityPolicy, HELMET_OPTIONS } from './content-security-policy.ts'
import { answerCors } from './cors.ts'
import { followingRoutes } from './following-routes.ts'
import { type Health, healthRoutes } from './health-routes.ts'
import { Identities } from './identity.ts'
import { type Insight, insightRoutes } from './insight-routes.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { keyRoutes } from './key-routes.ts'
import type { LiveStates } from './live-states.ts'
import { memberRoutes } from './member-routes.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { oembedRoutes } from './oembed-routes.ts'
import { documentHead } from './openapi/document.ts'
import { namedComponents, transform } from './openapi/transform.ts'
import { openApiRoutes } from './openapi-routes.ts'
import { Origins } from './origin.ts'
import type { PageFiles } from './page-files.ts'
import { pageRoutes } from './page-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { pictureRoutes } from './picture-routes.ts'
import { errorHandler, MethodNotAllowedError, problemOf, sendProblem } from './problem.ts'
import { type Reloads, reloadRoutes } from './reload-routes.ts'
import { type Reports, reportRoutes } from './report-routes.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { SecureHeaders } from './secure-headers.ts'
import { SessionCookies } from './session-cookies.ts'
import { sessionRoutes } from './session-routes.ts'
import type { HttpSettings } from './settings.ts'
import { signUpRoutes } from './sign-up-routes.ts'
import { Signing } from './signing.ts'
import { siteRoutes } from './site-routes.ts'
import { StateRooms } from './state-rooms.ts'
import { stateSocket } from './state-socket.ts'
import { trustedProxies } from './trusted-proxies.ts'
import { WriteLimit } from './write-limit.ts'
import { youRoutes } from './you-routes.ts'

export type HttpServices = {
  readonly settings: HttpSettings
  readonly channels: Channels
  readonly keys: StreamKeys
  readonly pictures: ChannelPictures
  readonly history: BroadcastHistory
  readonly admin: AdminAccess
  readonly accounts: Accounts
  readonly follows: Follows
  readonly watched: WatchHistory
  readonly sessions: Sessions
  readonly audit: Audit
  readonly chat: ChatRooms
  readonly moderation: Moderation
  readonly live: LiveStates
  readonly pages: PageFiles
  readonly health: Health
  readonly insight: Insight
  readonly reports: Reports
  readonly reloads: Reloads
  readonly metrics: readonly MetricSource[]
  readonly log: Log
  /** Answers to challenges of an ACME authority (HTTP-01), by their token. */
  readonly acmeAnswer?: (token: string) => string | undefined
  /** How often a page's socket must show that it lives; tests make it small. */
  readonly pingMs?: number
  /** More routes, for tests; each declares its access too. */
  readonly extend?: (app: App) => void
}

/** Everything that HTTP answers but media. It listens nowhere: servers hand it requests, the CLI may ask without one. */
export type Http = {
  handler(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Whatever comes through this connection may administrate: for the server on `run.sock`. */
  trust(socket: Duplex): void
  /** A request of this very process, as admin. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse>
  /** Every route and who may use it. */
  readonly routes: readonly RouteRule[]
  /** WebSocket connections open now. */
  sockets(): number
  /** Players that play now, by channel. */
  readonly viewers: Viewers
  /** What is told of a channel changed without a request of ours: its pages learn it. */
  channelChanged(slug: string): void
  channelsChanged(): void
  /** Says goodbye to WebSockets, waits for requests under way. */
  close(): Promise<void>
}

/** The longest that `limits.http.bodyBytes` may be. */
const LONGEST_BODY = 2 ** 28

/** @throws Error for a route without a rule */
export async function buildHttp(services: HttpServices): Promise<Http> {
  const { settings, channels, admin, accounts, sessions, audit, chat, live, log } = services
  const app = makeFastify(settings)
  const publicUrl = () => settings.publicUrl
  const metricsToken = () => settings.metricsToken
  const secure = new SecureHeaders(settings)
  const origins = new Origins(settings)
  const identities = new Identities(admin, sessions, accounts)
  const viewers = new Viewers({
    limits: chat.limits,
    onArrival: (slug, player) => services.history.arrived(slug, player),
    onChange: (slug, count) => rooms.tellAll(slug, { type: 'viewers', count }),
    monotonicMs: () => performance.now(),
  })
  const audience = {
    viewers: (slug: string) => viewers.count(slug),
    chat: (slug: string) => chat.settings(slug).enabled,
  }
  const rooms: StateRooms = new StateRooms({
    settings,
    live,
    audience,
    load: (slug) => channels.get(slug),
    pingMs: services.pingMs ?? 25_000,
    log,
  })
  const answers = new AnswerCounts()
  // The edge stands in front, and declares its routes itself.
  const routes: RouteRule[] = EDGE_ROUTES.map((route) => ({ ...route, socket: false, page: false }))

  const allowed = new AllowedMethods(routes)

  // Before the plugins: they inherit it.
  app.setErrorHandler(errorHandler(log))
  app.addHook('onRoute', (route) => {
    routes.push(...ruleOf(route))
    if (isWrite(route.method))
      route.config = { rateLimit: perMinute(() => settings.http.apiRequestsPerMinute), ...route.config }
  })
  app.addHook('onResponse', async (_, reply) => answers.add(reply.statusCode, reply.elapsedTime))
  await app.register(swagger, {
    openapi: documentHead(services.health.version),
    transform,
    transformObject: namedComponents,
  })
  await app.register(cookie)
  await app.register(helmet, HELMET_OPTIONS)
  await app.register(websocket, {
    options: { perMessageDeflate: false, maxFragments: 16 },
    errorHandler: (_, socket) => socket.terminate(),
    preClose: (done) => void rooms.close().then(() => done()),
  })
  // ws looks at it for each new connection.
  Object.defineProperty(app.websocketServer.options, 'maxPayload', { get: () => settings.websocket.messageBytes })
  const { members } = accounts
  const access = {
    ...{ origins, metricsToken, isKeyOf: channelKeys(channels) },
    roleIn: (slug: string, personId: string) => members.roleIn(slug, personId),
  }
  accounts.devices.onChanged((personId, deviceIds) => rooms.askAnew(personId, deviceIds))
  members.onChanged((personId) => rooms.askAnew(personId))
  services.follows.onChanged((personId, channelId, now) => chat.followed(channelId, personId, now))
  const writes = new WriteLimit(() => settings.http.apiRequestsPerMinute)
  // Who asks, and whether they may, comes before everything that reads a body or counts a request.
  app.decorateRequest('identity')
  app.addHook('onRequest', async (request, reply) => {
    request.identity = await identities.of(request)
    reply.header('content-security-policy', contentSecurityPolicy())
    secure.add(request, reply)
    if (answerCors(request, reply, origins)) return reply
    await enforce(request, access)
    if (isWrite(request.method)) writes.take(request.identity)
    if (!request.is404 && request.routeOptions.url !== CATCH_ALL) return
    const methods = allowed.at(request.url)
    if (methods.length === 0 || methods.includes(request.method)) return
    if (request.method !== 'OPTIONS') throw new MethodNotAllowedError(methods)
    return reply.header('allow', methods.join(', ')).code(204).send()
  })
  app.addHook(
    'preParsing',
    bodyLimit(() => settings.http.bodyBytes),
  )
  await app.register(rateLimit, {
    global: false,
    keyGenerator: addressOf,
    allowList: (request) => request.identity.via === 'local',
    errorResponseBuilder: () => new RefusedError('LIMIT', 'too many attempts from this address, wait a minute'),
  })

  const site = () => {
    const { rtmp = null, rtmps = null } = services.health.ports()
    // Encoders check certificates, and have no way to make an exception.
    return {
      ...{ name: settings.name, rtmpPort: rtmp, rtmpsPort: settings.trustedCertificate ? rtmps : null },
      ...{ signUp: accounts.settings.signUp, mail: accounts.credentials.hasMail },
    }
  }
  await app.register(siteRoutes, { site })
  const cookies = new SessionCookies((request) => secure.isSecure(request))
  const signing = new Signing({ accounts, sessions, cookies, audit })
  await app.register(sessionRoutes, { accounts, admin, sessions, origins, signing, cookies, audit })
  await app.register(signUpRoutes, { accounts, origins, signing, audit })
  await app.register(invitationRoutes, { accounts, publicUrl, audit })
  await app.register(youRoutes, { accounts, cookies, audit })
  await app.register(peopleRoutes, { accounts, audit })
  await app.register(memberRoutes, { members, live, audience, audit })
  await app.register(followingRoutes, { follows: services.follows, watched: services.watched, live, audience })
  await app.register(channelRoutes, {
    channels,
    members,
    live,
    audience,
    audit,
    onChanged: (slug) => rooms.changed(slug),
    onRemoved: async (channel) => {
      const { id, slug } = channel
      live.forget({ id, slug })
      rooms.removed(slug)
      viewers.forget(slug)
      chat.forget(id)
      services.reports.forget(slug)
      await services.pictures.forget(channel)
    },
  })
  await app.register(pictureRoutes, {
    pictures: services.pictures,
    view: (channel) => channelView(channel, live, audience),
    onChanged: (slug) => rooms.changed(slug),
    audit,
  })
  await app.register(scheduleRoutes, { channels, publicUrl })
  await app.register(broadcastRoutes, { channels, history: services.history, audit })
  await app.register(keyRoutes, { keys: services.keys, live, audit })
  await app.register(auditRoutes, { audit })
  await app.register(insightRoutes, { channels, insight: services.insight })
  await app.register(openApiRoutes, { routes })
  await app.register(reportRoutes, { reports: services.reports, live })
  await app.register(chatRoutes, { channels, moderation: services.moderation, audit })
  await app.register(stateSocket, {
    ...{ channels, members, rooms, chat, viewers, live, watched: services.watched, follows: services.follows, log },
  })
  await app.register(healthRoutes, { health: services.health, metricsToken })
  await app.register(acmeRoutes, { answer: services.acmeAnswer ?? (() => undefined) })
  await app.register(metricsRoutes, {
    sources: [...services.metrics, () => [...answers.metrics(), ...rooms.metrics()]],
  })
  await app.register(reloadRoutes, { reloads: services.reloads })
  const worker = () => settings.serviceWorker
  const embedOrigins = () => settings.embedOrigins
  await app.register(appRoutes, { site, publicUrl, worker, pages: services.pages })
  await app.register(oembedRoutes, { channels, site, publicUrl })
  await app.register(pageRoutes, { pages: services.pages, channels, live, audience, site, publicUrl, embedOrigins })
  services.extend?.(app)
  app.setNotFoundHandler(() => {
    throw new NotFoundError('there is nothing at this address')
  })

  await app.ready()

  return {
    handler: (request, response) => app.routing(request, response),
    upgrade: (request, socket, head) => void app.server.emit('upgrade', request, socket, head),
    trust: (socket) => identities.trust(socket),
    inject: (request) => app.inject(withToken(request, identities.localToken)),
    routes,
    sockets: () => rooms.connections,
    viewers,
    channelChanged: (slug) => rooms.changed(slug),
    channelsChanged: () => rooms.allChanged(),
    close: async () => {
      viewers.stop()
      await app.close()
    },
  }
}

function makeFastify(settings: HttpSettings): App {
  const app: FastifyInstance = Fastify({
    logger: false,
    // The most that `limits.http.bodyBytes` can be; what it is now is looked at for each body.
    bodyLimit: LONGEST_BODY,
    trustProxy: trustedProxies(() => settings.trustedProxies),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    frameworkErrors: (error, _, reply) => sendProblem(reply, problemOf(error)),
  })
  // Only JSON: a form of another site can send plain text without being asked.
  app.removeContentTypeParser('text/plain')
  // Many clients name the type of what they send even where they send nothing.
  const read = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.method === 'DELETE') done(null, undefined)
    else read(request, String(body), done)
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  return app.withTypeProvider<ZodTypeProvider>()
}

function withToken(request: InjectOptions, token: string): InjectOptions {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
}

function perMinute(max: () => number): { max: () => number; timeWindow: number } {
  return { max, timeWindow: 60_000 }
}
