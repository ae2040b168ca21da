import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Look, Watchdog } from '../../../web/player/watchdog.ts'

const still: Look = {
  nowMs: 0,
  currentTime: 10,
  wantsMotion: true,
  buffered: [[8, 10]],
  syncPosition: 12,
  rewound: false,
}

/** Looks four times a second; answers the rescues with their times. */
function watch(looks: (ms: number) => Partial<Look>, untilMs: number): Array<{ ms: number; to: number; why: string }> {
  const watchdog = new Watchdog()
  const rescues = []
  for (let ms = 0; ms <= untilMs; ms += 250) {
    const rescue = watchdog.look({ ...still, nowMs: ms, ...looks(ms) })
    if (rescue !== null) rescues.push({ ms, ...rescue })
  }
  return rescues
}

test('a picture that moves is left alone', () => {
  assert.deepEqual(
    watch((ms) => ({ currentTime: ms / 1000 }), 10_000),
    [],
  )
})

test('a second without motion is a freeze: go to live', () => {
  assert.deepEqual(
    watch(() => ({}), 1000),
    [{ ms: 1000, to: 12, why: 'live' }],
  )
})

test('a rescue gets time to show its effect before the next', () => {
  assert.deepEqual(
    watch(() => ({}), 4000).map((rescue) => rescue.ms),
    [1000, 2500, 4000],
  )
})

test('a viewer who went back on purpose is not carried to what was loaded before, far from there', () => {
  assert.deepEqual(
    watch(
      () => ({
        rewound: true,
        buffered: [
          [8, 10],
          [600, 612],
        ],
      }),
      5000,
    ),
    [],
  )
})

test('a viewer who went back on purpose is only carried over the hole', () => {
  assert.deepEqual(
    watch(
      () => ({
        rewound: true,
        buffered: [
          [8, 10],
          [10.2, 11],
        ],
      }),
      1000,
    ),
    [{ ms: 1000, to: 10.2, why: 'gap' }],
  )
})

test('a viewer who went back with nothing ahead waits', () => {
  assert.deepEqual(
    watch(() => ({ rewound: true }), 5000),
    [],
  )
})

test('at the live edge with nothing ahead there is nowhere to go', () => {
  assert.deepEqual(
    watch(() => ({ syncPosition: 10 }), 5000),
    [],
  )
  assert.deepEqual(
    watch(() => ({ syncPosition: null }), 5000),
    [],
  )
})

test('a hole in front of a player that is past its sync position is jumped', () => {
  assert.deepEqual(
    watch(
      () => ({
        syncPosition: 9,
        buffered: [
          [8, 10],
          [10.4, 11],
        ],
      }),
      1000,
    ),
    [{ ms: 1000, to: 10.4, why: 'gap' }],
  )
})

test('pausing starts the second anew', () => {
  assert.deepEqual(
    watch((ms) => ({ wantsMotion: ms > 3000 }), 4250).map((rescue) => rescue.ms),
    [4000],
  )
})
