import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Config } from '../../src/config/schema.ts'
import { settingsOf } from '../../src/config/setting.ts'
import { ReloadReport } from '../../src/contract/reload.ts'
import type { AmfValue } from '../../src/formats/rtmp/amf-value.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { ChatPage } from '../light/chat-page.ts'
import { Encoder, encoded } from '../light/encoder.ts'
import { Mailbox } from '../light/mailbox.ts'
import { readMultivariant, readPlaylist } from '../light/playlist.ts'
import { ReloadableServer, type Settings } from '../light/reloadable-server.ts'
import { connectInfo, RtmpClient } from '../light/rtmp-client.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { freePorts, until } from '../light/server-process.ts'
import { videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { certificateAt } from '../light/tls-client.ts'

/** Every setting that claims to apply without a restart is changed on a running server, and what it does is looked at. */

const LONG_MS = 60_000
const FRIEND = 'https://friend.example'
const TOKEN = 'a-token-of-16-or-more'
/** An address that is not this machine's: a proxy on it says so. */
const away = { 'x-forwarded-for': '203.0.113.9' }

const BASE: Settings = {
  server: { name: 'One', trustedProxies: ['127.0.0.1'] },
  limits: { chat: { firstMessages: 100 } },
}

type Probe = {
  /** The change, by the setting's last steps. */
  readonly to: unknown
  /** What it does; asked before and after. */
  readonly see: (server: ReloadableServer) => Promise<unknown>
  readonly before?: unknown
  readonly after: unknown
}

const PROBES: Readonly<Record<string, Probe>> = {
  'server.name': {
    to: 'Two',
    see: async (server) => (await json(server, '/api/v1/site')).name,
    before: 'One',
    after: 'Two',
  },
  'server.publicUrl': {
    to: 'https://live.example.org',
    see: async (server) => (await json(server, '/manifest.webmanifest')).id,
    before: '/',
    after: 'https://live.example.org/',
  },
  'server.https.hsts': {
    to: 1,
    see: async ({ httpPort: port }) => {
      // Through a proxy, as who comes by HTTPS to port 443.
      const headers = { host: 'live.example.org', 'x-forwarded-proto': 'https' }
      const asked = request({ port, host: '127.0.0.1', path: '/api/v1/site', headers, agent: false }).end()
      const [answer] = await once(asked, 'response')
      answer.resume()
      return answer.headers['strict-transport-security']
    },
    before: 'max-age=15552000',
    after: 'max-age=86400',
  },
  'server.trustedProxies': {
    to: [],
    see: async (server) => {
      await fetch(`${server.url}/api/v1/session`, post({ token: 'wrong' }, away))
      const { json: list } = await server.ask('GET', '/api/v1/audit?action=session&limit=1')
      return (list as { items: { address: string }[] }).items[0]?.address
    },
    before: '203.0.113.9',
    after: '127.0.0.1',
  },
  'server.allowedOrigins': {
    to: [FRIEND],
    see: async ({ url }) => {
      const answer = await fetch(`${url}/api/v1/site`, { headers: { origin: FRIEND } })
      return answer.headers.get('access-control-allow-origin')
    },
    before: null,
    after: FRIEND,
  },
  'server.embedOrigins': {
    to: [FRIEND],
    see: async ({ url }) => {
      const policy = (await fetch(`${url}/embed/hall`)).headers.get('content-security-policy')
      return /frame-ancestors ([^;]*)/.exec(policy ?? '')?.[1]
    },
    before: "'self'",
    after: `'self' ${FRIEND}`,
  },
  'server.serviceWorker': {
    to: false,
    see: async ({ url }) => (await (await fetch(`${url}/sw.js`)).text()).includes('await registration.unregister()'),
    before: false,
    after: true,
  },
  'ingest.graceSeconds': { to: 5, see: (server) => waitsLong(server, 'lost'), before: true, after: false },
  'ingest.endSeconds': { to: 500, see: (server) => waitsLong(server, 'goodbye'), before: false, after: true },
  'packaging.endedSeconds': {
    to: 0,
    see: async (server) => {
      const { slug } = await publish(server)
      await server.ask('POST', `/api/v1/channels/${slug}/end`)
      return (await fetch(`${server.url}/live/${slug}/index.m3u8`)).status
    },
    before: 200,
    after: 404,
  },
  'storage.minFreeBytes': {
    to: 2 ** 50,
    see: (server) => metric(server, 'streamhost_segments_writing'),
    before: 1,
    after: 0,
  },
  channels: {
    to: [{ slug: 'annex', title: 'Annex' }],
    see: async ({ url }) => (await fetch(`${url}/api/v1/channels/annex`)).status,
    before: 404,
    after: 200,
  },
  'observability.log.level': {
    to: 'warn',
    see: (server) => logged(server, /"msg":"opened"/),
    before: true,
    after: false,
  },
  'observability.log.format': {
    to: 'text',
    see: (server) => logged(server, /^\{"level":40/m),
    before: true,
    after: false,
  },
  'observability.metrics.token': {
    to: TOKEN,
    see: async ({ url }) => {
      const headers = { ...away, authorization: `Bearer ${TOKEN}` }
      return (await fetch(`${url}/metrics`, { headers })).status
    },
    before: 401,
    after: 200,
  },
  'limits.publishers': { to: 1, see: publishing, before: 'taken', after: 'refused' },
  'limits.rtmp.connections': { to: 1, see: publishing, before: 'taken', after: 'closed' },
  'limits.rtmp.messageBytes': {
    to: 65_536,
    see: async (server) => {
      const slug = newSlug()
      const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: slug })
      publisher.send(videoConfig(0))
      publisher.send(videoFrame(0, true, 0, 100_000))
      const taken = await answers(publisher.client)
      publisher.client.destroy()
      await server.ask('POST', `/api/v1/channels/${slug}/end`)
      return taken
    },
    before: true,
    after: false,
  },
  'limits.rtmp.unauthenticatedBytes': {
    to: 8192,
    see: async ({ rtmpPort: port }) => {
      const client = await RtmpClient.open({ port })
      const long = connectInfo({ app: 'live', tcUrl: `rtmp://127.0.0.1/live?${'x'.repeat(6000)}` })
      const taken = await answers(client, 'connect', [long])
      client.destroy()
      return taken
    },
    before: true,
    after: false,
  },
  'limits.rtmp.unauthenticatedSeconds': {
    to: 1,
    see: async ({ rtmpPort: port, program }) => {
      const client = await RtmpClient.open({ port })
      await client.closed
      await program.said(/closed: neither publish nor play within 1 s/)
      return 'closed'
    },
    after: 'closed',
  },
  'limits.http.connections': {
    to: 1,
    see: async ({ httpPort }) => {
      const agent = new Agent({ keepAlive: true })
      const statuses = [await statusOf(httpPort, '/time', { agent }), await statusOf(httpPort, '/time')]
      agent.destroy()
      return statuses.at(-1)
    },
    before: 200,
    after: 'closed',
  },
  'limits.http.headerBytes': {
    to: 4096,
    see: ({ httpPort }) => statusOf(httpPort, '/time', { headers: { 'x-long': 'x'.repeat(5000) } }),
    before: 200,
    after: 431,
  },
  'limits.http.headerSeconds': {
    to: 1,
    see: async ({ httpPort }) => {
      const socket = connect(httpPort, '127.0.0.1')
      socket.write('GET /time HTTP/1.1\r\n')
      const [answer] = await once(socket.setEncoding('utf8'), 'data')
      return String(answer).slice(0, 12)
    },
    after: 'HTTP/1.1 408',
  },
  'limits.http.bodyBytes': {
    to: 1024,
    see: async ({ url }) => (await fetch(`${url}/api/v1/session`, post({ token: 'x'.repeat(2000) }))).status,
    before: 400,
    after: 413,
  },
  'limits.http.waitingRequests': {
    to: 1,
    see: async (server) => {
      const { list, text } = await mediaPlaylist(server, 'hall')
      const next = (readPlaylist(text).segments.at(-1)?.msn ?? 0) + 1
      const path = `${new URL(list).pathname}?_HLS_msn=${next}`
      const statuses = await Promise.all([1, 2].map(() => statusOf(server.httpPort, path)))
      return statuses.toSorted()
    },
    before: [200, 200],
    after: [200, 503],
  },
  'limits.http.apiRequestsPerMinute': {
    to: 1,
    see: async ({ url }) => {
      const signOut = async () => (await fetch(`${url}/api/v1/session`, { method: 'DELETE' })).status
      await signOut()
      return signOut()
    },
    before: 204,
    after: 429,
  },
  'limits.players.connections': {
    to: 1,
    see: async ({ url }) => {
      const leave = new AbortController()
      const open = () => fetch(`${url}/live/hall.flv`, { signal: leave.signal })
      const statuses = [(await open()).status, (await open()).status]
      leave.abort()
      const nobody = /^streamhost_players\{channel="hall",protocol="http-flv"\} 0$/m
      await until(async () => nobody.test(await (await fetch(`${url}/metrics`)).text()), LONG_MS, 'they did not leave')
      return statuses
    },
    before: [200, 200],
    after: [200, 429],
  },
  'limits.websocket.connections': { to: 1, see: (server) => secondPage(server, {}), before: 'open', after: 'refused' },
  'limits.websocket.connectionsPerAddress': {
    to: 1,
    see: (server) => secondPage(server, away),
    before: 'open',
    after: 'refused',
  },
  'limits.websocket.messageBytes': {
    to: 1024,
    see: async ({ url }) => {
      const page = new ChatPage(url, 'hall')
      await once(page.socket, 'open')
      page.socket.send('x'.repeat(2000))
      return page.closed
    },
    before: 1008,
    after: 1009,
  },
  'limits.chat.messagesPerMinute': {
    to: 6,
    see: async (server) => {
      await using page = (await person(server)).page
      let answer = await page.say('a')
      while (answer.type === 'said') answer = await page.say('a')
      return Math.round((answer.retryAfterMs ?? 0) / 5000)
    },
    before: 0,
    after: 2,
  },
  'limits.chat.messageBurst': { to: 3, see: messagesTaken, before: 5, after: 3 },
  'limits.chat.firstMessages': { to: 1, see: messagesTaken, before: 5, after: 1 },
  'limits.chat.messagesPerMinutePerAddress': { to: 6, see: messagesTaken, before: 5, after: 1 },
  'limits.chat.messagesPerSecond': { to: 1, see: messagesTaken, before: 5, after: 2 },
  'limits.chat.reactionsPerSecond': {
    to: 1,
    see: async (server) => {
      await using page = (await person(server)).page
      const earlier = await metric(server, 'streamhost_chat_reactions_total')
      for (let i = 0; i < 8; i++) page.tell({ type: 'react', kind: 'heart' })
      await page.say('those were all')
      return (await metric(server, 'streamhost_chat_reactions_total')) - earlier
    },
    before: 8,
    after: 2,
  },
  'limits.chat.requestsPerSecond': {
    to: 1,
    see: async (server) => {
      await using page = (await person(server)).page
      for (let i = 0; i < 8; i++) page.tell({ type: 'watching', player: 'p'.repeat(12), playing: false })
      return await Promise.race([page.closed, page.say('still here').then(({ type }) => type)])
    },
    before: 'said',
    after: 1008,
  },
  'limits.chat.viewersPerAddress': {
    to: 1,
    see: async (server) => {
      const slug = newSlug()
      await server.ask('POST', '/api/v1/channels', { slug })
      // Players of an address that left are counted on for a while: from another one each time.
      const from = { 'x-forwarded-for': `203.0.113.${10 + slugs}` }
      const pages = await Promise.all([1, 2].map(() => ChatPage.join(server.url, slug, {}, from)))
      for (const [index, { page }] of pages.entries()) {
        page.tell({ type: 'watching', player: `${slug}-player-${index}`, playing: true })
        await page.say('told')
      }
      const { viewers } = await json(server, `/api/v1/channels/${slug}`)
      for (const { page } of pages) await page[Symbol.asyncDispose]()
      return viewers
    },
    before: 2,
    after: 1,
  },
  'transcode.ffmpeg': {
    to: '/nowhere/ffmpeg',
    see: async ({ program }) => {
      await program.said(/"ffmpeg":"\/nowhere\/ffmpeg","msg":"there is no FFmpeg/)
      return 'looked for'
    },
    after: 'looked for',
  },
  'auth.signUp': {
    to: 'closed',
    see: async (server) => (await json(server, '/api/v1/site')).signUp,
    before: 'invitation',
    after: 'closed',
  },
  'auth.accessMinutes': {
    to: 45,
    see: async (server) => {
      const { expiresAt } = (await (await signedIn(server)).json()) as { expiresAt: string }
      return Date.parse(expiresAt) - Date.now() > 20 * 60_000
    },
    before: false,
    after: true,
  },
  'auth.refreshDays': {
    to: 2,
    see: async (server) => {
      const cookies = (await signedIn(server)).headers.getSetCookie()
      const [, seconds] = /Max-Age=(\d+)/.exec(cookies.find((one) => one.startsWith('streamhost_refresh=')) ?? '') ?? []
      return Math.round(Number(seconds) / 86_400)
    },
    before: 30,
    after: 2,
  },
  'chat.enabled': {
    to: false,
    see: async (server) => (await json(server, '/api/v1/channels/hall')).chat,
    before: true,
    after: false,
  },
  'chat.guests': { to: false, see: async (server) => (await welcomed(server)).room.guests, before: true, after: false },
  'chat.guestName': {
    to: 'Visitor',
    see: async (server) => (await welcomed(server)).you.name.replace(/ \d+$/, ''),
    before: 'Guest',
    after: 'Visitor',
  },
  'chat.reservedNames': {
    to: ['Pastor Anna'],
    see: async (server) => (await welcomed(server, 'Pastor Anna')).you.name === 'Pastor Anna',
    before: true,
    after: false,
  },
  'chat.history': {
    to: 1,
    see: async (server) => (await welcomed(server)).messages.length > 1,
    before: true,
    after: false,
  },
  'chat.slowSeconds': {
    to: 33,
    see: async (server) => (await welcomed(server)).room.slowSeconds,
    before: 10,
    after: 33,
  },
}

/** What can't be seen from a process on the same machine, or not within seconds, and where it is proved instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'auth.mail.url': 'below: letters',
  'auth.mail.from': 'below: letters',
  'server.reload': 'reload.test.ts',
  'server.https.cert': 'below: certificates',
  'server.https.key': 'below: certificates',
  'packaging.mode': 'below: the next broadcast',
  'packaging.profile': 'below: the next broadcast',
  'packaging.segmentSeconds': 'below: the next broadcast',
  'packaging.maxSegmentSeconds': 'below: the next broadcast',
  'packaging.liveSeconds': 'below: the next broadcast',
  'packaging.dvrSeconds': 'below: the next broadcast',
  'packaging.maxWindowBytes': 'below: the next broadcast',
  'ingest.slate': 'flow: slate.test.ts',
  'transcode.ladder': 'flow: transcode-server.test.ts',
  'transcode.onDemand': 'flow: on-demand.test.ts',
  'transcode.idleSeconds': 'flow: on-demand.test.ts',
  'transcode.opus': 'flow: opus.test.ts',
  'transcode.maxBroadcasts': 'flow: transcode-server.test.ts',
  'packaging.flvMergeMs': 'unit: live-flv.test.ts; milliseconds are not looked at here',
  'limits.players.bufferedBytes': 'unit: live-flv.test.ts; the kernel takes megabytes',
  'limits.rtmp.connectionsPerAddress': 'unit: address-counts.test.ts; loopback is not counted',
  'limits.http.connectionsPerAddress': 'unit: http-server.test.ts; loopback is not counted',
  'limits.http.stalledSeconds': 'unit: stalled-writes.test.ts; the kernel takes megabytes',
  'limits.websocket.bufferedBytes': 'unit: page-socket.test.ts; the kernel takes megabytes',
  'chat.keepDays': 'unit: rooms.test.ts; what is old takes days',
}

test('there is a probe for every setting that applies without a restart', () => {
  const claimed = [...settingsOf(Config)].filter(({ later, reload }) => !later && reload !== 'restart')
  const proved = [...Object.keys(PROBES), ...Object.keys(ELSEWHERE)]
  assert.deepEqual(proved.toSorted(), claimed.map(({ name }) => name).toSorted())
})

describe('on a running server', () => {
  let server: ReloadableServer
  let encoder: Encoder

  before(async () => {
    await encoded('gop2')
    server = await ReloadableServer.start(BASE)
    encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/hall`)
    await until(async () => (await fetch(`${server.url}/live/hall/index.m3u8`)).ok, LONG_MS, 'hall is not live')
    await using page = (await person(server)).page
    for (const text of ['Good evening', 'everybody']) await page.say(text)
  })
  after(async () => {
    await encoder[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  for (const [name, { to, see, before: was, after: is }] of Object.entries(PROBES)) {
    test(`${name} applies`, { timeout: 150_000 }, async () => {
      if (was !== undefined) assert.deepEqual(await see(server), was, 'before')
      await reload(server, named(name, to))
      assert.deepEqual(await see(server), is, 'after')
      await reload(server, {})
      assert.equal(encoder.running, true, encoder.output)
    })
  }

  test('an open page is told that there is no chat, and that there is one again', async () => {
    await using page = (await person(server)).page
    const told = (chat: boolean) =>
      page.nextWhere((message) => message.type === 'state' && message.channel.chat === chat)
    await reload(server, { chat: { enabled: false } })
    await told(false)
    assert.equal((await page.say('anybody?')).type, 'refused')
    await reload(server, {})
    await told(true)
    assert.equal((await page.say('hello')).type, 'said')
  })

  test('who is in a chat is told that guests may no longer write', async () => {
    await using page = (await person(server)).page
    await reload(server, { channels: [{ slug: 'hall', chat: { guests: false } }] })
    await page.nextWhere((message) => message.type === 'room' && !message.room.guests)
    await reload(server, {})
  })

  test('a channel’s new title and tags are told to its pages; its new key ends what the old one sends', async () => {
    const [key, other] = ['sk_0123456789abcdefghij', 'sk_abcdefghij0123456789']
    await reload(server, { channels: [{ slug: 'stage', title: 'Stage', key }] })
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: key })
    const page = new ChatPage(server.url, 'stage')
    await reload(server, { channels: [{ slug: 'stage', title: 'Big stage', tags: ['theatre'], key: other }] })
    await page.nextWhere((message) => message.type === 'state' && message.channel.title === 'Big stage')
    const { json } = await server.ask('GET', '/api/v1/channels/stage')
    assert.deepEqual((json as { tags: string[] }).tags, ['theatre'])
    await publisher.client.closed
    await assert.rejects(RtmpPublisher.open({ port: server.rtmpPort, name: key }))
    await reload(server, {})
    const again = await RtmpPublisher.open({ port: server.rtmpPort, name: other })
    await again.unpublish()
    await page[Symbol.asyncDispose]()
  })
})

test('settings that need a restart are told with what is in force and what the file says, and do nothing', async () => {
  await using server = await ReloadableServer.start()
  const restart = [...settingsOf(Config)].filter(({ later, reload }) => !later && reload === 'restart')
  const values: Record<string, unknown> = {
    'server.http.host': '::1',
    'server.http.port': 1,
    'ingest.rtmp.host': '::1',
    'ingest.rtmp.port': 2,
    'ingest.open': false,
    'storage.dataDir': './elsewhere',
    'server.https.mode': 'self-signed',
    'server.https.port': 3,
    'server.https.redirect': 'on',
    'server.https.acme.domains': ['live.example.org'],
    'server.https.acme.email': 'admin@example.org',
    'server.https.acme.agreeTerms': true,
    'server.https.acme.directory': 'https://acme.example.org/directory',
    'server.https.acme.challenge': 'http-01',
    'server.https.acme.ca': '/etc/authority.pem',
    'ingest.rtmps.port': 4,
    'auth.secretKey': 'k'.repeat(32),
  }
  const text = restart.reduce<Settings>((all, { name }) => {
    assert.ok(name in values, `${name}: say here what to change it to`)
    return deep(all, named(name, values[name]))
  }, {})
  await server.write(text)
  const { changes } = ReloadReport.parse((await server.reload()).json)
  assert.deepEqual(
    changes.map(({ setting, applies }) => [setting, applies]),
    restart.map(({ name }) => [name, 'restart']),
  )
  assert.equal(changes.find(({ setting }) => setting === 'server.http.port')?.from, String(server.httpPort))
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'still-open' })
  await publisher.unpublish()
})

test('letters go by the mail server, and from the address, that hold when they are sent', async () => {
  await using boxes = new AsyncDisposableStack()
  const [one, other] = [boxes.use(await Mailbox.open()), boxes.use(await Mailbox.open())]
  const mail = (box: Mailbox, from: string): Settings => ({
    server: { publicUrl: 'https://live.example.org' },
    auth: { mail: { url: box.url, from } },
  })
  await using server = await ReloadableServer.start(mail(one, 'one@example.org'))
  const invite = () => server.ask('POST', '/api/v1/invitations', { email: 'anna@example.org', role: 'viewer' })
  assert.equal((await invite()).status, 201)
  assert.equal((await one.letter(0)).from, 'one@example.org')
  await server.write(mail(other, 'other@example.org'))
  assert.equal((await server.reload()).status, 200)
  assert.equal((await invite()).status, 201)
  assert.equal((await other.letter(0)).from, 'other@example.org')
  assert.equal(one.letters.length, 1)
})

test('certificates from files are read anew, the same or others; one that is not right is refused, and nothing has changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-certificates-'))
  try {
    const [port = 0, rtmps = 0] = await freePorts(2)
    const pairs = [await makeSelfSigned(['localhost']), await makeSelfSigned(['localhost'])]
    const place = async (name: string, index: number): Promise<Settings> => {
      const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
      await writeFile(cert, pairs[index]?.cert ?? '')
      await writeFile(key, pairs[index]?.key ?? '')
      return { mode: 'files', port, cert, key }
    }
    const settings = (https: Settings, more: Settings = {}): Settings =>
      deep({ server: { https }, ingest: { rtmps: { port: rtmps } } }, more)
    const first = await place('first', 0)
    await using server = await ReloadableServer.start(settings(first))
    const shown = async (): Promise<number> => {
      const { fingerprint256 } = await certificateAt(port)
      return pairs.findIndex(({ fingerprint }) => fingerprint === fingerprint256)
    }
    assert.equal(await shown(), 0)
    await server.write(settings(await place('second', 1)))
    assert.equal((await server.reload()).status, 200)
    assert.equal(await shown(), 1)
    await server.write(settings({ ...first, key: join(folder, 'second.key') }, { server: { name: 'Two' } }))
    const refused = await server.reload()
    assert.equal(refused.status, 422)
    assert.match(JSON.stringify(refused.json), /server\.https\.key/)
    assert.equal(await shown(), 1)
    assert.notEqual((await json(server, '/api/v1/site')).name, 'Two')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the next broadcast is packaged as the file says then, and keeps it', async () => {
  await encoded('gop2')
  await using server = await ReloadableServer.start()
  await using undo = new AsyncDisposableStack()
  const begin = async (slug: string, packaging: Settings): Promise<void> => {
    await server.write({ packaging })
    assert.equal((await server.reload()).status, 200)
    undo.use(await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/${slug}`))
    const live = async () => (await json(server, `/api/v1/channels/${slug}`)).live === true
    await until(live, LONG_MS, `${slug} is not live`)
  }
  const target = async (slug: string, timestamps: readonly number[]): Promise<number> => {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: slug })
    publisher.send(videoConfig(0))
    for (const at of timestamps) publisher.send(videoFrame(at, at % 9000 === 0))
    await until(async () => (await fetch(`${server.url}/live/${slug}/index.m3u8`)).ok, LONG_MS, `${slug} is not live`)
    const { targetDuration } = readPlaylist((await mediaPlaylist(server, slug)).text)
    // After its goodbye all that it sent was seen.
    await publisher.unpublish()
    await server.ask('POST', `/api/v1/channels/${slug}/end`)
    return targetDuration
  }
  const rare = Array.from({ length: 200 }, (_, index) => index * 100)

  await begin('usual', {})
  await begin('low', { profile: 'low' })
  await begin('long', { segmentSeconds: 4 })
  await begin('short-list', { liveSeconds: 6 })
  await begin('small', { maxWindowBytes: 1 << 20 })
  await begin('now-only', { dvrSeconds: 0 })
  await begin('none', { mode: 'off' })
  await server.write({})
  await server.reload()
  await target('rare', rare)
  assert.equal(await target('rare', rare), 6, 'the longest group of pictures was longer')
  await server.write({ packaging: { maxSegmentSeconds: 3 } })
  await server.reload()
  assert.equal(await target('rare', rare), 3)

  const rewind = async (slug: string) => (await json(server, `/api/v1/channels/${slug}`)).dvrSeconds
  assert.deepEqual([await rewind('usual'), await rewind('now-only'), await rewind('none')], [1800, 0, 0])
  const list = async (slug: string) => readPlaylist((await mediaPlaylist(server, slug)).text)
  await until(async () => (await list('usual')).segments.length > 7, LONG_MS, 'no segments come')
  const usual = await list('usual')
  assert.equal(usual.targetDuration, 2)
  assert.ok(usual.partTarget > 0.3)
  assert.ok((await list('low')).partTarget < 0.3)
  assert.equal((await list('long')).segments[0]?.duration, 4)
  await until(async () => (await list('short-list')).mediaSequence > 0, LONG_MS, 'the list does not become shorter')
  await until(async () => (await list('small')).mediaSequence > 0, LONG_MS, 'the window does not become smaller')
  assert.equal((await fetch(`${server.url}/live/none/index.m3u8`)).status, 404)
  const playback = async (slug: string) =>
    (await json(server, `/api/v1/channels/${slug}`)).playback as { dash: unknown }
  assert.equal((await playback('none')).dash, null)
  assert.notEqual((await playback('usual')).dash, null)
})

async function reload(server: ReloadableServer, more: Settings): Promise<void> {
  await server.write(deep(BASE, more))
  const { status, json: report } = await server.reload()
  assert.equal(status, 200, JSON.stringify(report))
}

/** `a.b` and 1 → `{ a: { b: 1 } }` */
function named(name: string, value: unknown): Settings {
  return name.split('.').reduceRight<unknown>((inside, step) => ({ [step]: inside }), value) as Settings
}

function deep(base: Settings, more: Settings): Settings {
  const result: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(more)) {
    const below = result[name]
    const groups = [below, value].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each))
    result[name] = groups ? deep(below as Settings, value as Settings) : value
  }
  return result
}

let slugs = 0
/** Somebody new signs in with a browser. */
async function signedIn(server: ReloadableServer): Promise<Response> {
  const email = `${newSlug()}@example.org`
  const password = 'a long enough password'
  await server.ask('POST', '/api/v1/people', { email, name: 'Anna', password })
  // From an address of their own: attempts are counted.
  const from = { 'x-forwarded-for': `203.0.113.${10 + slugs}` }
  return fetch(`${server.url}/api/v1/session`, post({ email, password }, from))
}

function newSlug(): string {
  return `c${++slugs}`
}

async function json({ url }: ReloadableServer, path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}${path}`)).json()) as Record<string, unknown>
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}

/** On a connection of its own, or of the agent. */
function statusOf(
  port: number,
  path: string,
  options: { agent?: Agent; headers?: Record<string, string> } = {},
): Promise<number | 'closed'> {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path, agent: false, ...options })
    asked.once('error', () => resolve('closed'))
    asked.once('response', (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    asked.end()
  })
}

async function metric({ url }: ReloadableServer, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
}

/** A new broadcast that can be played. */
async function publish(server: ReloadableServer): Promise<{ slug: string; publisher: RtmpPublisher }> {
  const slug = newSlug()
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: slug })
  publisher.send(videoConfig(0))
  for (let at = 0; at < 5000; at += 100) publisher.send(videoFrame(at, at % 1000 === 0))
  await until(async () => (await fetch(`${server.url}/live/${slug}/index.m3u8`)).ok, LONG_MS, `${slug} is not live`)
  return { slug, publisher }
}

/** Whether a broadcast waits longer than half a minute for its encoder. */
async function waitsLong(server: ReloadableServer, how: 'lost' | 'goodbye'): Promise<boolean> {
  const slug = newSlug()
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: slug })
  if (how === 'lost') publisher.client.destroy()
  else await publisher.unpublish()
  let endsAt = 0
  const waits = async () => {
    const { graceEndsAt } = await json(server, `/api/v1/channels/${slug}`)
    endsAt = Date.parse(String(graceEndsAt))
    return endsAt > 0
  }
  await until(waits, LONG_MS, 'the broadcast does not wait')
  await server.ask('POST', `/api/v1/channels/${slug}/end`)
  return endsAt - Date.now() > 30_000
}

/** Whether a broadcast is taken. */
async function publishing(server: ReloadableServer): Promise<'taken' | 'refused' | 'closed'> {
  const slug = newSlug()
  try {
    const { client } = await RtmpPublisher.open({ port: server.rtmpPort, name: slug })
    client.destroy()
    await server.ask('POST', `/api/v1/channels/${slug}/end`)
    return 'taken'
  } catch (error) {
    return /takes \d+ broadcasts/.test(String(error)) ? 'refused' : 'closed'
  }
}

/** Whether the connection is still listened to. */
async function answers(client: RtmpClient, call = 'createStream', values: AmfValue[] = [null]): Promise<boolean> {
  const answered = client.call(call, values).then(
    () => true,
    () => false,
  )
  return Promise.race([answered, client.closed.then(() => false)])
}

let errors = 0
/** Whether such a line comes in the log, by the time of one that surely comes. */
async function logged(server: ReloadableServer, line: RegExp): Promise<boolean> {
  const from = server.program.stdout.length
  const client = await RtmpClient.open({ port: server.rtmpPort })
  await answers(client)
  client.destroy()
  const message = `the ${++errors}. error of a page`
  await fetch(`${server.url}/api/v1/page-errors`, post({ message, page: '/' }))
  await server.program.said(new RegExp(message))
  return line.test(server.program.stdout.slice(from))
}

async function mediaPlaylist({ url }: ReloadableServer, slug: string): Promise<{ list: string; text: string }> {
  const all = `${url}/live/${slug}/index.m3u8`
  const [uri = ''] = readMultivariant(await (await fetch(all)).text())
  const list = new URL(uri, all).href
  return { list, text: await (await fetch(list)).text() }
}

/** Somebody new, from elsewhere, in the chat. */
function person(server: ReloadableServer, slug = 'hall', name?: string) {
  return ChatPage.join(server.url, slug, name === undefined ? {} : { name }, away)
}

async function welcomed(server: ReloadableServer, name?: string) {
  const { page, welcome } = await person(server, 'hall', name)
  await page[Symbol.asyncDispose]()
  return welcome
}

/** How many messages of somebody new are taken at once, in a room of its own. */
async function messagesTaken(server: ReloadableServer): Promise<number> {
  const slug = newSlug()
  await server.ask('POST', '/api/v1/channels', { slug })
  await using page = (await person(server, slug)).page
  let taken = 0
  while (taken < 20 && (await page.say('a')).type === 'said') taken++
  return taken
}

async function secondPage({ url }: ReloadableServer, headers: Record<string, string>): Promise<'open' | 'refused'> {
  const pages = [new ChatPage(url, 'hall', { headers }), undefined]
  await once(pages[0]?.socket ?? assert.fail(), 'open')
  const second = new ChatPage(url, 'hall', { headers })
  const state = await Promise.race([
    once(second.socket, 'open').then(() => 'open' as const),
    second.closed.then(() => 'refused' as const),
  ])
  for (const page of [pages[0], second]) await page?.[Symbol.asyncDispose]()
  return state
}
