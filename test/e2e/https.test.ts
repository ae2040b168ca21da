import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Encoder } from '../light/encoder.ts'
import { ServerProcess } from '../light/server-process.ts'
import { launch, playing, stats, until, visit } from './browser.ts'

test('the watch page by HTTPS plays its media by HTTP/2, with its socket beside it', async () => {
  await using server = await ServerProcess.start({ https: 'mode: self-signed' })
  await using encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
  await server.live('choir')
  const browser = await launch()
  try {
    const url = `https://localhost:${server.httpsPort}/c/choir`
    const { page, complaints } = await visit(browser, url, { ignoreHTTPSErrors: true })
    await playing(page)
    await until(page, `document.querySelector('video').currentTime > 4`)
    const protocols = await page.evaluate<string[]>(
      `[...new Set(performance.getEntriesByType('resource').filter(({ name }) => /\\.(m4s|m3u8|mp4)/.test(name)).map((each) => each.nextHopProtocol))]`,
    )
    assert.deepEqual(protocols, ['h2'])
    assert.equal((await stats(page)).rescues, 0)
    // The page's WebSocket, which browsers open over HTTP/1.1.
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    assert.match(metrics, /^streamhost_sockets\S* [1-9]|^streamhost_viewers\{channel="choir"\} 1$/m)
    assert.deepEqual(complaints, [])
  } finally {
    await browser.close()
    await encoder.stop()
  }
})
