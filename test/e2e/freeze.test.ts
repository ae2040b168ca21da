import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
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

test('the forced race loses the last parts of segments in a player that nothing was done for, and none in ours', async () => {
  // Parts of 167 ms, which no server of ours makes: the page is prepared for those of others.
  const source = await makeSource({ seconds: 60, gop: 2, framesPerPart: 5 })
  const server = new FakeServer()
  await server.start()
  const browser = await launchChromium()
  const done = new AbortController()
  try {
    server.origins.set('choir', new LlOrigin({ source }))
    server.set('choir', { state: 'live', startedAt: new Date().toISOString(), presentation: 'p1' })
    const url = `${server.url}/c/choir`
    const standsStillMs = 3000
    const common = { browser, url, seconds: 35, race: true, frozenMs: standsStillMs, signal: done.signal }
    const unprepared = watchPlayer({
      ...common,
      othersInTimeSince: () => {
        done.abort()
        return true
      },
      open: (page) => openUnprepared(page, server.url, '/live/choir/index.m3u8'),
    })
    const [theirs, ours] = await Promise.all([unprepared, watchPlayer({ ...common, othersInTimeSince: () => true })])
    assert.equal(theirs.failure, null)
    assert.equal(theirs.frozen, true, 'the unprepared player stands still')
    assert.equal(ours.failure, null)
    assert.equal(ours.frozen, false, ours.scene ?? '')
    assert.ok(ours.raced > 0, 'ours was raced, too')
  } finally {
    await browser.close()
    await server.stop()
  }
})
