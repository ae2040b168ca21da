import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ROOT } from './server-process.ts'

/** Players as people embed them elsewhere, from npm, with their defaults, and what they are given. */
export const LADDER_PLAYERS = {
  'hls.js': 'index.m3u8',
  'shaka-player, HLS': 'index.m3u8',
  'shaka-player, DASH': 'manifest.mpd',
  'dash.js': 'manifest.mpd',
} as const
export type LadderPlayer = keyof typeof LADDER_PLAYERS

/** What a page reports of its player. */
export type LadderReport = {
  /** Without those that it goes on from by itself. */
  readonly fatal: readonly string[]
  readonly errors: readonly string[]
  readonly time: number
  /** Of the picture on screen. */
  readonly height: number
  /** The longest time (ms) that media time stood still since `forget`. */
  readonly stillMs: number
  /** Heights of the picture, one after the other, since `forget`. */
  readonly heights: readonly number[]
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>Players of a ladder</title>
<script src="/hls.js"></script><script src="/shaka.js"></script><script src="/dash.js"></script>
<video muted width="640"></video>
<script>
const video = document.querySelector('video')
let report, movedMs, last = 0
const forget = () => { report = { fatal: [], errors: [], stillMs: 0, heights: [video.videoHeight] }; movedMs = performance.now() }
forget()
video.addEventListener('resize', () => report.heights.push(video.videoHeight))
setInterval(() => {
  if (video.currentTime === last) report.stillMs = Math.max(report.stillMs, Math.round(performance.now() - movedMs))
  else movedMs = performance.now()
  last = video.currentTime
}, 20)
let go, heights
const knows = (height) => heights().includes(height)
async function start(name, url) {
  if (name === 'hls.js') {
    const hls = new Hls()
    hls.on(Hls.Events.ERROR, (_, { details, fatal }) => (fatal ? report.fatal : report.errors).push(details))
    hls.on(Hls.Events.MANIFEST_PARSED, () => video.play())
    hls.loadSource(url)
    hls.attachMedia(video)
    heights = () => hls.levels.map((level) => level.height)
    go = (height) => { hls.nextLevel = hls.levels.findIndex((level) => level.height === height) }
  } else if (name === 'dash.js') {
    const player = dashjs.MediaPlayer().create()
    player.on('error', ({ error }) => report.fatal.push('dash.js ' + (error.code ?? error)))
    player.initialize(video, url, true)
    heights = () => player.getRepresentationsByType('video').map((each) => each.height)
    go = (height) => {
      player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } })
      player.setRepresentationForTypeById('video', player.getRepresentationsByType('video').find((each) => each.height === height).id)
    }
  } else {
    shaka.polyfill.installAll()
    const player = new shaka.Player()
    player.addEventListener('error', ({ detail }) => (detail.severity === 2 ? report.fatal : report.errors).push('shaka ' + detail.code))
    await player.attach(video)
    await player.load(url)
    heights = () => player.getVariantTracks().map((track) => track.height)
    go = (height) => {
      player.configure({ abr: { enabled: false } })
      player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === height), false)
    }
    await video.play()
  }
}
const told = () => ({ ...report, time: video.currentTime, height: video.videoHeight })
</script>`

/** Serves a page with all players, of another origin than the media: `start(name, url)`, `go(height)` if it `knows(height)`, then `told()`. */
export async function serveLadderPlayers(): Promise<AsyncDisposable & { readonly url: string }> {
  const npm = (path: string): Promise<Buffer> => readFile(join(ROOT, 'node_modules', path))
  const files: Readonly<Record<string, { readonly type: string; readonly body: Buffer | string }>> = {
    '/': { type: 'text/html', body: PAGE },
    '/hls.js': { type: 'text/javascript', body: await npm('hls.js/dist/hls.min.js') },
    '/shaka.js': { type: 'text/javascript', body: await npm('shaka-player/dist/shaka-player.compiled.js') },
    '/dash.js': { type: 'text/javascript', body: await npm('dashjs/dist/modern/umd/dash.all.min.js') },
  }
  const site = createServer((req, res) => {
    const file = files[req.url ?? '']
    res.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' }).end(file?.body)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const { port } = site.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}
