import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packageAll } from '../../light/package-packets.ts'
import { readFragment } from '../../light/read-fragment.ts'
import { synthetic } from '../../light/synthetic.ts'

const FPS = 30
const PLAYED = 40

/** Every picture lasts as long as it was sent to last, and no segment is longer than the target duration allows. */
function assertWhole(keys: readonly number[], longestGopMs: number): void {
  const packets = synthetic({ seconds: PLAYED, fps: FPS, gop: keys, milliseconds: false })
  const presentation = packageAll(packets, {}, { longestGopMs })
  const rendition = presentation.rendition('source')
  assert.ok(rendition)
  for (const segment of rendition.window.shown) {
    const place = `segment ${segment.msn} from ${segment.cut.time / 90_000 - 10}, key frames at ${keys.join()}`
    assert.ok(Math.round(segment.duration) <= presentation.targetDuration, `${place} lasts ${segment.duration}`)
    for (const part of segment.parts) {
      assert.deepEqual([...new Set(readFragment(part.bytes).durations)], [90_000 / FPS], place)
    }
  }
}

test('a group of pictures longer than those before does not squeeze the last pictures of a segment', () => {
  assertWhole([0, 2, 4, 6, 8, 10, 12, 14.5, 17, 18.5, 21.3, 23.4, 26, 29.9, 32], 0)
})

test('wherever key frames come, every picture lasts its time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 3, max: 270 }), { minLength: 5, maxLength: 40 }),
      fc.constantFrom(0, 2000, 4000, 8333),
      (gops, longestGopMs) => {
        const keys: number[] = []
        let frame = 0
        for (const gop of gops) {
          keys.push(frame / FPS)
          frame += gop
        }
        assertWhole(keys, longestGopMs)
      },
    ),
    { numRuns: 150 },
  )
})
