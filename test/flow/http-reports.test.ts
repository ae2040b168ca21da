import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PageError, QualityReport } from '../../src/contract/insight.ts'
import { harness, json, LIVE } from './http-harness.ts'

const REPORT: QualityReport = {
  ...{ player: 'p123456789', engine: 'hls', startupMs: 900, playedMs: 29_000, stalls: 0, stalledMs: 0 },
  ...{ droppedFrames: 0, shownFrames: 900, rescues: 0 },
}

async function reporting() {
  const taken: { slug: string; report: QualityReport }[] = []
  const errors: PageError[] = []
  const reports = {
    quality: (slug: string, report: QualityReport) => void taken.push({ slug, report }),
    pageError: (error: PageError) => void errors.push(error),
    forget: () => undefined,
  }
  const server = await harness({ services: { reports } })
  server.live.set('choir', LIVE)
  const send = async (path: string, body: string, type: string) =>
    (await fetch(server.url + path, { method: 'POST', body, headers: { 'content-type': type } })).status
  const quality = (body: string, type = 'text/plain;charset=UTF-8') =>
    send('/api/v1/channels/choir/quality', body, type)
  return { server, taken, errors, send, quality }
}

test('a report is taken as JSON and as a beacon’s text', async () => {
  const { server, taken, quality } = await reporting()
  await using _ = server
  assert.equal(await quality(JSON.stringify(REPORT), 'application/json'), 204)
  assert.equal(await quality(JSON.stringify(REPORT)), 204)
  assert.deepEqual(taken, [
    { slug: 'choir', report: REPORT },
    { slug: 'choir', report: REPORT },
  ])
})

test('what is no report is refused, and changes nothing', async () => {
  const { server, taken, quality, send } = await reporting()
  await using _ = server
  assert.equal(await quality('hello'), 400)
  assert.equal(await quality(''), 400)
  assert.equal(await quality('{"__proto__":{"polluted":1}}'), 400)
  assert.equal(await quality(JSON.stringify({ ...REPORT, more: 1 })), 400)
  assert.equal(await quality(JSON.stringify({ ...REPORT, playedMs: -1 })), 400)
  assert.equal(await quality(JSON.stringify({ ...REPORT, rendition: 'x'.repeat(5000) })), 413)
  assert.equal(await quality(JSON.stringify(REPORT), 'application/x-www-form-urlencoded'), 415)
  assert.equal(await send('/api/v1/channels/silent/quality', JSON.stringify(REPORT), 'text/plain'), 404)
  assert.deepEqual(taken, [])
})

test('plain text is taken by these routes alone', async () => {
  const { server } = await reporting()
  await using _ = server
  const headers = { ...server.admin, 'content-type': 'text/plain' }
  const answer = await fetch(`${server.url}/api/v1/channels`, { method: 'POST', body: '{"slug":"a"}', headers })
  assert.equal(answer.status, 415)
})

test('a player that reports without end is not listened to, others are', async () => {
  const { server, taken, quality } = await reporting()
  await using _ = server
  const statuses: number[] = []
  for (let n = 0; n < 10; n++) statuses.push(await quality(JSON.stringify(REPORT)))
  assert.deepEqual([...new Set(statuses)], [204, 429])
  assert.equal(await quality(JSON.stringify({ ...REPORT, player: 'another-player' })), 204)
  assert.equal(taken.length, 9)
})

test('errors of pages are taken, ten a minute from an address', async () => {
  const { server, errors } = await reporting()
  await using _ = server
  const error = { message: 'x is not a function', page: '/c/choir', stack: 'at y (app.js:1:2)', version: '0.1.0' }
  const elsewhere = { 'x-forwarded-for': '203.0.113.9' }
  const statuses: number[] = []
  for (let n = 0; n < 12; n++) {
    statuses.push((await fetch(`${server.url}/api/v1/page-errors`, json('POST', error, elsewhere))).status)
  }
  assert.deepEqual(statuses, [...Array(10).fill(204), 429, 429])
  assert.deepEqual(errors[0], error)
  const long = await fetch(`${server.url}/api/v1/page-errors`, json('POST', { ...error, stack: 'x'.repeat(20_000) }))
  assert.ok([413, 429].includes(long.status))
})
