import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsOf, soakTabs } from '../soak/tabs.ts'
import { builtPage } from './built-page.ts'

// The short form of `npm run soak -- tabs`.

test('two tabs of one browser watch and chat over HTTP/1.1, and neither is in the way of the other', async () => {
  await builtPage()
  const result = await soakTabs({ seconds: 4, tabs: 2, profile: 'standard' })
  assert.deepEqual(faultsOf(result), [])
  assert.ok(result.written >= 2)
})
