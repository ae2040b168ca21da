import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { loadOptions } from '../../../bench/load/serve-load.ts'
import { FlvDecoder, TagType } from '../../../src/formats/flv/flv-file.ts'
import { connectInfo, RtmpClient } from '../../light/rtmp-client.ts'
import { serveTally, Tally } from './tally.ts'

/** Players of RTMP, HTTP-FLV and WebSocket-FLV in turn, which read frame after frame and leave none out. */
export type PlayersOptions = {
  readonly httpPort: number
  readonly rtmpPort: number
  readonly channels: readonly string[]
  readonly players: number
}

/** Frames of the file are at most so far apart; one that is left out shows. */
const APART_MS = { [TagType.video]: 50, [TagType.audio]: 32 } as const
const DRAIN_MS = 50
const AGAIN_MS = 1000

const options = loadOptions<PlayersOptions>()
const tally = new Tally()

/** The order and the times of what one player gets. */
class Watched {
  readonly #who: string
  readonly #last = new Map<number, number>()

  constructor(who: string) {
    this.#who = who
  }

  took(typeId: number, timestamp: number): void {
    const apart = typeId === TagType.video || typeId === TagType.audio ? APART_MS[typeId] : undefined
    if (apart === undefined) return
    tally.add('frames')
    const last = this.#last.get(typeId)
    this.#last.set(typeId, timestamp)
    if (last === undefined) return
    if (timestamp < last) tally.fault('holes', `${this.#who}: ${timestamp} behind ${last}`)
    if (timestamp - last > apart) tally.fault('missing', `${this.#who}: nothing between ${last} and ${timestamp}`)
  }
}

type Way = (slug: string, watched: Watched) => Promise<string>

/** @returns why it ended */
const httpFlv: Way = (slug, watched) =>
  new Promise((resolve) => {
    const decoder = new FlvDecoder(({ typeId, timestamp }) => watched.took(typeId, timestamp))
    const url = `http://127.0.0.1:${options.httpPort}/live/${slug}.flv`
    get(url, { agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.destroy()
        resolve(`answered ${response.statusCode}`)
        return
      }
      response.on('data', (bytes: Buffer) => decoder.push(bytes))
      response.on('error', (error) => resolve(error.message))
      response.on('close', () => resolve('the answer ended'))
    }).on('error', (error) => resolve(error.message))
  })

const webSocketFlv: Way = (slug, watched) =>
  new Promise((resolve) => {
    const decoder = new FlvDecoder(({ typeId, timestamp }) => watched.took(typeId, timestamp))
    const socket = new WebSocket(`ws://127.0.0.1:${options.httpPort}/live/${slug}.flv`)
    socket.on('message', (bytes: Buffer) => decoder.push(bytes))
    socket.on('error', (error) => resolve(error.message))
    socket.on('close', (code) => resolve(`closed with ${code}`))
  })

const rtmp: Way = async (slug, watched) => {
  const client = await RtmpClient.open({ port: options.rtmpPort })
  client.socket.on('error', () => {})
  await client.call('connect', [connectInfo({ app: 'live' })])
  const streamId = (await client.call('createStream', [null])).values[1]
  client.tell({ name: 'play', transactionId: 0, values: [null, slug] }, typeof streamId === 'number' ? streamId : 1)
  const drain = setInterval(() => {
    for (const { typeId, timestamp } of client.received.splice(0)) watched.took(typeId, timestamp)
  }, DRAIN_MS)
  await client.closed
  clearInterval(drain)
  return client.statuses.at(-1)?.description ?? 'closed'
}

const WAYS = { rtmp, httpFlv, webSocketFlv } as const

async function again(name: keyof typeof WAYS, slug: string): Promise<void> {
  for (;;) {
    const who = `${name} of ${slug}`
    const why = await WAYS[name](slug, new Watched(who)).catch((error: Error) => error.message)
    tally.fault('lost', `${who}: ${why}`)
    await sleep(AGAIN_MS)
  }
}

const names = Object.keys(WAYS) as (keyof typeof WAYS)[]
for (let i = 0; i < options.players; i++) {
  void again(names[i % names.length] ?? 'rtmp', options.channels[i % options.channels.length] ?? '')
  await sleep(20)
}
await sleep(1000)
serveTally(tally, () => ({ players: options.players }))
