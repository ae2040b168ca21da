import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions } from '../../../bench/load/serve-load.ts'
import { maskedText, upgradeRequest } from '../../light/chat-crowd.ts'
import { Chance } from './chance.ts'
import { Line } from './line.ts'
import { serveTally, Tally } from './tally.ts'

/** Sockets that begin something and never go on. The server is to let go of each; then it comes again. */
export type StalledOptions = {
  readonly httpPort: number
  readonly rtmpPort: number
  readonly sockets: number
  readonly channels: readonly string[]
  readonly playlist: string
  readonly seed: number
  /** Longer than the server is patient. */
  readonly deafSeconds: number
}

/** More than the kernel keeps for both ends of a connection. */
const ENOUGH_BYTES = 16 * 2 ** 20
const AGAIN_MS = 1000
/** Within this time after it has read what was left, somebody deaf hears that it was let go. */
const DRAINED_MS = 3000
const KEPT_MS = 120_000

const options = loadOptions<StalledOptions>()
const tally = new Tally()
const chance = new Chance(options.seed)
const open = new Map<string, number>()

type Way = {
  readonly name: string
  readonly port: number
  /** What it says, and then nothing more. */
  readonly say: (slug: string) => Promise<string | Buffer>
  /** It reads nothing, not even that it was let go, for `deafSeconds`. */
  readonly deaf?: boolean
}

const http = options.httpPort
const host = `host: 127.0.0.1:${http}\r\n`

/** As many requests as are needed for answers that fit nowhere. */
async function manySegments(slug: string): Promise<string> {
  const line = new Line(http)
  const { body } = await line.get(`/live/${slug}/${options.playlist}?dvr=1`)
  const uris = body.toString().match(/^[^#\n].*\.m4s$/gm) ?? []
  const first = uris[chance.below(Math.max(1, uris.length - 1))]
  if (first === undefined) throw new Error(`${slug} has no segment`)
  const { byteLength } = (await line.get(`/live/${slug}/${first}`)).body
  line.close()
  return `GET /live/${slug}/${first} HTTP/1.1\r\n${host}\r\n`.repeat(
    Math.ceil(ENOUGH_BYTES / Math.max(1000, byteLength)),
  )
}

const WAYS: readonly Way[] = [
  { name: 'takesNothing', port: http, say: manySegments, deaf: true },
  { name: 'deafFlv', port: http, deaf: true, say: async (slug) => `GET /live/${slug}.flv HTTP/1.1\r\n${host}\r\n` },
  { name: 'halfARequest', port: http, say: async () => `GET /live/${'x'.repeat(200)}` },
  { name: 'silent', port: http, say: async () => '' },
  {
    name: 'halfABody',
    port: http,
    say: async () =>
      `POST /api/v1/session HTTP/1.1\r\n${host}content-type: application/json\r\ncontent-length: 400\r\n\r\n{"to`,
  },
  { name: 'halfAHandshake', port: options.rtmpPort, say: async () => Buffer.concat([Buffer.of(3), chance.bytes(700)]) },
  { name: 'silentRtmp', port: options.rtmpPort, say: async () => '' },
  {
    name: 'deafWebSocket',
    port: http,
    deaf: true,
    say: async (slug) => {
      const asked = upgradeRequest(http, `/api/v1/channels/${slug}/ws`)
      return Buffer.concat([Buffer.from(asked), maskedText(JSON.stringify({ type: 'join', name: 'Somebody deaf' }))])
    },
  },
]

/** @returns when the server has let go of it */
async function stall(way: Way): Promise<void> {
  const bytes = await way.say(chance.oneOf(options.channels))
  const socket = connect({ port: way.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)))
  socket.once('connect', () => {
    if (bytes.length > 0) socket.write(bytes)
  })
  open.set(way.name, (open.get(way.name) ?? 0) + 1)
  const begunMs = performance.now()
  if (way.deaf) {
    socket.pause()
    await sleep(options.deafSeconds * 1000)
  }
  socket.resume()
  const letGo = await Promise.race([closed, sleep(way.deaf ? DRAINED_MS : KEPT_MS)])
  socket.destroy()
  open.set(way.name, (open.get(way.name) ?? 0) - 1)
  tally.add(`${way.name}${letGo ? 'LetGo' : 'Kept'}`)
  if (!way.deaf) tally.peak(`${way.name}Seconds`, (performance.now() - begunMs) / 1000)
}

async function again(way: Way): Promise<void> {
  for (;;) {
    await stall(way).catch((error: unknown) => {
      tally.fault('failed', `${way.name}: ${error instanceof Error ? error.message : String(error)}`)
    })
    await sleep(AGAIN_MS)
  }
}

for (let i = 0; i < options.sockets; i++) {
  const way = WAYS[i % WAYS.length]
  if (way !== undefined) void again(way)
  await sleep(10)
}
await sleep(500)
serveTally(tally, () => Object.fromEntries(open))
