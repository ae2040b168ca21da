import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { launch, playing, stats, until, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'
import { LlOrigin } from './ll-origin.ts'
import { makeSource } from './ll-source.ts'

test('the race that loses the last part of a segment is forced, and nothing is lost', async () => {
  await using parts = new AsyncDisposableStack()
  const server = new FakeServer()
  await server.start()
  parts.defer(() => server.stop())
  const browser = await launch()
  parts.defer(() => browser.close())
  // Parts of 167 ms, twelve in a segment: without the cure the last ones are gone and the picture stands.
  const source = await makeSource({ seconds: 60, gop: 2, framesPerPart: 5 })
  server.origins.set('race', new LlOrigin({ source }))
  server.set('race', { state: 'live', presentation: 'first', startedAt: new Date().toISOString() })
  const tool = await readFile(new URL('force-race.js', import.meta.url), 'utf8')
  // The race needs hls.js's worker: without it a part is parsed in the task that received it.
  const script = `${tool}
    document.addEventListener('player-config', ({ detail: { Hls, config } }) => {
      const { fLoader, pLoader, raced } = forceRace(Hls, { video: 10, audio: 9 })
      Object.assign(config, { fLoader, pLoader, enableWorker: true, workerPath: '/test/hls.worker.js' })
      globalThis.raced = raced
    })`
  const { page } = await visit(browser, `${server.url}/c/race`, { script })
  await playing(page)
  const raced = (count: number) =>
    until(page, `globalThis.raced.filter((name) => name.startsWith('main')).length >= ${count}`)
  const position = () => page.evaluate<number>(`document.querySelector('video').currentTime`)
  await raced(1)
  const from = await position()
  await raced(2)
  await until(page, `document.querySelector('video').currentTime > ${(await position()) + 2.5}`)
  assert.equal((await stats(page)).rescues, 0)
  // On a slow machine the player may have begun elsewhere, before it knew where live is; from the race on nothing is missing.
  const ranges = await page.evaluate<[number, number][]>(`(() => {
    const { buffered } = document.querySelector('video')
    return Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)])
  })()`)
  const to = await position()
  assert.ok(
    ranges.some(([start, end]) => start <= from && to <= end),
    `a hole between ${from} and ${to}: ${JSON.stringify(ranges)}`,
  )
})
