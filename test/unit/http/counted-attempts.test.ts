import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CountedAttempts } from '../../../src/http/counted-attempts.ts'

test('so many attempts of each in a window, and anew in the next', () => {
  const attempts = new CountedAttempts({ max: 2, windowMs: 1000 })
  assert.deepEqual([attempts.take('a', 0), attempts.take('a', 1), attempts.take('a', 2)], [true, true, false])
  assert.equal(attempts.take('b', 3), true)
  assert.equal(attempts.exhausted('a', 999), true)
  assert.equal(attempts.take('a', 1000), true)
})

test('a clock that is set back opens a new window', () => {
  const attempts = new CountedAttempts({ max: 1, windowMs: 1000 })
  attempts.take('a', 50_000)
  assert.equal(attempts.take('a', 10), true)
})

test('more names than can be remembered push out the oldest', () => {
  const attempts = new CountedAttempts({ max: 1, windowMs: 1000 })
  for (let n = 0; n <= 10_000; n++) attempts.take(`name ${n}`, 0)
  assert.equal(attempts.exhausted('name 0', 0), false)
  assert.equal(attempts.exhausted('name 10000', 0), true)
})
