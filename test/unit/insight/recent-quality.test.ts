import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QualityReport } from '../../../src/contract/insight.ts'
import { RecentQuality } from '../../../src/insight/quality/recent-quality.ts'

const MINUTE = 60_000

function report(change: Partial<QualityReport>): QualityReport {
  const nothing = { playedMs: 0, stalls: 0, stalledMs: 0, droppedFrames: 0, shownFrames: 0, rescues: 0 }
  return { player: 'a-player-1', engine: 'hls', ...nothing, ...change }
}

test('without a report nothing is known', () => {
  const unknown = { startupMs: null, latencyMs: null, slowLatencyMs: null, stalledRatio: null }
  assert.deepEqual(new RecentQuality().describe(0), unknown)
})

test('three in four start within the time told, one in twenty is further behind than the slow ones', () => {
  const recent = new RecentQuality()
  for (const n of [4, 1, 3, 2]) recent.report(report({ startupMs: n * 100, latencyMs: n * 1000 }), 0)
  const { startupMs, latencyMs, slowLatencyMs } = recent.describe(MINUTE)
  assert.deepEqual({ startupMs, latencyMs, slowLatencyMs }, { startupMs: 300, latencyMs: 2000, slowLatencyMs: 4000 })
})

test('the time spent waiting is a share of all time watched', () => {
  const recent = new RecentQuality()
  recent.report(report({ playedMs: 99_000, stalledMs: 0 }), 0)
  recent.report(report({ playedMs: 0, stalledMs: 1000 }), 0)
  assert.equal(recent.describe(MINUTE).stalledRatio, 0.01)
})

test('what is older than ten minutes no longer counts', () => {
  const recent = new RecentQuality()
  recent.report(report({ startupMs: 9000 }), 0)
  recent.report(report({ startupMs: 500 }), 9 * MINUTE)
  assert.equal(recent.describe(10 * MINUTE).startupMs, 500)
})
