import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { ROOT, ServerProcess } from '../light/server-process.ts'
import { whenThere } from '../oracles/ll-follower.ts'
import { encodeSource, type Source } from '../oracles/sources.ts'
import { parseMediaPlaylist, type StrictMedia } from '../oracles/strict-playlist.ts'
import { launch, until } from './browser.ts'

/** Players as people embed them elsewhere: from npm, with their defaults. */
const PLAYERS = ['hls.js, low latency', 'hls.js, plain', 'shaka-player'] as const
/** So much is played before a player counts as playing. */
const PLAYED_SECONDS = 5

const stereo = { rate: 48_000, channels: 2 }
const GOP_2: Source = { name: 'gop2', seconds: 75, video: { size: '320x180', fps: 30, gop: 60 }, audio: stereo }
const AS_OBS: Source = {
  name: 'obs',
  seconds: 75,
  video: { size: '320x180', fps: 30, gop: 250, bFrames: 2 },
  audio: stereo,
}
/** What a channel has shown decides how its next broadcast is cut (docs/decisions/0003-long-groups-of-pictures.md). */
const CASES = [
  { slug: 'gop2', source: GOP_2, shown: false, words: 'a key frame every 2 s' },
  { slug: 'obs', source: AS_OBS, shown: false, words: 'a key frame every 8.3 s, the first time' },
  { slug: 'obs-again', source: AS_OBS, shown: true, words: 'a key frame every 8.3 s, as the time before' },
] as const
process.env.STREAMHOST_INGEST_END_SECONDS = '0'

/** What a page reports of one of its players. */
type Report = {
  readonly fatal: readonly string[]
  readonly errors: readonly string[]
  readonly joinMs: number | null
  readonly from: number | null
  readonly played: number
  readonly stalls: number
  readonly jumps: readonly string[]
  readonly latency: number | null
  readonly at: number
  readonly readyState: number
  readonly ranges: readonly (readonly [number, number])[]
  readonly videoBytes: number
  readonly audioBytes: number
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>Players</title>
<script src="/hls.js"></script><script src="/shaka.js"></script>
<script>
const reports = {}
function watch(name, video) {
  const startedAt = performance.now()
  const report = reports[name] = { fatal: [], errors: [], joinMs: null, from: null, played: 0, stalls: 0, jumps: [], latency: null, video }
  let last = null
  video.addEventListener('playing', () => { report.joinMs ??= Math.round(performance.now() - startedAt) })
  video.addEventListener('waiting', () => { if (report.played > 0) report.stalls++ })
  video.addEventListener('timeupdate', () => {
    const now = video.currentTime
    report.from ??= now
    const step = last === null ? 0 : now - last
    // A step that the clock of the page can't explain is a jump of the player, no playback.
    if (step > 1.5 || step < -0.1) report.jumps.push(last.toFixed(2) + ' to ' + now.toFixed(2))
    else report.played += step
    last = now
  })
  return report
}
function element() {
  const video = document.createElement('video')
  video.muted = true
  video.width = 160
  document.body.append(video)
  return video
}
function playHls(name, url, options) {
  const video = element()
  const report = watch(name, video)
  const hls = new Hls(options)
  hls.on(Hls.Events.ERROR, (_, data) => (data.fatal ? report.fatal : report.errors).push(data.type + ' ' + data.details))
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play())
  video.addEventListener('timeupdate', () => { report.latency = hls.latency })
  hls.loadSource(url)
  hls.attachMedia(video)
}
async function playShaka(name, url, from) {
  shaka.polyfill.installAll()
  const video = element()
  const report = watch(name, video)
  const player = new shaka.Player()
  player.addEventListener('error', ({ detail }) => (detail.severity === 2 ? report.fatal : report.errors).push('shaka ' + (detail.code ?? detail)))
  try {
    await player.attach(video)
    await player.load(url, from)
    video.addEventListener('timeupdate', () => { report.latency = player.getPlayheadTimeAsDate() ? (Date.now() - player.getPlayheadTimeAsDate().getTime()) / 1000 : null })
    await video.play()
  } catch (error) { report.fatal.push('shaka ' + (error.code ?? error)) }
}
function start(name, url, from) {
  if (name === 'shaka-player') playShaka(name, url, from)
  else playHls(name, url, { lowLatencyMode: name === 'hls.js, low latency', startPosition: from ?? -1 })
}
function told(name) {
  const { video, ...report } = reports[name]
  const { buffered } = video
  const ranges = Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)])
  const { currentTime: at, readyState } = video
  return { ...report, at, readyState, ranges, videoBytes: video.webkitVideoDecodedByteCount, audioBytes: video.webkitAudioDecodedByteCount }
}
</script>`

let folder: string
let server: ServerProcess
let site: Server
let browser: Browser
const encoders: Encoder[] = []
let over = false

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-players-'))
  const files: Record<string, { readonly type: string; readonly body: Buffer | string }> = {
    '/': { type: 'text/html', body: PAGE },
    '/hls.js': { type: 'text/javascript', body: await npm('hls.js/dist/hls.min.js') },
    '/shaka.js': { type: 'text/javascript', body: await npm('shaka-player/dist/shaka-player.compiled.js') },
  }
  site = createServer((req, res) => {
    const file = files[req.url ?? '']
    res.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' }).end(file?.body)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  server = await ServerProcess.start()
  browser = await launch()
  const sent = new Map<Source, string>()
  for (const source of [GOP_2, AS_OBS]) sent.set(source, await encodeSource(source, folder))
  for (const { slug, source, shown } of CASES) void publish(slug, sent.get(source) ?? '', shown)
  encoders.push(await Encoder.replay('light', server.publishUrl('rewound')))
})

async function publish(slug: string, file: string, shown: boolean): Promise<void> {
  const encoder = (...length: string[]): Encoder =>
    new Encoder(['-re', ...length, '-i', file, '-c', 'copy', '-f', 'flv', server.publishUrl(slug)])
  if (shown) {
    // More than one group of pictures, so that the server knows how long they are.
    const first = encoder('-t', '9')
    encoders.push(first)
    await once(first.child, 'exit')
  }
  if (!over) encoders.push(encoder())
}

after(async () => {
  over = true
  await browser?.close()
  for (const encoder of encoders) await encoder.stop()
  await server?.stop()
  site?.close()
  await rm(folder, { recursive: true, force: true })
})

for (const { slug, source, shown, words } of CASES) {
  suite(`players of others, ${words}`, () => {
    let playing: ReadonlyMap<string, Page>

    before(async () => {
      // Those with rare key frames are watched at the same time.
      for (const each of CASES) if (each.source === source) opened(each).catch(() => {})
      playing = await opened({ slug, shown })
    })
    after(async () => {
      for (const page of playing?.values() ?? []) await page.context().close()
    })

    for (const player of PLAYERS) {
      test(`${player} plays picture and sound`, async (t) => {
        const page = playing.get(player)
        assert.ok(page !== undefined)
        const told = (): Promise<Report> => page.evaluate<Report>(`told(${JSON.stringify(player)})`)
        const enough = `told(${JSON.stringify(player)}).played > ${PLAYED_SECONDS} || told(${JSON.stringify(player)}).fatal.length > 0`
        await until(page, enough, 60_000).catch(async (error: Error) => {
          throw new Error(`${error.message}: ${JSON.stringify(await told())}`)
        })
        const report = await told()
        t.diagnostic(JSON.stringify(report))
        assert.deepEqual(report.fatal, [])
        assert.ok(report.videoBytes > 0, 'no picture was decoded')
        assert.ok(report.audioBytes > 0, 'no sound was decoded')
      })
    }
  })
}

test('players of others begin at the beginning of the rewind window, long after that left the live playlist', async (t) => {
  const url = `${server.playlistUrl('rewound')}?dvr=1`
  const source = server.playlistUrl('rewound').replace('index', 'source')
  const live = async (): Promise<StrictMedia> => parseMediaPlaylist(await whenThere(source, t.signal))
  while ((await live()).mediaSequence < 5) await sleep(200)
  for (const player of PLAYERS) {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`http://127.0.0.1:${portOf(site)}/`)
    await page.evaluate(`start(${JSON.stringify(player)}, ${JSON.stringify(url)}, 1)`)
    const told = `told(${JSON.stringify(player)})`
    await until(page, `${told}.played > ${PLAYED_SECONDS} || ${told}.fatal.length > 0`, 60_000)
    const report = await page.evaluate<Report>(told)
    t.diagnostic(`${player} ${JSON.stringify(report)}`)
    assert.deepEqual(report.fatal, [])
    assert.ok((report.from ?? Number.POSITIVE_INFINITY) < 4, `${player} began at ${report.from}`)
    assert.ok(report.videoBytes > 0 && report.audioBytes > 0)
    await page.context().close()
  }
})

const pages = new Map<string, Promise<ReadonlyMap<string, Page>>>()

/**
 * The pages of a case, whose players have begun. They come into a broadcast that goes on for a while, in the middle of a
 * group. Each has a context of its own: a browser opens no more than six connections to a server, and two of a player's wait.
 */
function opened({
  slug,
  shown,
}: {
  readonly slug: string
  readonly shown: boolean
}): Promise<ReadonlyMap<string, Page>> {
  const known = pages.get(slug)
  if (known !== undefined) return known
  const open = async (): Promise<ReadonlyMap<string, Page>> => {
    const { targetDuration } = await passed(server.playlistUrl(slug).replace('index', 'source'), 12, shown)
    assert.equal(targetDuration, shown ? 6 : 2)
    const begin = async (player: string): Promise<[string, Page]> => {
      const page = await (await browser.newContext()).newPage()
      await page.goto(`http://127.0.0.1:${portOf(site)}/`)
      await page.evaluate(`start(${JSON.stringify(player)}, ${JSON.stringify(server.playlistUrl(slug))})`)
      return [player, page]
    }
    return new Map(await Promise.all(PLAYERS.map(begin)))
  }
  const made = open()
  pages.set(slug, made)
  return made
}

/** Waits until the broadcast has gone on for so many seconds; the channel's second broadcast if that is wanted. */
async function passed(url: string, seconds: number, second: boolean): Promise<StrictMedia> {
  const signal = AbortSignal.timeout(150_000)
  for (;;) {
    const playlist = parseMediaPlaylist(await whenThere(url, signal))
    const { segments, open, ended } = playlist
    const parts = open.parts.reduce((sum, { duration }) => sum + duration, 0)
    const shown = segments.reduce((sum, { duration }) => sum + duration, parts)
    const wanted = !ended && (!second || playlist.discontinuitySequence > 0)
    if (wanted && shown >= seconds) return playlist
    if (ended) await sleep(50, undefined, { signal })
    else await whenThere(`${url}?_HLS_msn=${open.msn}&_HLS_part=${open.parts.length}`, signal)
  }
}

const npm = (path: string): Promise<Buffer> => readFile(join(ROOT, 'node_modules', path))

function portOf(of: Server): number {
  const address = of.address()
  if (address === null || typeof address === 'string') throw new Error('a server without a port')
  return address.port
}
