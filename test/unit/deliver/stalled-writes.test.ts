import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { mock, test } from 'node:test'
import { StalledWrites } from '../../../src/deliver/edge/stalled-writes.ts'

/** An answer that its client doesn't take. */
function untaken(): ServerResponse & { destroyed: boolean } {
  const res = Object.assign(new EventEmitter(), {
    ...{ writableLength: 1000, writableFinished: false, destroyed: false },
    destroy: () => {
      res.destroyed = true
    },
  })
  return res as unknown as ServerResponse & { destroyed: boolean }
}

test('who does not take an answer is cut off after as long as the limit says then', (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.after(() => mock.timers.reset())
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const limits = { stalledSeconds: 30 }
  const stalled = new StalledWrites(limits)
  const pass = (seconds: number): void => {
    now += seconds * 1000
    mock.timers.tick(seconds * 1000)
  }
  const [first, second] = [untaken(), untaken()]
  stalled.watch(first)
  pass(10)
  assert.equal(first.destroyed, false)
  limits.stalledSeconds = 5
  pass(5)
  assert.equal(first.destroyed, true)
  stalled.watch(second)
  limits.stalledSeconds = 60
  pass(30)
  assert.equal(second.destroyed, false)
  stalled.stop()
})
