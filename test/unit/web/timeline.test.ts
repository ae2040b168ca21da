import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  dateAt,
  reachable,
  shareOf,
  type TimelineFacts,
  timeAtShare,
  timelineOf,
  timeOf,
} from '../../../web/player/timeline.ts'

const facts: TimelineFacts = {
  rewindSeconds: 1800,
  window: [5000, 5021],
  start: null,
  live: 5020,
  position: 5020,
  runs: 300,
  buffered: [],
}

test('until the whole window was listed, its beginning is reckoned from that of the broadcast', () => {
  const young = timelineOf(facts)
  assert.equal(young.start, 4720)
  assert.equal(young.fromBeginning, true)
  const old = timelineOf({ ...facts, runs: 7200 })
  assert.equal(old.start, 3220)
  assert.equal(old.fromBeginning, false)
  assert.equal(timelineOf({ ...facts, runs: null }).start, 5000, 'what is listed, when nothing else is known')
  assert.equal(timelineOf({ ...facts, runs: 3 }).start, 5000, 'never less than what is listed')
})

test('once it was listed it begins where it did, until it moves on', () => {
  // After an absence of ten minutes there is less media than the clock says.
  const listed = timelineOf({ ...facts, runs: 900, start: 4720 })
  assert.equal(listed.start, 4720)
  assert.equal(listed.fromBeginning, true)
  const later = timelineOf({ ...facts, start: 4720, live: 7000, window: [6980, 7001] })
  assert.equal(later.start, 5200)
  assert.equal(later.fromBeginning, false)
})

test('without rewinding there is what the live playlist lists', () => {
  const short = timelineOf({ ...facts, rewindSeconds: 0 })
  assert.equal(short.start, 5000)
  assert.equal(reachable(short, 0), 5000.5)
})

test('a place at the end of a window that moves on is a little further on, so that it can be stayed at', () => {
  const moves = timelineOf({ ...facts, runs: 7200 })
  assert.equal(reachable(moves, 0), 3226)
  assert.equal(reachable(moves, 9999), 5020)
  assert.equal(reachable(timelineOf(facts), 0), 4720, 'the beginning stays where it is')
})

test('a moment has its place on the bar, and a place its moment', () => {
  const timeline = timelineOf(facts)
  assert.equal(shareOf(timeline, 4720), 0)
  assert.equal(shareOf(timeline, 4870), 0.5)
  assert.equal(shareOf(timeline, 9999), 1)
  assert.equal(timeAtShare(timeline, 0.5), 4870)
  assert.equal(timeAtShare(timeline, -3), 4720)
  assert.equal(shareOf({ ...timeline, start: 5020 }, 5020), 1, 'a window of nothing is all live')
})

test('dates follow the segments, over absences of the encoder too', () => {
  const segments = [
    { start: 100, duration: 2, programDateTime: 1_000_000 },
    { start: 102, duration: 2, programDateTime: 1_002_000 },
    // A minute later by the clock, not by media time.
    { start: 104, duration: 2, programDateTime: 1_064_000 },
  ]
  assert.equal(dateAt(segments, 103), 1_003_000)
  assert.equal(dateAt(segments, 105), 1_065_000)
  assert.equal(dateAt(segments, 90), 990_000, 'before what is listed: as if media ran on')
  assert.equal(dateAt([], 90), null)
  assert.equal(timeOf(segments, 1_003_000), 103)
  assert.equal(timeOf(segments, 1_030_000), 104, 'during an absence: where it went on')
  assert.equal(timeOf(segments, 900_000), 100)
  assert.equal(timeOf(segments, 9_000_000), 106)
  assert.equal(timeOf([], 1), null)
})
