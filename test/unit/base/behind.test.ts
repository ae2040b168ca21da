import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { putBehind } from '../../../src/base/behind.ts'

test('a child waits for the processor, and goes first when memory runs out', {
  skip: process.platform !== 'linux',
}, async () => {
  const child = spawn('sleep', ['60'])
  const pid = child.pid ?? assert.fail('there is no sleep')
  putBehind(pid)
  assert.equal(getPriority(pid), Math.min(19, getPriority() + 10))
  assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(), '1000')
  child.kill()
  await once(child, 'exit')
  // What has ended meanwhile is no error.
  putBehind(pid)
})
