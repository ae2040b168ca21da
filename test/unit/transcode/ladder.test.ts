import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LADDER_NAMES } from '../../../src/config/ladder-name.ts'
import { LADDERS, type Ladder, LadderFile } from '../../../src/transcode/ladder.ts'
import { planLadder } from '../../../src/transcode/plan.ts'

const ladder = (name: string): Ladder => LADDERS.get(name) ?? assert.fail(name)
const sizes = (name: string, width: number, height: number): string[] =>
  planLadder(ladder(name), { width, height, framesPerSecond: 30 }).rungs.map((rung) => `${rung.width}x${rung.height}`)

test('every file in config/ladders is a ladder, and ends in a small picture for weak networks', () => {
  const files = readdirSync(join(import.meta.dirname, '../../../config/ladders')).map((name) =>
    name.replace('.json', ''),
  )
  assert.deepEqual([...LADDERS.keys()].sort(), files.sort())
  assert.deepEqual([...LADDERS.keys()], [...LADDER_NAMES])
  for (const [name, { rungs }] of LADDERS) {
    const last = rungs.at(-1)
    assert.ok((last?.height ?? 999) <= 360 && (last?.peakKbps ?? 9999) <= 900, name)
  }
})

test('the example in the documents is a ladder', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/operating.md'), 'utf8')
  const example = /### A ladder of your own\n.*?```json\n(.*?)```/s.exec(page)?.[1] ?? assert.fail('there is none')
  assert.equal(LadderFile.parse(JSON.parse(example)).rungs.length, 2)
})

test('a ladder that makes no sense is refused', () => {
  const rung = {
    ...{ name: 'a', height: 360, framesPerSecond: 30 },
    ...{ videoKbps: 500, peakKbps: 600, profile: 'main' },
  }
  assert.equal(LadderFile.safeParse({ description: 'one', rungs: [rung] }).success, true)
  for (const rungs of [
    [],
    [{ ...rung, name: 'index' }],
    [{ ...rung, name: '../a' }],
    [{ ...rung, height: 361 }],
    [{ ...rung, peakKbps: 400 }],
    [{ ...rung, colour: 'red' }],
    [rung, { ...rung, name: 'b' }],
    [rung, { ...rung, height: 240 }],
  ]) {
    assert.equal(LadderFile.safeParse({ description: 'one', rungs }).success, false, JSON.stringify(rungs))
  }
})

test('rungs are smaller than the source, keep its shape, and have even sizes', () => {
  assert.deepEqual(sizes('1080p', 1920, 1080), ['1280x720', '854x480', '640x360', '426x240'])
  assert.deepEqual(sizes('1080p', 1280, 720), ['854x480', '640x360', '426x240'])
  assert.deepEqual(sizes('1080p', 2560, 1440), ['1920x1080', '1280x720', '854x480', '640x360', '426x240'])
  assert.deepEqual(sizes('480p', 640, 480), ['480x360'])
  assert.deepEqual(sizes('480p', 2560, 1080), ['1138x480', '854x360'])
})

test('of a picture that stands upright the short side counts', () => {
  assert.deepEqual(sizes('480p', 720, 1280), ['480x854', '360x640'])
})

test('of a source that is no larger than the smallest rung nothing is made', () => {
  assert.deepEqual(sizes('small', 640, 360), [])
})

test('a source with more frames than a rung may have loses every second, third, … of them', () => {
  const rates = (framesPerSecond: number | undefined, halfRate = false) =>
    planLadder(ladder('small'), { width: 1280, height: 720, framesPerSecond }, halfRate).rungs.map((rung) => [
      rung.framesPerSecond,
      rung.leastGapMs,
    ])[0]
  assert.deepEqual(rates(60), [30, 30])
  assert.deepEqual(rates(50), [25, 30])
  assert.deepEqual(rates(120), [30, 30])
  assert.deepEqual(rates(30), [30, undefined])
  assert.deepEqual(rates(25), [25, undefined])
  assert.deepEqual(rates(undefined), [30, undefined])
  assert.deepEqual(rates(30, true), [15, 60])
  assert.deepEqual(rates(25, true), [12.5, 72])
  assert.deepEqual(rates(60, true), [15, 60])
})
