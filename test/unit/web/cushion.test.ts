import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cushion } from '../../../web/player/cushion.ts'

test('after running dry it waits until enough is ahead', () => {
  const cushion = new Cushion()
  cushion.ranDry(0, 0)
  assert.equal(cushion.look(300, 0.3, 0.7), false)
  assert.equal(cushion.look(600, 0.75, 0.7), true)
  assert.equal(cushion.holding, false)
})

test('a short wait with something ahead is no dry spell', () => {
  const cushion = new Cushion()
  cushion.ranDry(0, 0.4)
  assert.equal(cushion.holding, false)
})

test('it never holds a player for long', () => {
  const cushion = new Cushion()
  cushion.ranDry(0, 0)
  assert.equal(cushion.look(3001, 0, 0.7), true)
})

test('one dry spell changes nothing, a second one soon after steps back from live', () => {
  const cushion = new Cushion()
  cushion.ranDry(0, 0)
  cushion.look(500, 1, 0.7)
  assert.equal(cushion.extra, 0)
  cushion.ranDry(20_000, 0)
  assert.equal(cushion.extra, 0.5)
})

test('the step back is bounded, and goes away when the connection is good again', () => {
  const cushion = new Cushion()
  for (let ms = 0; ms < 200_000; ms += 10_000) {
    cushion.ranDry(ms, 0)
    cushion.look(ms + 500, 1, 0.7)
  }
  assert.equal(cushion.extra, 3)
  for (let ms = 200_000; ms < 1_000_000; ms += 1000) cushion.look(ms, 1, 0.7)
  assert.equal(cushion.extra, 0)
})
