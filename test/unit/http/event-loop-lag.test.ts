import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventLoopLag } from '../../../src/http/event-loop-lag.ts'

const lagOf = (ask: ReturnType<typeof eventLoopLag>, kind: string): number => {
  const metric = ask().find(({ name }) => name === `nodejs_eventloop_lag_${kind}_seconds`)
  return metric?.kind === 'gauge' ? (metric.values[0]?.value ?? Number.NaN) : Number.NaN
}

test('how late the event loop was is told from the second question on, without the period of the timer that looks', async () => {
  const ask = eventLoopLag()
  assert.equal(lagOf(ask, 'max'), 0)
  await sleep(120)
  for (const until = performance.now() + 400; performance.now() < until; );
  await sleep(120)
  const max = lagOf(ask, 'max')
  assert.ok(max >= 0.3, `${max} s`)
  assert.equal(lagOf(ask, 'mean'), 0, 'each question begins anew')
})

test('metrics have names and helps of their own', () => {
  const metrics = eventLoopLag()()
  assert.equal(new Set(metrics.map(({ name }) => name)).size, metrics.length)
  assert.ok(metrics.every(({ name, help }) => name.startsWith('nodejs_eventloop_lag_') && help.endsWith('.')))
})
