import assert from 'node:assert/strict'
import { test } from 'node:test'

// hls.js asks for the browser's global name as soon as it is read.
Object.assign(globalThis, { self: globalThis })
const { default: Hls } = await import('hls.js')
const { closePartRace, hlsConfig, setLongestDelay } = await import('../../../web/player/tame-hls.ts')

type Inside = Record<'streamController' | 'audioStreamController', { fragmentTracker: { bufferPadding: number } }>

test('the field that sets off the race in hls.js is where we think it is, in both controllers', () => {
  const hls = new Hls(hlsConfig)
  const { streamController, audioStreamController } = hls as unknown as Inside
  assert.equal(streamController.fragmentTracker.bufferPadding, 0.2)
  assert.equal(closePartRace(hls), true)
  assert.equal(streamController.fragmentTracker.bufferPadding, 0.01)
  assert.equal(audioStreamController.fragmentTracker.bufferPadding, 0.01)
  hls.destroy()
})

test('without that field nothing is touched', () => {
  assert.equal(closePartRace({ streamController: { fragmentTracker: {} } } as never), false)
  assert.equal(closePartRace({} as never), false)
})

test('how far to hold back stays the playlist’s word', () => {
  const hls = new Hls(hlsConfig)
  setLongestDelay(hls, 4)
  assert.equal(hls.config.liveMaxLatencyDuration, 4)
  assert.equal(hls.config.liveSyncDuration, undefined)
  hls.destroy()
})
