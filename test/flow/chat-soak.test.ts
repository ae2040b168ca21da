import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakChat } from '../soak/chat.ts'

test('in a room of hundreds nobody misses a message, floods or not, and the broadcast goes on', async () => {
  const { calm, flooded, floods } = await soakChat({ clients: 300, rate: 10, hostile: 18, seconds: 3 })
  for (const phase of [calm, flooded]) {
    assert.ok(phase.delivered > 300, `${phase.delivered} delivered`)
    assert.deepEqual([phase.missed, phase.lost], [0, 0])
    assert.ok(phase.parts > 0, 'parts of the broadcast came')
    assert.ok(phase.rssMiB < 600, `${phase.rssMiB} MiB`)
  }
  assert.ok((floods.connected ?? 0) > 0 && (floods.closed ?? 0) > 0, JSON.stringify(floods))
})
