import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audioFrame, nalFrame, videoFrame } from '../../light/synthetic-media.ts'
import { Playback } from '../../soak/box/playback.ts'
import { holdBackOf, numbersOf, readTail } from '../../soak/box/playlist-tail.ts'
import { Skew, SourceClock } from '../../soak/box/source-clock.ts'
import { drawSheet } from '../../soak/box/svg.ts'

const PLAYLIST = `#EXTM3U
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.002
#EXT-X-MAP:URI="source/ep/init-0.mp4"
#EXT-X-PART:DURATION=0.33333,URI="source/ep/7.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.33333,URI="source/ep/7.1.m4s"
#EXTINF:0.66667,
source/ep/7.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="source/ep/init-1.mp4"
#EXT-X-PART:DURATION=0.3,URI="source/ep/8.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="source/ep/8.1.m4s"
`

test('of a playlist only what is behind the known part is read', () => {
  const tail = readTail(PLAYLIST, 'source/ep/7.1.m4s')
  const part = { uri: 'source/ep/8.0.m4s', duration: 0.3, discontinuity: true, map: 'source/ep/init-1.mp4' }
  assert.deepEqual(tail, { parts: [part], closed: false, ended: false, gaps: 0 })
  assert.equal(readTail(PLAYLIST, 'source/ep/6.1.m4s'), undefined)
})

test('a segment that is closed behind the newest part is seen, and so is the end', () => {
  const closed = readTail(PLAYLIST.slice(0, PLAYLIST.indexOf('#EXT-X-DISC')), 'source/ep/7.1.m4s')
  assert.deepEqual([closed?.parts, closed?.closed, closed?.ended], [[], true, false])
  assert.equal(readTail(`${PLAYLIST}#EXT-X-ENDLIST\n`)?.ended, true)
  assert.equal(readTail(PLAYLIST)?.parts.length, 3)
})

test('names and the hold-back are read', () => {
  assert.deepEqual(numbersOf('source/ep/12.3.m4s'), { msn: 12, part: 3 })
  assert.equal(holdBackOf(PLAYLIST), 1.002)
})

test('a player stands still when a part comes after what was before it is over, for as long as that', () => {
  const playback = new Playback(0, 1000)
  assert.equal(playback.arrived(300, 333), 0)
  // 1333 ms of media are there.
  assert.equal(playback.arrived(1533, 333), 200)
  assert.equal(playback.arrived(1533, 1000), 0)
})

test('what an encoder’s absence took is nobody’s stall', () => {
  const playback = new Playback(0, 1000)
  playback.wentOn(9000, 1000, 333)
  assert.equal(playback.arrived(10_333, 333), 0)
})

test('a frame is known again by its end, and tells when it was meant to be', () => {
  const picture = { ...videoFrame(40, true, 0, 64), timestamp: 40 }
  const sound = audioFrame(52)
  const clock = new SourceClock([picture, sound])
  assert.deepEqual(clock.momentOf(Buffer.from(nalFrame(5, 64))), { media: 'picture', sourceMs: 40 })
  assert.deepEqual(clock.momentOf(Buffer.alloc(100, 0x21)), { media: 'sound', sourceMs: 52 })
  assert.equal(clock.momentOf(Buffer.alloc(9)), undefined)
})

test('frames of the same bytes tell nothing', () => {
  const clock = new SourceClock([audioFrame(0), audioFrame(21)])
  assert.equal(clock.momentOf(Buffer.alloc(100, 0x21)), undefined)
})

test('picture and sound are as far apart as one was moved more than the other, also over the end of the file', () => {
  const skew = new Skew(64_000)
  assert.equal(skew.saw({ media: 'picture', sourceMs: 63_000 }, 100_000, 'a'), undefined)
  assert.equal(skew.saw({ media: 'sound', sourceMs: 1000 }, 102_012, 'a'), 12)
})

test('picture and sound are not compared across an encoder’s return', () => {
  const skew = new Skew(64_000)
  skew.saw({ media: 'picture', sourceMs: 0 }, 0, 'a 0')
  assert.equal(skew.saw({ media: 'sound', sourceMs: 0 }, 500, 'a 1'), undefined)
})

test('a sheet of charts is one SVG that asks for the colour of the paper by itself', () => {
  const points = Array.from({ length: 1000 }, (_, x) => ({ x: x / 60, y: x === 500 ? 90 : 10 }))
  const charts = [{ title: 'Memory <all>', unit: 'MiB', curves: [{ name: 'resident', points }] }]
  const svg = drawSheet({ title: 'A & B', about: ['who'], charts, judgedFrom: 5 })
  assert.match(svg, /prefers-color-scheme:dark/)
  assert.match(svg, /Memory &#60;all&#62;, MiB/)
  assert.doesNotMatch(svg, /NaN|undefined/)
  // The one peak is among the points that stay: the highest of its chart.
  assert.match(svg, /L[\d.]+ 40\.2L/)
})
