import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LoadProcess } from '../../bench/measure/load-process.ts'
import { conditions } from '../light/conditions.ts'
import { ServerProcess } from '../light/server-process.ts'

const USAGE = `npm run soak -- chat [options]: a full room, beside it those who flood it, and a broadcast

  --clients N    people in the room (5000)
  --rate N       messages a second (20)
  --hostile N    clients that flood (100)
  --seconds N    how long, with and without the floods each (30)
`
const PATH = '/api/v1/channels/room/ws'

export type ChatSoak = {
  readonly clients: number
  readonly rate: number
  readonly hostile: number
  readonly seconds: number
}

/** One phase: what the room saw, what the server took, how the broadcast went on meanwhile. */
export type Phase = {
  readonly sent: number
  readonly delivered: number
  /** Messages that somebody did not get, and connections that ended. */
  readonly missed: number
  readonly lost: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMiB: number
  readonly cpuShare: number
  /** The longest time between two new parts of the broadcast, as a reader of the playlist saw it. */
  readonly longestPartMs: number
  readonly parts: number
}

export type ChatSoakResult = {
  readonly calm: Phase
  readonly flooded: Phase
  readonly floods: Readonly<Record<string, number>>
}

/** Runs the room calmly, then with the floods. */
export async function soakChat({ clients, rate, hostile, seconds }: ChatSoak): Promise<ChatSoakResult> {
  await using parts = new AsyncDisposableStack()
  const server = parts.use(
    await ServerProcess.start({
      yaml:
        'channels: [{ slug: room }]\nobservability: { log: { level: warn } }\n' +
        'limits: { http: { connections: 50000 }, websocket: { connections: 50000 } }\n',
      sections: { server: 'trustedProxies: [127.0.0.1]' },
    }),
  )
  const video = { publishers: 1, prefix: 'video', framesPerSecond: 25, frameBytes: 8000 }
  parts.use(await LoadProcess.start('publish', { ...video, port: server.rtmpPort, warmUpMs: 0 }))
  await server.live('video-0', 30_000)
  const room = { port: server.httpPort, path: PATH }
  const crowd = parts.use(await LoadProcess.start('chat', { ...room, clients, rate, staySeconds: 10 }))
  const calm = await phase(server, crowd, seconds)
  const floods = parts.use(await LoadProcess.start('chat-hostile', { ...room, clients: hostile }))
  await floods.begin()
  const flooded = await phase(server, crowd, seconds)
  return { calm, flooded, floods: await floods.end() }
}

async function phase(server: ServerProcess, crowd: LoadProcess, seconds: number): Promise<Phase> {
  await crowd.begin()
  const [cpuBefore, startedAt] = [server.cpuSeconds(), performance.now()]
  const endsAt = startedAt + seconds * 1000
  let [rss, longestPartMs, parts, changedAt, last] = [0, 0, 0, startedAt, '']
  while (performance.now() < endsAt) {
    rss = Math.max(rss, server.rssBytes())
    const playlist = await (await fetch(`${server.url}/live/video-0/source.m3u8`)).text()
    const newest = /#EXT-X-PRELOAD-HINT:.*URI="([^"]+)"/.exec(playlist)?.[1] ?? ''
    if (newest !== last) {
      const now = performance.now()
      if (last !== '') longestPartMs = Math.max(longestPartMs, now - changedAt)
      if (last !== '') parts++
      changedAt = now
      last = newest
    }
    await sleep(50)
  }
  const elapsed = (performance.now() - startedAt) / 1000
  const cpuShare = (server.cpuSeconds() - cpuBefore) / elapsed
  const { sent = 0, delivered = 0, missed = 0, lost = 0, p50Ms = 0, p99Ms = 0 } = await crowd.end()
  const rounded = { rssMiB: Math.round(rss / 2 ** 20), cpuShare: Number(cpuShare.toFixed(2)) }
  return { sent, delivered, missed, lost, p50Ms, p99Ms, ...rounded, longestPartMs: Math.round(longestPartMs), parts }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '5000' },
      rate: { type: 'string', default: '20' },
      hostile: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(USAGE)
  else {
    const [clients, rate, hostile, seconds] = [values.clients, values.rate, values.hostile, values.seconds].map(Number)
    const options = { clients: clients ?? 0, rate: rate ?? 0, hostile: hostile ?? 0, seconds: seconds ?? 0 }
    const result = await soakChat(options)
    console.table({ calm: result.calm, flooded: result.flooded })
    console.log(JSON.stringify({ soak: 'chat', ...options, ...result, ...conditions() }))
    const failed = [result.calm, result.flooded].some(({ p99Ms, missed, lost }) => p99Ms > 500 || missed + lost > 0)
    console.log(failed ? 'FAILED: p99 above 500 ms, or somebody lost' : 'nobody lost, p99 within 500 ms')
    process.exitCode = failed ? 1 : 0
  }
}
