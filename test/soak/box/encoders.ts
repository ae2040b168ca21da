import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions } from '../../../bench/load/serve-load.ts'
import type { FlvTag } from '../../../src/formats/flv/flv-file.ts'
import { loopMs, RtmpPublisher, readFlvFile } from '../../light/rtmp-publisher.ts'
import { Chance } from './chance.ts'
import { serveTally, Tally } from './tally.ts'

/** Encoders whose networks are bad: each publishes for a while, goes in one of the ways that encoders go, and comes back. */
export type EncodersOptions = {
  readonly port: number
  readonly channels: readonly string[]
  readonly file: string
  readonly seed: number
  /** How long they stay, and how long they are away, in seconds: from, to. */
  readonly staySeconds: readonly [number, number]
  readonly awaySeconds: readonly [number, number]
}

/** How an encoder goes: with a goodbye, with its machine, or without a word while its socket stays (a network that swallows all). */
const WAYS = ['clean', 'reset', 'silent'] as const
const TICK_MS = 5
/** A socket that nothing comes from or goes to is let go after so long, as the kernel of the encoder's machine would. */
const FORGOTTEN_MS = 45_000

const options = loadOptions<EncodersOptions>()
const tally = new Tally()
const chance = new Chance(options.seed)
const tags = readFlvFile(options.file)
const lengthMs = loopMs(tags)

type Life = { readonly publisher: RtmpPublisher; readonly begunMs: number; readonly endsMs: number; next: number }

const now = { publishing: 0 }

/** @returns when it ends, or its socket does */
function send(life: Life): Promise<'over' | 'closed'> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const atMs = performance.now()
      const { closed } = life.publisher.client.socket
      if (closed || atMs >= life.endsMs) {
        clearInterval(timer)
        resolve(closed ? 'closed' : 'over')
        return
      }
      for (let due = tagAt(life.next); due.timestamp <= atMs - life.begunMs; due = tagAt(life.next)) {
        life.publisher.send(due)
        life.next++
      }
    }, TICK_MS)
  })
}

function tagAt(index: number): FlvTag {
  const tag = tags[index % tags.length]
  if (tag === undefined) throw new Error('a file without anything in it')
  return { ...tag, timestamp: tag.timestamp - (tags[0]?.timestamp ?? 0) + Math.floor(index / tags.length) * lengthMs }
}

async function live(name: string): Promise<void> {
  const publisher = await RtmpPublisher.open({ port: options.port, name })
  publisher.client.socket.on('error', () => {})
  now.publishing++
  tally.add('connected')
  const begunMs = performance.now()
  const endsMs = begunMs + 1000 * chance.between(...options.staySeconds)
  const how = await send({ publisher, begunMs, endsMs, next: 0 })
  now.publishing--
  const { socket } = publisher.client
  if (how === 'closed') {
    tally.fault('lost', `${name}: the server closed its connection`)
    return
  }
  const way = chance.oneOf(WAYS)
  tally.add(way)
  if (way === 'clean') await publisher.unpublish()
  else if (way === 'reset') socket.resetAndDestroy()
  else {
    socket.pause()
    setTimeout(() => socket.resetAndDestroy(), FORGOTTEN_MS)
  }
}

async function again(name: string): Promise<void> {
  for (;;) {
    await live(name).catch((error: unknown) => {
      tally.fault('refused', `${name}: ${error instanceof Error ? error.message : String(error)}`)
    })
    await sleep(1000 * chance.between(...options.awaySeconds))
  }
}

for (const name of options.channels) void again(name)
await sleep(1000)
serveTally(tally, () => now)
