import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Storyboard, storyboardVtt } from '../../../src/transcode/stills/storyboard.ts'
import { thumbnailAt, thumbnailsOf } from '../../../web/watch/storyboard.ts'

const AT_MS = Date.parse('2026-11-27T10:00:00Z')
const picture = (bytes = 1000) => new Uint8Array(bytes)

/** Pictures ten seconds apart. */
function filled(count: number, windowSeconds = 60, bytes?: number): Storyboard {
  const board = new Storyboard(windowSeconds)
  for (let at = 0; at < count; at++) board.add(10 + at * 10, AT_MS + at * 10_000, picture(bytes))
  return board
}

test('what is behind the window goes; what was still to see in it stays', () => {
  const board = filled(20)
  const times = board.thumbnails.map(({ time }) => time)
  assert.deepEqual(times, [130, 140, 150, 160, 170, 180, 190, 200])
})

test('it takes no more memory than it may, whatever pictures are like', () => {
  const board = filled(200, 86_400, 100_000)
  assert.ok(board.bytes <= 4 * 2 ** 20)
  assert.equal(board.bytes, board.thumbnails.length * 100_000)
  assert.equal(board.thumbnails.at(-1)?.time, 2000)
})

test('a picture that comes too late for its place is left out', () => {
  const board = filled(3)
  board.add(15, AT_MS, picture())
  assert.equal(board.thumbnails.length, 3)
})

test('numbers name one picture for ever, also when earlier ones are gone', () => {
  const board = filled(20)
  assert.equal(board.get(0), undefined)
  assert.equal(board.get(19)?.time, 200)
  assert.equal(board.get(20), undefined)
  assert.notEqual(board.epoch, new Storyboard(60).epoch)
})

test('the list names each picture with its stretch of media time and its date', () => {
  const board = filled(2)
  const { epoch } = board
  assert.equal(
    storyboardVtt(board, 10),
    `WEBVTT

2026-11-27T10:00:00.000Z
00:00:10.000 --> 00:00:20.000
storyboard/${epoch}/0.jpg

2026-11-27T10:00:10.000Z
00:00:20.000 --> 00:00:30.000
storyboard/${epoch}/1.jpg
`,
  )
})

test('media time of days is written with as many hours', () => {
  const vtt = storyboardVtt(
    { epoch: 'e', thumbnails: [{ number: 7, time: 400_000.5, atMs: AT_MS, jpeg: picture() }] },
    10,
  )
  assert.match(vtt, /\n111:06:40\.500 --> 111:06:50\.500\nstoryboard\/e\/7\.jpg\n$/)
})

test('the page finds in that list what was to see at a moment', () => {
  const board = filled(3)
  const thumbnails = thumbnailsOf(storyboardVtt(board, 10), 'https://live.example.org/live/hall/storyboard.vtt')
  const url = (number: number) => `https://live.example.org/live/hall/storyboard/${board.epoch}/${number}.jpg`
  assert.equal(thumbnails.length, 3)
  assert.equal(thumbnailAt(thumbnails, AT_MS - 1), null)
  assert.equal(thumbnailAt(thumbnails, AT_MS), url(0))
  assert.equal(thumbnailAt(thumbnails, AT_MS + 19_999), url(1))
  assert.equal(thumbnailAt(thumbnails, AT_MS + 3_600_000), url(2))
})

test('what is no such list has no pictures', () => {
  for (const text of ['', 'WEBVTT', '<html>', 'WEBVTT\n\nchapter\n00:00 --> 00:01\nx.jpg\n']) {
    assert.deepEqual(thumbnailsOf(text, 'https://live.example.org/'), [])
  }
})
