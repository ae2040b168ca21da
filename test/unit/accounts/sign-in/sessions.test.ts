import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sessions } from '../../../../src/accounts/sign-in/sessions.ts'

test('a session holds its role until it ends', () => {
  const sessions = new Sessions(1000)
  const id = sessions.create('streamer', 5000)
  assert.equal(sessions.roleOf(id, 5999), 'streamer')
  assert.equal(sessions.roleOf(id, 6000), undefined)
  assert.equal(sessions.roleOf('guessed', 5000), undefined)
  sessions.end(id)
  assert.equal(sessions.roleOf(id, 5000), undefined)
})

test('sessions are bounded: the oldest makes room', () => {
  const sessions = new Sessions(1000)
  const first = sessions.create('admin', 0)
  const second = sessions.create('admin', 1)
  for (let n = 0; n < 9_999; n++) sessions.create('viewer', 1)
  assert.equal(sessions.roleOf(first, 1), undefined)
  assert.equal(sessions.roleOf(second, 1), 'admin')
})
