import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { TagType } from '../src/formats/flv/flv-file.ts'
import { launchChromium } from '../test/light/chromium.ts'
import { clockEncoder } from '../test/light/clock-encoder.ts'
import { LAYOUT, readClock, writeClock } from '../test/light/clock-picture.ts'
import { Encoder, type EncoderKind, encoded } from '../test/light/encoder.ts'
import { noteFirstFrame } from '../test/light/page-probe.ts'
import { RtmpPublisher, readFlvFile, replay } from '../test/light/rtmp-publisher.ts'
import { ServerProcess, until } from '../test/light/server-process.ts'
import { type Spread, spread } from './measure/figures.ts'
import type { Figure, Measure } from './measure/frame.ts'

const WARM_UP_MS = 10_000

type Case = {
  readonly name: string
  readonly profile: 'standard' | 'low'
  readonly encoder: EncoderKind
  /** What the delay's median must reach, ms. */
  readonly delay: number
  readonly join: number
}
type Told = { readonly value: Spread; readonly more?: NonNullable<Figure['more']> }

const CASES: readonly Case[] = [
  { name: 'standard', profile: 'standard', encoder: 'gop2', delay: 1500, join: 1000 },
  { name: 'low', profile: 'low', encoder: 'gop2', delay: 1400, join: 1000 },
  { name: 'obs', profile: 'standard', encoder: 'obs', delay: 2000, join: 1500 },
]

/** Milliseconds from the picture's way into the encoder to the screen, of every picture that was shown. */
async function delay(browser: Browser, { profile, encoder: kind }: Case, seconds: number): Promise<Told> {
  await using parts = new AsyncDisposableStack()
  const server = parts.use(await ServerProcess.start({ profile }))
  const encoder = parts.use(clockEncoder(kind, server.publishUrl('clock')))
  const { stdin } = encoder.child
  if (stdin === null) throw new Error('the encoder takes no pictures')
  const stop = new AbortController()
  const writing = writeClock(stdin, stop.signal)
  parts.defer(async () => {
    stop.abort()
    await writing
  })
  await server.live('clock')
  // A join later in the life of a broadcast, when groups of pictures are known.
  await sleep(kind === 'obs' ? 10_000 : 3000)
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
  parts.defer(() => context.close())
  const page = await context.newPage()
  await page.addInitScript(readClock, LAYOUT)
  await page.goto(`${server.url}/c/clock`, { waitUntil: 'commit' })
  await sleep(WARM_UP_MS + seconds * 1000)
  if (!encoder.running) throw new Error(`the encoder ended: ${encoder.output}`)
  const seen = await page.evaluate<{
    delays: [number, number][]
    unreadable: number
    stats: { stalls: number; rescues: number; latency: number }
  }>(`({ delays, unreadable, stats: { ...document.querySelector('[data-player]').stats } })`)
  stop.abort()
  const writtenLateMs = Math.round(await writing)
  const ages = seen.delays.filter(([atMs]) => atMs > WARM_UP_MS).map(([, age]) => age)
  const { stalls, rescues, latency } = seen.stats
  const reported = Math.round(latency * 1000)
  const value = spread(ages)
  const { unreadable } = seen
  const more = { p95: value.p95, pictures: ages.length, unreadable, stalls, rescues, reported, writtenLateMs }
  return { value, more }
}

/** Milliseconds from opening the watch page of a running broadcast to its first picture. */
async function join(browser: Browser, { profile, encoder: kind }: Case, opens: number): Promise<Told> {
  await using parts = new AsyncDisposableStack()
  const server = parts.use(await ServerProcess.start({ profile }))
  parts.use(await Encoder.replay(kind, server.publishUrl('join')))
  await server.live('join')
  await sleep(12_000)
  const first: number[] = []
  for (let i = 0; i < opens; i++) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
    const page = await context.newPage()
    await page.addInitScript(noteFirstFrame)
    await page.goto(`${server.url}/c/join`, { waitUntil: 'commit' })
    await until(() => page.evaluate<boolean>('globalThis.firstFrameMs !== undefined'), 15_000, 'no picture')
    first.push(await page.evaluate<number>('globalThis.firstFrameMs'))
    await context.close()
    // At another phase of parts, segments and groups of pictures each time.
    await sleep(700 + i * 130)
  }
  return { value: spread(first) }
}

/** Milliseconds from sending the first key frame to a playlist that can be played. */
async function firstPlaylist({ profile, encoder: kind }: Case, times: number): Promise<Told> {
  await using server = await ServerProcess.start({ profile })
  const tags = readFlvFile(await encoded(kind))
  const waits: number[] = []
  for (let i = 0; i < times; i++) {
    const slug = `first-${i}`
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: slug })
    const stop = new AbortController()
    const startMs = performance.now()
    const key = tags.find((tag) => tag.typeId === TagType.video && tag.body[0] === 0x17 && tag.body[1] === 1)
    const keyMs = startMs + (key?.timestamp ?? 0) - (tags[0]?.timestamp ?? 0)
    const sending = replay([publisher], tags, { signal: stop.signal })
    await server.live(slug)
    waits.push(performance.now() - keyMs)
    stop.abort()
    await sending
    publisher.client.destroy()
  }
  return { value: spread(waits) }
}

/** What a viewer notices, with a real browser. In its short form nothing: the browser's own tests see that it runs. */
export const measure: Measure = {
  name: 'latency',
  about: 'encoder input to screen, joining, first playlist, in a real browser',
  minutes: 7,
  rounds: 5,
  seconds: 30,
  async run(bench) {
    if (bench.short) return
    const told = (name: string, { value, more }: Told, atMost?: number): void =>
      bench.tell({ name, unit: 'ms', ours: value, ...(more && { more }), ...(atMost !== undefined && { atMost }) })
    const browser = await launchChromium()
    try {
      for (const each of CASES)
        told(`to the screen, ${each.name}`, await delay(browser, each, bench.seconds), each.delay)
      for (const each of CASES) told(`first picture, ${each.name}`, await join(browser, each, bench.rounds), each.join)
    } finally {
      await browser.close()
    }
    for (const each of CASES) told(`first playlist, ${each.name}`, await firstPlaylist(each, bench.rounds))
  },
}
