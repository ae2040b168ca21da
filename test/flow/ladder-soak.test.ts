import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakLadder } from '../soak/ladder.ts'

test('FFmpeg is killed three times in 12 s: no frame is missing, none is doubled, and players need no new configuration', async () => {
  const { kills, restarts, rungs } = await soakLadder({ kills: 3, seconds: 12, ladder: 'low', source: 'gop2' })
  assert.equal(kills, 3)
  assert.ok(restarts >= 3)
  for (const { name, frames, missing, doubled, configurations } of rungs) {
    assert.deepEqual(
      { name, frames, missing, doubled, configurations },
      { name, frames: 180, missing: 0, doubled: 0, configurations: 1 },
    )
  }
})
