import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { launchChromium } from '../light/chromium.ts'
import type { Batch } from '../soak/freeze/plan.ts'
import { runBatch } from '../soak/freeze/run-batch.ts'
import { openUnprepared } from '../soak/freeze/unprepared-page.ts'
import { watchPlayer } from '../soak/freeze/watched-player.ts'
import { builtPage } from './built-page.ts'
import { FakeServer } from './fake-server.ts'
import { LlOrigin } from './ll-origin.ts'
import { makeSource } from './ll-source.ts'

// The short form of `npm run soak -- freeze`.

let dataDir = ''
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streamhost-freeze-test-'))
  await builtPage()
})
after(() => rm(dataDir, { recursive: true }))

const short = { known: false, seconds: 15, races: [false, true] }
const batches: readonly Batch[] = [
  { ...short, number: 1, profile: 'standard', encoder: 'obs', load: false },
  { ...short, number: 2, profile: 'low', encoder: 'gop2', load: true },
]

for (const batch of batches) {
  const name = `profile ${batch.profile}, encoder ${batch.encoder}${batch.load ? ', busy processors' : ''}`
  test(`watch pages never stand still, nor does the one with the forced race: ${name}`, async () => {
    const { runs } = await runBatch(batch, dataDir, new AbortController().signal)
    for (const run of runs) {
      assert.equal(run.failure, null)
      assert.equal(run.frozen, false, run.scene ?? '')
      assert.notEqual(run.firstFrameMs, null, 'it shows a picture')
    }
    assert.ok((runs[1]?.racedParts ?? 0) > 0, 'the race took place')
  })
}

test('the forced race loses parts of a player that nothing was done for; ours goes on', async () => {
  // Parts of 167 ms, which no server of ours makes: the page is prepared for those of others.
  const source = await makeSource({ seconds: 60, gop: 2, framesPerPart: 5 })
  const server = new FakeServer()
  await server.start()
  const browser = await launchChromium()
  const { signal } = new AbortController()
  try {
    server.origins.set('choir', new LlOrigin({ source }))
    server.set('choir', { state: 'live', startedAt: new Date().toISOString(), presentation: 'p1' })
    const url = `${server.url}/c/choir`
    const common = { browser, url, seconds: 22, race: true, signal, othersInTimeSince: () => true }
    const open = (page: Page) => openUnprepared(page, server.url, '/live/choir/index.m3u8')
    // hls.js by itself goes over a hole of 167 ms after some seconds, further behind each time.
    const [theirs, ours] = await Promise.all([watchPlayer({ ...common, open }), watchPlayer(common)])
    assert.equal(theirs.failure, null)
    assert.ok(theirs.holes > 0 || theirs.longestStillMs > 3000, 'the unprepared player lost parts')
    assert.equal(ours.failure, null)
    assert.equal(ours.frozen, false, ours.scene ?? '')
    assert.ok(ours.raced > 0, 'ours was raced, too')
  } finally {
    await browser.close()
    await server.stop()
  }
})
