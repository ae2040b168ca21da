import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playlistAddress } from '../../../web/player/listed-window.ts'

const url = 'http://host/live/choir/video.m3u8?_HLS_msn=12&_HLS_part=3&_HLS_skip=YES'

test('who is at live asks for the short playlist, part by part', () => {
  assert.equal(playlistAddress(url, { whole: false, patient: false }, true), url)
})

test('who rewinds asks for the whole window: at once, then once a segment, for what is new', () => {
  const wish = { whole: true, patient: true }
  assert.equal(playlistAddress(url, wish, false), 'http://host/live/choir/video.m3u8?dvr=1')
  assert.equal(playlistAddress(url, wish, true), 'http://host/live/choir/video.m3u8?_HLS_msn=12&_HLS_skip=YES&dvr=1')
})

test('who only looks at what there is to go back to hears of every part still', () => {
  const wish = { whole: true, patient: false }
  assert.equal(playlistAddress(url, wish, false), 'http://host/live/choir/video.m3u8?_HLS_msn=12&_HLS_part=3&dvr=1')
})

test('back at live the first answer leaves nothing out', () => {
  const address = playlistAddress(`${url}&dvr=1`, { whole: false, patient: false }, false)
  assert.equal(address, 'http://host/live/choir/video.m3u8?_HLS_msn=12&_HLS_part=3')
})
