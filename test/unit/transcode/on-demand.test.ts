import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Demand } from '../../../src/live/rungs.ts'
import { AwakeRungs } from '../../../src/transcode/awake-rungs.ts'
import type { PlannedRung } from '../../../src/transcode/plan.ts'
import { promiseOf } from '../../../src/transcode/promise.ts'
import { WatchedRungs } from '../../../src/transcode/watched-rungs.ts'

/** One rung, looked at four times a second by a clock of its own; nobody watches it any more after twenty seconds. */
class Watch {
  readonly demand = { lists: 0, media: 0, waiting: 0 }
  readonly rungs = new WatchedRungs(['480p'], () => 20_000)
  readonly left: string[] = []
  #nowMs = 0

  /** @returns whether it is watched then */
  pass(seconds: number): boolean {
    for (const end = this.#nowMs + seconds * 1000; this.#nowMs < end; this.#nowMs += 250)
      this.left.push(...this.rungs.look(this.#nowMs, (): Demand => this.demand))
    return this.rungs.isWatched('480p')
  }

  /** Requests for a playlist and for what it lists, at even distances. */
  ask(times: number, seconds: number): boolean {
    for (let i = 0; i < times; i++) {
      this.demand.lists++
      this.demand.media++
      this.pass(seconds)
    }
    return this.rungs.isWatched('480p')
  }
}

describe('a rung that is made only while somebody watches it', () => {
  test('is not watched before anybody asks for it', () => {
    assert.equal(new Watch().pass(60), false)
  })

  for (const [what, times, seconds] of [
    ['looks what there is, every minute', 5, 60],
    ['looks every quarter of a minute', 20, 15],
    ['begins with it and has another one in less than a second', 3, 0.25],
  ] as const) {
    test(`is not watched by who ${what}`, () => {
      const watch = new Watch()
      watch.pass(5)
      assert.equal(watch.ask(times, seconds), false)
      assert.equal(watch.pass(60), false)
    })
  }

  for (const [what, times, seconds] of [
    ['part by part', 5, 0.25],
    ['segment by segment', 2, 2],
    ['in the longest segments', 2, 10],
  ] as const) {
    test(`is watched by who plays it ${what}`, () => {
      const watch = new Watch()
      watch.pass(5)
      assert.equal(watch.ask(times, seconds), true)
    })
  }

  test('is not watched by who reads its playlist again and again, and takes nothing of it', () => {
    const watch = new Watch()
    for (let i = 0; i < 60; i++) {
      watch.demand.lists++
      assert.equal(watch.pass(1), false)
    }
  })

  test('is still watched while a request waits for it', () => {
    const watch = new Watch()
    watch.ask(5, 0.5)
    watch.demand.waiting = 1
    assert.equal(watch.pass(60), true)
  })

  test('is watched until so long after the last request', () => {
    const watch = new Watch()
    watch.ask(5, 0.5)
    assert.equal(watch.pass(19), true)
    watch.ask(1, 19)
    assert.deepEqual(watch.left, [])
    assert.equal(watch.pass(1.5), false)
    assert.deepEqual(watch.left, ['480p'])
  })

  test('others of the ladder are made all the time', () => {
    assert.equal(new Watch().rungs.isWatched('360p'), true)
  })
})

describe('what is made of a ladder', () => {
  const always = (): boolean => true

  test('comes at once where nothing runs, and goes at once when nobody is left', () => {
    const awake = new AwakeRungs()
    assert.equal(awake.settle(0, ['480p'], always), true)
    awake.spliced(0)
    assert.equal(awake.settle(250, [], always), true)
    assert.deepEqual(awake.names, [])
  })

  test('changes under others’ eyes not more often than they should see it', () => {
    const awake = new AwakeRungs()
    awake.settle(0, ['480p'], always)
    awake.spliced(0)
    assert.equal(awake.settle(2900, ['480p', '240p'], always), false)
    assert.equal(awake.settle(3000, ['480p', '240p'], always), true)
    awake.spliced(3000)
    assert.equal(awake.settle(12_900, ['240p'], always), false)
    assert.equal(awake.settle(13_000, ['240p'], always), true)
    assert.deepEqual(awake.names, ['240p'])
  })

  test('is what there is room for, smallest first; the rest waits for it, and says so', () => {
    const awake = new AwakeRungs()
    awake.settle(0, ['360p'], always)
    const two = (names: readonly string[]): boolean => names.length <= 2
    const all = ['720p', '480p', '360p', '240p']
    assert.equal(awake.settle(1000, all, two), true)
    assert.deepEqual(awake.names, ['360p', '240p'])
    assert.deepEqual(awake.crowded, ['720p', '480p'])
    assert.equal(awake.settle(2000, all, two), false)
    assert.equal(awake.settle(3000, all, always), true)
    assert.deepEqual(awake.names, all)
    assert.deepEqual(awake.crowded, [])
  })
})

describe('what is promised of a rung', () => {
  const rung: PlannedRung = {
    ...{ name: '480p', width: 854, height: 480, framesPerSecond: 30, videoKbps: 1200, peakKbps: 1500 },
    ...{ profile: 'high', preset: 'superfast', leastGapMs: undefined },
  }
  for (const [change, codecs] of [
    [{}, 'avc1.64001f'],
    [{ width: 640, height: 360, profile: 'main' }, 'avc1.4d401e'],
    [{ width: 426, height: 240, framesPerSecond: 15, profile: 'main', videoKbps: 200, peakKbps: 250 }, 'avc1.4d4015'],
    [{ width: 1280, height: 720, framesPerSecond: 60, videoKbps: 2800, peakKbps: 3500 }, 'avc1.640020'],
    [{ width: 1920, height: 1080, framesPerSecond: 60, videoKbps: 4800, peakKbps: 6000 }, 'avc1.64002a'],
    [{ width: 640, height: 360, preset: 'ultrafast' }, 'avc1.42c01e'],
  ] as const) {
    test(`has the codec string that x264 will write: ${codecs}`, () => {
      assert.equal(promiseOf({ ...rung, ...change }, false).codecs, codecs)
    })
  }
})
