import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Storyboard, spreadOver, storyboardVtt } from '../../../src/transcode/stills/storyboard.ts'
import { thumbnailAt, thumbnailsOf } from '../../../web/watch/storyboard.ts'

const AT_MS = Date.parse('2026-11-27T10:00:00Z')
const picture = (bytes = 1000) => new Uint8Array(bytes)

const moment = (time: number) => ({
  ...{ time, atMs: AT_MS + (time - 10) * 1000 },
  read: () => Promise.reject(new Error('not in this test')),
})
/** Of a window: key frames four seconds apart. */
const moments = (from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / 4) }, (_, at) => moment(from + at * 4))

/** Pictures ten seconds apart. */
function filled(count: number, bytes?: number): Storyboard {
  const board = new Storyboard(10)
  for (let at = 0; at < count; at++) board.add(moment(10 + at * 10), picture(bytes))
  return board
}

test('of each stretch of the window the first moment wants a picture, until it has one or can have none', () => {
  const board = new Storyboard(10)
  const missing = () => board.missing(moments(10, 60)).map(({ time }) => time)
  assert.deepEqual(missing(), [10, 22, 30, 42, 50])
  board.add(moment(30), picture())
  board.giveUp(moment(42))
  assert.deepEqual(missing(), [10, 22, 50])
})

test('pictures are listed by time, in whatever order they were made', () => {
  const board = new Storyboard(10)
  for (const time of [50, 10, 30]) board.add(moment(time), picture())
  board.add(moment(34), picture())
  assert.deepEqual(
    board.thumbnails.map(({ time }) => time),
    [10, 30, 50],
  )
})

test('those that are made first are spread over the whole window', () => {
  assert.deepEqual(spreadOver([0, 1, 2, 3, 4, 5, 6, 7, 8], 3), [0, 3, 6])
  assert.deepEqual(spreadOver([0, 1], 3), [0, 1])
})

test('what is behind the window goes; what was still to see in it stays', () => {
  const board = filled(20)
  board.missing(moments(138, 200))
  assert.deepEqual(
    board.thumbnails.map(({ time }) => time),
    [130, 140, 150, 160, 170, 180, 190, 200],
  )
  assert.equal(board.bytes, 8000)
})

test('it takes no more memory than it may, whatever pictures are like, and does not ask for what had to go', () => {
  const board = filled(200, 100_000)
  assert.ok(board.bytes <= 4 * 2 ** 20)
  assert.equal(board.bytes, board.thumbnails.length * 100_000)
  assert.equal(board.thumbnails.at(-1)?.time, 2000)
  assert.deepEqual(board.missing(moments(10, 2000)), [])
})

test('numbers name one picture for ever, also when earlier ones are gone', () => {
  const board = filled(20)
  board.missing(moments(138, 200))
  assert.equal(board.get(1), undefined)
  assert.equal(board.get(20)?.time, 200)
  assert.equal(board.get(21), undefined)
  assert.notEqual(board.epoch, new Storyboard(10).epoch)
})

test('the list names each picture with its stretch of media time and its date', () => {
  const board = filled(2)
  const { epoch } = board
  assert.equal(
    storyboardVtt(board, 10),
    `WEBVTT

2026-11-27T10:00:00.000Z
00:00:10.000 --> 00:00:20.000
storyboard/${epoch}/1.jpg

2026-11-27T10:00:10.000Z
00:00:20.000 --> 00:00:30.000
storyboard/${epoch}/2.jpg
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
  assert.equal(thumbnailAt(thumbnails, AT_MS), url(1))
  assert.equal(thumbnailAt(thumbnails, AT_MS + 19_999), url(2))
  assert.equal(thumbnailAt(thumbnails, AT_MS + 3_600_000), url(3))
})

test('what is no such list has no pictures', () => {
  for (const text of ['', 'WEBVTT', '<html>', 'WEBVTT\n\nchapter\n00:00 --> 00:01\nx.jpg\n']) {
    assert.deepEqual(thumbnailsOf(text, 'https://live.example.org/'), [])
  }
})
