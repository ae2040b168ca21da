import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soakSignIns } from '../soak/sign-ins.ts'

test('while fifty passwords a second are tried the broadcast goes on, and each attempt has its answer', async () => {
  const [round] = await soakSignIns({ rate: 50, seconds: 3, rounds: 1 })
  const { calm, attacked } = round ?? assert.fail()
  assert.equal(calm.attempts, 0)
  assert.ok(attacked.attempts > 0 && attacked.refused > 0, JSON.stringify(attacked))
  assert.equal(attacked.refused + attacked.sentAway, attacked.attempts)
  for (const phase of [calm, attacked]) assert.ok(phase.parts > 0 && phase.eventLoopP99Ms > 0, JSON.stringify(phase))
})
