import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ROOT } from '../../light/server-process.ts'

const HTML = `<!doctype html><title>Unprepared</title><video muted autoplay></video>
<script src="/unprepared/hls.js"></script><script src="/unprepared/page.js"></script>`

/** hls.js as it comes, but for the loaders that force the race: no watchdog, no smaller padding, no longest delay. */
const SCRIPT = `
const video = document.querySelector('video')
const config = { lowLatencyMode: true }
video.dispatchEvent(new CustomEvent('player-config', { bubbles: true, detail: { Hls, config } }))
const hls = new Hls(config)
hls.loadSource(new URLSearchParams(location.search).get('playlist'))
hls.attachMedia(video)
`

/**
 * A page with a player that nothing was done for, on the origin of the media, so that a test of the prepared one can
 * show what it would miss.
 */
export async function openUnprepared(page: Page, origin: string, playlist: string): Promise<void> {
  await page.route(`${origin}/unprepared/**`, async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname.endsWith('/hls.js')) await route.fulfill({ path: join(ROOT, 'node_modules/hls.js/dist/hls.js') })
    else if (pathname.endsWith('/page.js')) await route.fulfill({ contentType: 'text/javascript', body: SCRIPT })
    else await route.fulfill({ contentType: 'text/html', body: HTML })
  })
  await page.goto(`${origin}/unprepared/?playlist=${encodeURIComponent(playlist)}`, { waitUntil: 'commit' })
}
