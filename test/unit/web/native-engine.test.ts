import assert from 'node:assert/strict'
import { test } from 'node:test'

// Named so that the types of the browser, which tests of Node don't have, are not asked for.
const path: string = '../../../web/player/native-engine.ts'
const { NativeEngine } = await import(path)

Object.assign(globalThis, { location: { href: 'http://host/c/choir' } })

/** As much of Safari's element as the engine touches: media from noon on, a minute of it to be reached. */
class Element extends EventTarget {
  src = ''
  currentTime = 0
  duration = Number.POSITIVE_INFINITY
  readonly seekable = { length: 1, start: () => 0, end: () => 60 }
  getStartDate = () => new Date('2026-11-27T12:00:00Z')
}
const open = (element: Element, from: number | null) =>
  new NativeEngine(element as never, '/live/choir/index.m3u8', from, () => assert.fail('it failed'))

test('the browser’s own player begins at live, with the live playlist', () => {
  const element = new Element()
  const engine = open(element, null)
  assert.equal(element.src, '/live/choir/index.m3u8')
  element.dispatchEvent(new Event('loadedmetadata'))
  assert.equal(element.currentTime, 0)
  assert.equal(engine.listsWhole, false)
})

test('who rewinds is given the whole window, and begins at the moment they wanted', () => {
  const element = new Element()
  const engine = open(element, Date.parse('2026-11-27T12:00:25Z'))
  assert.equal(element.src, 'http://host/live/choir/index.m3u8?dvr=1')
  element.dispatchEvent(new Event('loadedmetadata'))
  assert.equal(element.currentTime, 25)
  assert.equal(engine.playingAtMs(), Date.parse('2026-11-27T12:00:25Z'))
  engine.seek(-100)
  assert.equal(element.currentTime, 0)
})
