import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { ROOT, ServerProcess } from '../light/server-process.ts'
import { launch, until } from './browser.ts'

// mpegts.js, as sites embed it, on a page of another site: HTTP-FLV and WebSocket-FLV of a broadcast with B-frames.

const PLAYED_SECONDS = 4
const PAGE = `<!doctype html><meta charset="utf-8"><title>FLV</title><script src="/mpegts.js"></script><video muted width="160"></video>
<script>
const video = document.querySelector('video')
const told = { errors: [], ended: false, info: null, from: null }
function start(url) {
  mpegts.LoggingControl.enableAll = false
  const player = mpegts.createPlayer({ type: 'flv', isLive: true, url })
  player.on(mpegts.Events.ERROR, (...words) => told.errors.push(words.slice(0, 2).join(' ')))
  player.on(mpegts.Events.MEDIA_INFO, (info) => { told.info = info })
  player.on(mpegts.Events.LOADING_COMPLETE, () => { told.ended = true })
  player.attachMediaElement(video)
  player.load()
  video.addEventListener('timeupdate', () => { told.from ??= video.currentTime })
  player.play()
}
</script>`

let server: ServerProcess
let encoder: Encoder
let site: Server
let browser: Browser

before(async () => {
  const script = await readFile(join(ROOT, 'node_modules/mpegts.js/dist/mpegts.js'))
  site = createServer((req, res) => {
    const isScript = req.url === '/mpegts.js'
    res.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' }).end(isScript ? script : PAGE)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  server = await ServerProcess.start({ sections: { ingest: 'endSeconds: 0, graceSeconds: 0' } })
  encoder = await Encoder.replay('obs', server.publishUrl('show'))
  await server.live('show')
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await encoder?.stop()
  await server?.stop()
  site?.close()
})

async function play(url: string): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
  await page.evaluate(`start(${JSON.stringify(url)})`)
  return page
}

test('mpegts.js plays HTTP-FLV and WebSocket-FLV on a page of another site, and sees the broadcast’s end', async () => {
  const address = `127.0.0.1:${server.httpPort}/live/show.flv`
  const pages = await Promise.all([play(`http://${address}`), play(`ws://${address}`)])
  for (const page of pages) {
    const enough = `(told.from !== null && video.currentTime - told.from > ${PLAYED_SECONDS}) || told.errors.length > 0`
    await until(page, enough, 60_000)
    const { errors, info } = await page.evaluate<{
      errors: string[]
      info: { width: number; height: number; videoCodec: string; audioCodec: string }
    }>('told')
    assert.deepEqual(errors, [])
    assert.deepEqual([info.width, info.height, info.audioCodec], [640, 360, 'mp4a.40.2'])
    assert.match(info.videoCodec, /^avc1\.64/)
    assert.equal(await page.evaluate('video.videoWidth'), 640)
    assert.ok((await page.evaluate<number>('video.webkitAudioDecodedByteCount')) > 0, 'no sound was decoded')
  }
  await encoder.stop()
  for (const page of pages) {
    await until(page, 'told.ended')
    assert.deepEqual(await page.evaluate('told.errors'), [])
  }
})
