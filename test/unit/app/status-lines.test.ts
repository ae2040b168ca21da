import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusLines } from '../../../src/app/cli/status.ts'
import type { LadderReport, Status } from '../../../src/contract/insight.ts'

const rung = (name: string, running: boolean): LadderReport['rungs'][number] => ({
  ...{ name, width: 640, height: 360, framesPerSecond: 30, bitrate: 700_000 },
  ...{ running, rest: running ? null : 'limited' },
})
const ladder: LadderReport = {
  ...{ state: 'running', missing: null, ladder: 'low', encoder: 'libx264', position: null, lagMs: 40 },
  ...{ restarts: 0, steps: 0, rungs: [rung('480p', true), rung('360p', true)] },
}

/** What the table says of a ladder. */
function told(change: Partial<LadderReport>): string {
  const status: Status = {
    ...{ version: '1', startedAt: '2026-01-01T00:00:00Z', now: '2026-01-01T00:00:10Z', cpu: 0.1, cores: 2 },
    ...{ memoryBytes: 9e7, totalMemoryBytes: 4e9, eventLoopDelayMs: 1, disk: null, viewers: 0, sockets: 0 },
    ports: { http: 8080, https: null, rtmp: 1935, rtmps: null },
    ...{ waitingRequests: 0, outgoingBitrate: 0 },
    quality: { startupMs: null, latencyMs: null, slowLatencyMs: null, stalledRatio: null },
    channels: [
      {
        ...{
          slug: 'main',
          title: 'Main',
          state: 'live',
          startedAt: null,
          verdict: 'healthy',
          advice: [],
          encoder: null,
        },
        ...{ video: null, audio: null, droppedFrames: 0, reconnects: 0, viewers: 0 },
        ladder: { ...ladder, ...change },
      },
    ],
  }
  const [titles = '', row = ''] = statusLines(status).slice(-2)
  return row.slice(titles.indexOf('LADDER'), titles.indexOf('COACH')).trim()
}

test('the status tells how much of a ladder is made, and how often that changed', () => {
  assert.equal(told({}), 'running 2 of 2')
  const rungs = [rung('480p', false), rung('360p', true)]
  assert.equal(told({ state: 'limited', rungs, steps: 1 }), 'limited 1 of 2, 1 step')
  assert.equal(told({ state: 'limited', rungs, steps: 3 }), 'limited 1 of 2, 3 steps')
  assert.equal(told({ state: 'off', rungs: [] }), 'off')
})

test('a ladder that waits tells its place in the line, and one that can’t be made what is missing', () => {
  assert.equal(told({ state: 'waiting', position: 2 }), 'waiting, number 2')
  assert.equal(told({ state: 'failed', missing: { what: 'ffmpeg', todo: 'Install it.' } }), 'failed, no ffmpeg')
})
