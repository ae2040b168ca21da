import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignInAttempts } from '../../../../src/accounts/sign-in/sign-in-attempts.ts'
import { RefusedError } from '../../../../src/base/errors.ts'

function bench() {
  const clock = { nowMs: 1_000_000 }
  const attempts = new SignInAttempts(() => clock.nowMs)
  /** What an attempt comes to: let through, or how long to wait. */
  const attempt = (address: string, account?: string): number | 'tried' => {
    try {
      attempts.begin(address, account)
      return 'tried'
    } catch (error) {
      assert.ok(error instanceof RefusedError && error.code === 'LIMIT')
      return error.retryAfterSeconds ?? assert.fail()
    }
  }
  return { clock, attempts, attempt }
}

test('an address fails ten times in a minute, then waits for its end', () => {
  const { clock, attempt } = bench()
  for (let n = 0; n < 10; n++) assert.equal(attempt('192.0.2.1', `a${n}@example.org`), 'tried')
  assert.equal(attempt('192.0.2.1', 'z@example.org'), 60)
  assert.equal(attempt('192.0.2.2', 'z@example.org'), 'tried')
  clock.nowMs += 60_000
  assert.equal(attempt('192.0.2.1', 'z@example.org'), 'tried')
})

test('who signs in rightly uses up nothing: a school behind one address is let in', () => {
  const { attempts, attempt } = bench()
  for (let n = 0; n < 500; n++) {
    assert.equal(attempt('192.0.2.1', `pupil${n}@example.org`), 'tried')
    attempts.succeeded('192.0.2.1', `pupil${n}@example.org`)
  }
})

test('an account is slowed twice as much with each failure, from wherever they come', () => {
  const { clock, attempts, attempt } = bench()
  const from = (n: number): string => `198.51.100.${n}`
  const slowed = Array.from({ length: 5 }, (_, n) => attempts.begin(from(n), 'anna@example.org').slowed)
  assert.deepEqual(slowed, [false, false, false, false, true], 'it is told once')
  const waits: (number | 'tried')[] = []
  for (let n = 0; n < 12; n++) {
    const wait = attempt(from(10 + n), 'anna@example.org')
    waits.push(wait)
    clock.nowMs += Number(wait) * 1000
    assert.equal(attempt(from(100 + n), 'anna@example.org'), 'tried')
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  assert.equal(attempt('203.0.113.1', 'bert@example.org'), 'tried', 'others are not')
})

test('who guesses elsewhere does not keep the person out of where they were before', () => {
  const { attempts, attempt } = bench()
  attempts.begin('192.0.2.1', 'anna@example.org')
  attempts.succeeded('192.0.2.1', 'anna@example.org')
  for (let n = 0; n < 8; n++) attempt(`198.51.100.${n}`, 'anna@example.org')
  assert.notEqual(attempt('198.51.100.99', 'anna@example.org'), 'tried')
  assert.equal(attempt('192.0.2.1', 'anna@example.org'), 'tried')
})

test('an attempt that the server was too busy for is none', () => {
  const { attempts, attempt } = bench()
  for (let n = 0; n < 50; n++) {
    assert.equal(attempt('192.0.2.1', 'anna@example.org'), 'tried')
    attempts.undone('192.0.2.1', 'anna@example.org')
  }
})

test('names and addresses are remembered in bounded number', () => {
  const { attempts } = bench()
  for (let n = 0; n < 60_000; n++) attempts.begin(`a${n}`, `x${n}`.repeat(3))
  assert.equal(attempts.begun, 60_000)
})
