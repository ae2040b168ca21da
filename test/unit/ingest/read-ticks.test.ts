import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { ReadTicks } from '../../../src/ingest/rtmp/read-ticks.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
afterEach(() => mock.timers.reset())

/** Publishers that go on; how often each was read. */
function publishers(count: number, isAwaited: (at: number) => boolean) {
  const ticks = new ReadTicks()
  const reads = new Array<number>(count).fill(0)
  for (let at = 0; at < count; at++) {
    ticks.wait({
      get isAwaited() {
        return isAwaited(at)
      },
      readOn: () => {
        reads[at] = (reads[at] ?? 0) + 1
        return true
      },
    })
  }
  return reads
}

/** Milliseconds that pass in steps of one. */
function pass(ms: number): void {
  for (let i = 0; i < ms; i++) mock.timers.tick(1)
}

test('publishers are read every 20 ms while somebody waits for what one of them sends', () => {
  const reads = publishers(3, (at) => at === 1)
  pass(200)
  assert.deepEqual(reads, [10, 10, 10])
})

test('where nobody waits for any of them they are read every 40 ms, and sooner again when somebody does', () => {
  let isAwaited = false
  const reads = publishers(3, () => isAwaited)
  // The first tick is a short one: nothing is known of them yet.
  pass(20 + 160)
  assert.deepEqual(reads, [5, 5, 5])
  isAwaited = true
  pass(40 + 100)
  assert.deepEqual(reads, [11, 11, 11])
})

test('many are read every 40 ms', () => {
  const reads = publishers(20, () => true)
  pass(20 + 160)
  assert.deepEqual(new Set(reads), new Set([5]))
})
