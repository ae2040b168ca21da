import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Accounts, type AuthSettings } from '../../src/accounts/accounts.ts'
import { Audit } from '../../src/accounts/audit.ts'
import { BroadcastHistory } from '../../src/accounts/channels/broadcast-history.ts'
import { ChannelPictures } from '../../src/accounts/channels/channel-pictures.ts'
import { Channels } from '../../src/accounts/channels/channels.ts'
import { KeyUses } from '../../src/accounts/channels/key-uses.ts'
import type { Members } from '../../src/accounts/channels/members.ts'
import { PictureFolder } from '../../src/accounts/channels/picture-files.ts'
import { StreamKeys } from '../../src/accounts/channels/stream-keys.ts'
import { Follows } from '../../src/accounts/following/follows.ts'
import { WatchHistory } from '../../src/accounts/following/watch-history.ts'
import { type Mailer, noMail } from '../../src/accounts/people/mail.ts'
import type { PersonRecord } from '../../src/accounts/people/person-store.ts'
import { AdminAccess, makeAdminToken, tokenHash } from '../../src/accounts/sign-in/admin-access.ts'
import type { Grant } from '../../src/accounts/sign-in/devices.ts'
import type { Argon2Cost } from '../../src/accounts/sign-in/password-hash.ts'
import { Sessions } from '../../src/accounts/sign-in/sessions.ts'
import { ladderReport } from '../../src/app/ladder-report.ts'
import { silentLog } from '../../src/base/log.ts'
import { Moderation } from '../../src/chat/moderation.ts'
import { ChatRooms, type ChatRoomsOptions } from '../../src/chat/rooms.ts'
import type { ChatLimits, ChatSettings } from '../../src/chat/settings.ts'
import { writtenRecords } from '../../src/chat/written-records.ts'
import type { Status } from '../../src/contract/insight.ts'
import type { PersonRole } from '../../src/contract/people.ts'
import { buildHttp, type Http, type HttpServices } from '../../src/http/build-http.ts'
import { type Edge, makeHttpServer } from '../../src/http/http-server.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from '../../src/http/identity.ts'
import type { LiveFacts, LiveStates } from '../../src/http/live-states.ts'
import { PageFiles } from '../../src/http/page-files.ts'
import type { HttpSettings } from '../../src/http/settings.ts'
import { textFrames } from '../../src/http/text-frames.ts'
import { OFFLINE } from '../../src/insight/ingest/ingest-monitor.ts'
import { Store } from '../../src/store/store.ts'
import { NO_LADDER } from '../../src/transcode/status.ts'

export const METRICS_TOKEN = 'metrics-token-of-this-test'

export const SETTINGS: HttpSettings = {
  name: 'Linden Valley',
  trustedProxies: [],
  allowedOrigins: ['https://friends.example'],
  embedOrigins: ['https://embedder.example'],
  hstsDays: 180,
  trustedCertificate: false,
  serviceWorker: true,
  metricsToken: METRICS_TOKEN,
  http: {
    connections: 200,
    connectionsPerAddress: 100,
    headerBytes: 16_384,
    headerSeconds: 10,
    bodyBytes: 65_536,
    apiRequestsPerMinute: 600,
  },
  websocket: { connections: 100, connectionsPerAddress: 100, messageBytes: 4096, bufferedBytes: 262_144 },
}

/** Broadcasts as a test wants them. */
export class FakeLive implements LiveStates {
  packaged(): boolean {
    return true
  }
  rewindSeconds(): number {
    return 1800
  }
  readonly facts = new Map<string, LiveFacts>()
  readonly ended: string[] = []
  /** The key by which each channel's broadcast came. */
  readonly keys = new Map<string, string>()
  readonly listeners = new Map<string, Set<() => void>>()

  get(slug: string): LiveFacts | undefined {
    return this.facts.get(slug)
  }
  broadcastId(slug: string): string | undefined {
    return this.facts.has(slug) ? `broadcast-of-${slug}` : undefined
  }
  subscribe(slug: string, listener: () => void): () => void {
    const listeners = this.listeners.get(slug) ?? new Set()
    this.listeners.set(slug, listeners.add(listener))
    return () => listeners.delete(listener)
  }
  forget(): void {}
  keyInUse(slug: string): string | undefined {
    return this.keys.get(slug)
  }
  revoke(slug: string, keyIds: readonly string[]): boolean {
    return keyIds.includes(this.keys.get(slug) ?? '') && this.end(slug)
  }
  end(slug: string): boolean {
    if (this.facts.has(slug)) this.ended.push(slug)
    this.keys.delete(slug)
    return this.facts.delete(slug)
  }
  set(slug: string, facts: LiveFacts): void {
    this.facts.set(slug, facts)
    for (const listener of this.listeners.get(slug) ?? []) listener()
  }
}

export const LIVE: LiveFacts = {
  state: 'live',
  startedAtMs: 1_700_000_000_000,
  endedAtMs: undefined,
  graceEndsAtMs: undefined,
  presentation: 'p1',
  video: { width: 1280, height: 720 },
}

export const STATUS: Status = {
  ...{ version: '1.2.3', startedAt: '2026-01-01T00:00:00.000Z', now: '2026-01-01T00:00:10.000Z', cpu: 0.1 },
  ...{
    memoryBytes: 90_000_000,
    eventLoopDelayMs: 1,
    disk: null,
    ports: { http: 8080, https: null, rtmp: 1935, rtmps: null },
    viewers: 0,
  },
  ...{ sockets: 0, waitingRequests: 0, outgoingBitrate: 0, channels: [], cores: 2, totalMemoryBytes: 4e9 },
  quality: { startupMs: null, latencyMs: null, slowLatencyMs: null, stalledRatio: null },
}

export const INDEX = `<!doctype html><title>The page</title>${'<p>words</p>'.repeat(200)}`

export const CHAT: ChatSettings = {
  ...{ enabled: true, guests: true, guestName: 'Guest', history: 50, slowSeconds: 10, keepDays: 90 },
}
export const CHAT_LIMITS: ChatLimits = {
  ...{
    messagesPerMinute: 6000,
    messageBurst: 100,
    firstMessages: 100,
    messagesPerMinutePerAddress: 6000,
    messagesPerSecond: 1000,
  },
  ...{ reactionsPerSecond: 100, requestsPerSecond: 100, viewersPerAddress: 100 },
}

export const AUTH: AuthSettings = { signUp: 'invitation', accessMinutes: 10, refreshDays: 30 }

/** Passwords take no time here: what they cost is tested where it matters. */
export const QUICK: Argon2Cost = { memory: 64, passes: 1, parallelism: 1 }

/** Somebody with an account, who is signed in with a browser. */
export type SignedInPerson = {
  readonly person: PersonRecord
  readonly grant: Grant
  /** As a program sends it. */
  readonly bearer: { readonly authorization: string }
  /** As a browser sends it, from a page of the server. */
  readonly cookie: { readonly cookie: string; readonly origin: string }
}

export type Harness = AsyncDisposable & {
  readonly accounts: Accounts
  readonly members: Members
  readonly watched: WatchHistory
  /** Makes a person with this role, and signs them in. Without a password, as hashing one takes its time. */
  signedIn(role: PersonRole, name?: string): Promise<SignedInPerson>
  readonly url: string
  readonly http: Http
  readonly server: Server
  readonly channels: Channels
  readonly keyUses: KeyUses
  readonly pictures: ChannelPictures
  readonly history: BroadcastHistory
  readonly sessions: Sessions
  readonly audit: Audit
  readonly chat: ChatRooms
  readonly store: Store
  readonly live: FakeLive
  readonly adminToken: string
  readonly directory: string
  readonly admin: { readonly authorization: string }
}

/** A whole server on a free port of loopback, with a store in a directory of its own. */
export async function harness(
  options: {
    chat?: Partial<ChatRoomsOptions>
    settings?: Partial<HttpSettings>
    auth?: Partial<AuthSettings>
    mailer?: Mailer
    services?: Partial<HttpServices>
    edge?: Edge
    pages?: PageFiles
  } = {},
): Promise<Harness> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'streamhost-http-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const store = new Store({ dataDir: directory, log: silentLog })
  await store.start()
  undo.defer(() => store.stop())

  const adminToken = makeAdminToken()
  const settings = { ...SETTINGS, ...options.settings }
  const audit = new Audit(store.audit, silentLog)
  undo.defer(() => audit.close())
  const secret = new Uint8Array(32).fill(7)
  const channels = new Channels(store.channels, secret)
  const keyUses = new KeyUses(store.keys, silentLog)
  const history = new BroadcastHistory({ store: store.history, channels, log: silentLog })
  undo.defer(() => history.stop())
  const files = new PictureFolder(directory)
  const pictures = new ChannelPictures({ store: store.channels, channels, files, log: silentLog })
  const sessions = new Sessions()
  const follows = new Follows(store.follows, channels)
  const watched = new WatchHistory(store.watched, silentLog)
  undo.defer(() => watched.close())
  const accounts: Accounts = new Accounts({
    ...{ store, keySecret: new Uint8Array(32).fill(9), secretKey: undefined, log: silentLog, passwordCost: QUICK },
    ...{
      channels,
      audit,
      mailer: options.mailer ?? noMail,
      records: () => [writtenRecords(chat), follows.records(), watched.records()],
    },
    settings: { ...AUTH, publicUrl: settings.publicUrl, ...options.auth },
  })
  await accounts.start()
  undo.defer(() => accounts.stop())
  const live = new FakeLive()
  const chat = new ChatRooms({
    store: store.chat,
    secret: new Uint8Array(32).fill(8),
    keys: channels,
    settings: () => CHAT,
    limits: CHAT_LIMITS,
    reservedNames: () => [settings.name],
    frame: textFrames,
    broadcastId: (slug) => (live.get(slug) === undefined ? undefined : `broadcast-of-${slug}`),
    log: silentLog,
    ...options.chat,
  })
  undo.defer(() => chat.stop())
  const http = await buildHttp({
    settings,
    channels,
    keys: new StreamKeys({ store: store.keys, channels, secret, uses: keyUses }),
    accounts,
    pictures,
    follows,
    watched,
    history,
    sessions,
    audit,
    chat,
    moderation: new Moderation(chat, store.chat),
    live,
    admin: new AdminAccess(tokenHash(adminToken), async () => undefined),
    pages: options.pages ?? PageFiles.of(new Map([['/index.html', Buffer.from(INDEX)]])),
    health: { version: '1.2.3', ports: () => ({ http: 8080, rtmp: 1935 }), notReady: () => undefined },
    reports: { quality: () => {}, pageError: () => {}, forget: () => {} },
    insight: { ingest: () => ({ ...OFFLINE, ladder: ladderReport(NO_LADDER) }), status: async () => STATUS },
    reloads: { reload: async (_, dryRun) => ({ dryRun, changes: [], advice: [], made: [] }) },
    metrics: [],
    log: silentLog,
    ...options.services,
  })
  undo.defer(() => http.close())
  const server = makeHttpServer({ http, edge: options.edge, limits: settings.http })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const done = undo.move()
  const url = `http://127.0.0.1:${address.port}`
  let people = 0
  const signedIn = async (role: PersonRole, name = `Person ${++people}`): Promise<SignedInPerson> => {
    const email = `${name.toLowerCase().replace(/\W+/g, '.')}@example.org`
    const person = await accounts.people.create({ email, name, role, emailVerified: true })
    const grant = await accounts.devices.begin(person, { address: '127.0.0.1', agent: 'Test' })
    const cookie = `${ACCESS_COOKIE}=${grant.access.token}; ${REFRESH_COOKIE}=${grant.refresh.token}`
    return { person, grant, bearer: { authorization: `Bearer ${grant.access.token}` }, cookie: { cookie, origin: url } }
  }
  return {
    url,
    accounts,
    members: accounts.members,
    watched,
    signedIn,
    http,
    server,
    channels,
    keyUses,
    pictures,
    history,
    sessions,
    audit,
    chat,
    store,
    live,
    adminToken,
    directory,
    admin: { authorization: `Bearer ${adminToken}` },
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

export function json(method: string, body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}

/** An answer's JSON object. */
export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}
