import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Channel, Site } from '../../src/contract/channel.ts'
import type { IngestReport } from '../../src/contract/insight.ts'
import { builtPage } from './built-page.ts'
import { FakeChat } from './fake-chat.ts'
import { FakePeople } from './fake-people.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** The policy the page must live with. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; " +
  "connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export const adminToken = 'test-admin-token'

/** Where a channel's media comes from. */
type Origin = {
  /** @param rest of the path behind the channel. @returns false: there is nothing */
  answer(
    rest: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean | Promise<boolean>
}

/** A server of the page's contract with scripted states: the page's own tests need no broadcast for most of what they show. */
export class FakeServer {
  readonly channels = new Map<string, Channel>()
  readonly origins = new Map<string, Origin>()
  /** More files to serve: path to file. */
  readonly files = new Map([['/test/hls.worker.js', fileURLToPath(import.meta.resolve('hls.js/dist/hls.worker.js'))]])
  /** The rooms of the channels that have a chat; made when first asked for. */
  readonly #chats = new Map<string, FakeChat>()
  /** What encoders send, where it isn't nothing. */
  readonly reports = new Map<string, IngestReport>()
  /** What the API was asked to do. */
  readonly asked: string[] = []
  siteName = 'Linden Valley'
  readonly people = new FakePeople((slug) => this.channels.get(slug) ?? offlineChannel(slug))
  signUp: Site['signUp'] = 'invitation'
  mail = true
  /** The API answers; false: every request fails as if the server were gone. */
  up = true
  /** WebSockets are accepted. */
  sockets = true
  #server: Server | null = null
  #port = 0
  readonly #connections = new Set<Socket>()
  readonly #watchers = new Map<WebSocket, string>()

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const dist = await builtPage()
    const server = createServer((request, response) => void this.#answer(dist, request, response))
    const wss = new WebSocketServer({ noServer: true })
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket)
      socket.on('close', () => this.#connections.delete(socket))
    })
    server.on('upgrade', (request, socket, head) => {
      const slug = /^\/api\/v1\/channels\/([^/]+)\/ws$/.exec(request.url ?? '')?.[1]
      const channel = this.channels.get(slug ?? '')
      if (channel === undefined || !this.up || !this.sockets) {
        socket.destroy()
        return
      }
      wss.handleUpgrade(request, socket, head, (client) => {
        this.#watchers.set(client, channel.slug)
        client.on('close', () => this.#watchers.delete(client))
        this.#tell(client, channel.slug)
        if (channel.chat)
          this.chat(channel.slug).enter(client, isAdmin(request) || this.people.of(request)?.role === 'admin')
      })
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Ends every connection and listens no more; `start` comes back on the same port. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#connections) socket.destroy()
    await closed
  }

  /** Makes or changes a channel and tells who watches. */
  set(slug: string, change: Partial<Channel>): void {
    const live = (change.state ?? this.channels.get(slug)?.state) === 'live' || change.state === 'reconnecting'
    this.channels.set(slug, { ...(this.channels.get(slug) ?? offlineChannel(slug)), live, ...change })
    for (const [client, watched] of this.#watchers) if (watched === slug) this.#tell(client, slug)
  }

  /** The room of a channel. */
  chat(slug: string): FakeChat {
    const chat = this.#chats.get(slug) ?? new FakeChat()
    this.#chats.set(slug, chat)
    return chat
  }

  #tell(client: WebSocket, slug: string): void {
    client.send(JSON.stringify({ type: 'state', channel: this.channels.get(slug), now: new Date().toISOString() }))
  }

  async #answer(dist: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const path = url.pathname
    if (!this.up && (path.startsWith('/api') || path.startsWith('/live') || path === '/time'))
      return void request.socket.destroy()
    if (path === '/time') return void response.end(new Date().toISOString())
    if (path.startsWith('/live/')) {
      const [, slug = '', rest = ''] = /^\/live\/([^/]+)\/(.+)$/.exec(path) ?? []
      if (await this.origins.get(slug)?.answer(rest, url.searchParams, request, response)) return
      return problem(response, 404)
    }
    if (path.startsWith('/api/v1/')) return this.#api(path.slice('/api/v1'.length), request, response)
    await file(this.files.get(path) ?? pageFile(dist, path), response)
  }

  async #api(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${path}`
    if (request.method !== 'GET') this.asked.push(asked)
    const body = await bodyOf(request)
    const admin = isAdmin(request) || this.people.of(request)?.role === 'admin'
    if (asked === 'GET /site') {
      const { siteName: name, signUp, mail } = this
      return json(response, 200, { name, rtmpPort: 1935, rtmpsPort: null, signUp, mail })
    }
    const answer = this.people.api(asked, request, response, body as object, isAdmin(request))
    if (answer !== undefined) {
      const { status, body: value, type } = answer
      return status === 204 ? void response.writeHead(204).end() : json(response, status, value, type)
    }
    if (asked === 'GET /channels') return json(response, 200, { items: [...this.channels.values()], nextCursor: null })
    if (asked === 'POST /session') {
      if ((body as { token?: string }).token !== adminToken) return problem(response, 401)
      response.setHeader('set-cookie', 'admin=yes; HttpOnly; SameSite=Strict; Path=/')
      return json(response, 200, this.people.session(null, true))
    }
    const [, room = '', call = ''] = /^\/channels\/([^/]+)(\/chat\/.+)$/.exec(path) ?? []
    if (call !== '') {
      if (!admin) return problem(response, 401)
      const [status, answer] = this.chat(room).api(
        request.method ?? '',
        call,
        new URL(request.url ?? '/', this.url).searchParams,
        body,
      )
      if (status === 404) return problem(response, 404)
      return status === 204 ? void response.writeHead(204).end() : json(response, status, answer)
    }
    const [, slug = '', rest = ''] = /^\/channels\/([^/]+)(\/\w+)?$/.exec(path) ?? []
    const channel = this.channels.get(slug)
    if (rest === '/ingest') {
      const report = this.reports.get(slug) ?? nothingArrives(slug)
      const since = new URL(request.url ?? '/', this.url).searchParams.get('since') ?? ''
      return json(response, 200, { ...report, samples: report.samples.filter((sample) => sample.at > since) })
    }
    if (request.method === 'GET') return channel === undefined ? problem(response, 404) : json(response, 200, channel)
    const owns = this.people.channels
      .get(slug)
      ?.some((one) => one.role === 'owner' && one.person.id === this.people.of(request)?.id)
    const makes = asked === 'POST /channels' && this.people.of(request)?.role === 'streamer'
    if (!admin && !owns && !makes) return problem(response, 401)
    if (asked === 'POST /channels') return this.#make(body as { slug: string; title?: string }, response)
    if (channel === undefined) return problem(response, 404)
    if (rest === '/key') return json(response, 200, { channel, key: 'sk_rotated_0123456789abcdef' })
    if (request.method === 'PATCH') {
      this.set(slug, body as Partial<Channel>)
      return json(response, 200, this.channels.get(slug))
    }
    if (rest === '/poster' || rest === '/logo')
      this.set(slug, { [rest.slice(1)]: request.method === 'PUT' ? '/icons/card.png' : null })
    else if (rest === '/end') this.set(slug, { state: 'ended', live: false, endedAt: new Date().toISOString() })
    else if (request.method === 'DELETE') this.channels.delete(slug)
    response.writeHead(204).end()
  }

  #make({ slug, title }: { slug: string; title?: string }, response: ServerResponse): void {
    if (this.channels.has(slug)) {
      const errors = [{ path: 'slug', message: 'This address is taken. Choose another one.' }]
      json(
        response,
        409,
        { type: 'slug-taken', title: 'This address is taken', status: 409, errors },
        'application/problem+json',
      )
      return
    }
    this.set(slug, title === undefined ? {} : { title })
    json(response, 201, { channel: this.channels.get(slug), key: 'sk_made_0123456789abcdef' })
  }
}

function isAdmin(request: IncomingMessage): boolean {
  return /admin=yes/.test(request.headers.cookie ?? '')
}

function offlineChannel(slug: string): Channel {
  const playback = { hls: `/live/${slug}/index.m3u8`, dash: `/live/${slug}/manifest.mpd`, flv: null, whep: null }
  return {
    ...{ slug, title: slug, live: false, state: 'offline', startedAt: null, endedAt: null, graceEndsAt: null },
    ...{ description: '', language: null, tags: [], accent: null, nextBroadcast: null },
    ...{
      viewers: 0,
      chat: false,
      presentation: null,
      dvrSeconds: 0,
      video: null,
      playback,
      still: null,
      poster: null,
      logo: null,
    },
  }
}

export function nothingArrives(slug: string): IngestReport {
  return {
    ...{ slug, title: slug, state: 'offline', startedAt: null, verdict: 'healthy', advice: [], encoder: null },
    ...{ video: null, audio: null, droppedFrames: 0, reconnects: 0, viewers: 0, samples: [] },
    ladder: {
      ...{
        state: 'off',
        missing: null,
        ladder: null,
        encoder: null,
        rungs: [],
        position: null,
        lagMs: null,
        restarts: 0,
        steps: 0,
      },
    },
  }
}

/** Every path that names no file of the page is a page of its own, answered by the one document. */
function pageFile(dist: string, path: string): string {
  const asset = path.startsWith('/assets/') || path.startsWith('/icons/') || path === '/favicon.svg'
  return asset ? join(dist, normalize(path)) : join(dist, 'index.html')
}

async function file(name: string, response: ServerResponse): Promise<void> {
  const data = await readFile(name).catch(() => null)
  if (data === null) return problem(response, 404)
  response.writeHead(200, {
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'content-security-policy': policy,
  })
  response.end(data)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text.startsWith('{') ? JSON.parse(text) : {}
}

function json(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type })
  response.end(JSON.stringify(value))
}

function problem(response: ServerResponse, status: number): void {
  json(response, status, { type: 'about:blank', title: 'Refused', status }, 'application/problem+json')
}
