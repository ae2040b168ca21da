import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakContinuity } from '../soak/continuity/run.ts'

test('an encoder that is closed, reset and lost in a black hole comes back to viewers that need no reload', async () => {
  const cuts = await soakContinuity({ cuts: 3, everyMs: 0, awayMs: 3500, chromium: 1 })
  assert.deepEqual(
    cuts.filter(({ ok }) => !ok),
    [],
  )
})
