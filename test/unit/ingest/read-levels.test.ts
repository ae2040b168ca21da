import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLevels } from '../../../src/ingest/sound/read-levels.ts'

const SAID = `
Input #0, flv, from 'pipe:3':
[ametadata@0 @ 0x55aa] frame:0    pts:0       pts_time:0
[ametadata@0 @ 0x55aa] lavfi.astats.Overall.Peak_level=-5.5
[ametadata@1 @ 0x55bb] frame:0    pts:0       pts_time:0
[ametadata@0 @ 0x55aa] lavfi.astats.Overall.RMS_level=-9.25
[ametadata@1 @ 0x55bb] lavfi.astats.Overall.Peak_level=-inf
[ametadata@1 @ 0x55bb] lavfi.astats.Overall.RMS_level=-inf
[ametadata@0 @ 0x55aa] frame:1    pts:96000   pts_time:2
[ametadata@0 @ 0x55aa] lavfi.astats.Overall.Peak_level=nan
[ametadata@0 @ 0x55aa] lavfi.astats.Overall.RMS_level=-8
[ametadata@0 @ 0x55aa] frame:2    pts:97024   pts_time:2.02133
`

test('levels of each frame are read by the number of their filter, even where their lines are mixed', () => {
  const levels = readLevels(SAID)
  assert.deepEqual(levels.get(0), [{ seconds: 0, peakDb: -5.5, meanDb: -9.25 }])
  assert.deepEqual(levels.get(1), [{ seconds: 0, peakDb: -Infinity, meanDb: -Infinity }])
  assert.equal(levels.size, 2)
})

test('who says nothing has no levels', () => {
  assert.equal(readLevels('').size, 0)
})
