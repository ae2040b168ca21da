import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakTabs } from '../soak/tabs.ts'
import { builtPage } from './built-page.ts'

// The short form of `npm run soak -- tabs`; how long a picture may stand still is judged there, on a quiet machine.

test('two tabs of one browser watch and chat over HTTP/1.1, and neither is in the way of the other', async () => {
  await builtPage()
  const result = await soakTabs({ seconds: 4, tabs: 2, profile: 'standard' })
  assert.deepEqual(result.lost, [])
  for (const { failure, frozen, firstFrameMs, scene } of result.tabs) {
    assert.equal(failure, null)
    assert.equal(frozen, false, scene ?? '')
    assert.notEqual(firstFrameMs, null, 'it shows a picture')
  }
  assert.ok(result.written >= 2)
})
