import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { ROOT } from './server-process.ts'

/** DASH players as people embed them elsewhere: from npm, with their defaults. */
export const DASH_PLAYERS = ['shaka-player', 'dash.js'] as const
export type DashPlayer = (typeof DASH_PLAYERS)[number]

/** What a page reports of its player. */
export type DashReport = {
  readonly errors: readonly string[]
  readonly played: number
  readonly stalls: number
  /** How many seconds had been played when it stood still. */
  readonly stalledAt: readonly number[]
  /** From where to where it jumped. */
  readonly jumps: readonly (readonly [number, number])[]
  /** Seconds, by its own clock. */
  readonly latency: number | null
  readonly time: number
  readonly ended: boolean
  readonly videoBytes: number
  readonly audioBytes: number
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>DASH players</title>
<script src="/shaka.js"></script><script src="/dash.js"></script>
<video muted width="640"></video>
<script>
const video = document.querySelector('video')
const report = { errors: [], played: 0, stalls: 0, stalledAt: [], jumps: [] }
let latency = () => null
let last = null
video.addEventListener('waiting', () => {
  if (report.played === 0) return
  report.stalls++
  report.stalledAt.push(Math.round(report.played))
})
video.addEventListener('timeupdate', () => {
  const now = video.currentTime
  const step = last === null ? 0 : now - last
  // A step that the clock of the page can't explain is a jump of the player, no playback.
  if (step > 1.5 || step < -0.1) report.jumps.push([last, now])
  else report.played += step
  last = now
})
async function startShaka(url) {
  shaka.polyfill.installAll()
  const player = new shaka.Player()
  player.addEventListener('error', ({ detail }) => report.errors.push('shaka ' + detail.code + ' ' + (detail.data?.slice(0, 3).join(' ').slice(0, 300) ?? '')))
  latency = () => { const at = player.isLive() ? player.getPlayheadTimeAsDate() : null; return at === null ? null : (Date.now() - at) / 1000 }
  try {
    await player.attach(video)
    await player.load(url)
    await video.play()
  } catch (error) { report.errors.push('shaka ' + (error.code ?? error)) }
}
function startDash(url, patient) {
  const player = dashjs.MediaPlayer().create()
  player.on('error', ({ error }) => report.errors.push('dash.js ' + (error.code ?? error)))
  if (patient) {
    const each = (value) => ({ MPD: value, MediaSegment: value, InitializationSegment: value, other: value })
    player.updateSettings({ streaming: { retryAttempts: each(600), retryIntervals: each(500) } })
  }
  latency = () => { const value = player.getCurrentLiveLatency(); return Number.isFinite(value) ? value : null }
  player.initialize(video, url, true)
}
const start = (name, url, patient = false) => void (name === 'dash.js' ? startDash(url, patient) : startShaka(url))
const told = () => ({ ...report, latency: latency(), time: video.currentTime, ended: video.ended,
  videoBytes: video.webkitVideoDecodedByteCount, audioBytes: video.webkitAudioDecodedByteCount })
</script>`

/**
 * Serves a page with both players, of another origin than the media: `start(name, url)`, then `told()`. `start(name, url, true)`
 * has dash.js wait for a server that is away, as docs/operating.md tells who embeds it; by itself it gives up after three failures.
 */
export async function serveDashPlayers(): Promise<AsyncDisposable & { readonly url: string }> {
  const npm = (path: string): Promise<Buffer> => readFile(join(ROOT, 'node_modules', path))
  const files: Readonly<Record<string, { readonly type: string; readonly body: Buffer | string }>> = {
    '/': { type: 'text/html', body: PAGE },
    '/shaka.js': { type: 'text/javascript', body: await npm('shaka-player/dist/shaka-player.compiled.js') },
    '/dash.js': { type: 'text/javascript', body: await npm('dashjs/dist/modern/umd/dash.all.min.js') },
  }
  const site = createServer((req, res) => {
    const file = files[req.url ?? '']
    res.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' }).end(file?.body)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const address = site.address()
  if (address === null || typeof address === 'string') throw new Error('a server without a port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}
