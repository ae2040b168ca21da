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

test('where nobody waits for any of them they are read every 40 ms, after a second every 100 ms, and sooner again when somebody does', () => {
  let isAwaited = false
  const reads = publishers(3, () => isAwaited)
  // The first tick is a short one: nothing is known of them yet.
  pass(20 + 960)
  assert.deepEqual(reads, [25, 25, 25])
  pass(40 + 500)
  assert.deepEqual(reads, [31, 31, 31])
  isAwaited = true
  pass(100 + 100)
  assert.deepEqual(reads, [37, 37, 37])
  isAwaited = false
  pass(20 + 400)
  assert.deepEqual(reads, [48, 48, 48], 'between two questions of a viewer it is not calm')
})

test('one who comes is read soon, however calm it was', () => {
  const ticks = new ReadTicks()
  let reads = 0
  const reader = { isAwaited: false, readOn: () => ++reads > 0 }
  ticks.wait(reader)
  pass(2020)
  reads = 0
  ticks.wait({ isAwaited: false, readOn: () => true })
  pass(100 + 400)
  assert.equal(reads, 11)
})

test('what has gathered is read at once for who counts it', () => {
  const ticks = new ReadTicks()
  ticks.readNow()
  let reads = 0
  ticks.wait({ isAwaited: true, readOn: () => ++reads > 0 })
  pass(15)
  ticks.readNow()
  assert.equal(reads, 1)
  pass(19)
  assert.equal(reads, 1, 'a tick later it is the turn of all again')
  pass(1)
  assert.equal(reads, 2)
})

test('many are read every 40 ms', () => {
  const reads = publishers(20, () => true)
  pass(20 + 160)
  assert.deepEqual(new Set(reads), new Set([5]))
})
