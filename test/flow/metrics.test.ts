import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { ROOT, ServerProcess } from '../light/server-process.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { complaints, readExposition, type Scraped } from '../oracles/exposition.ts'

// Everything that /metrics says, of a server where something of everything has happened.

let server: ServerProcess
let publisher: RtmpPublisher
let metrics: Map<string, Scraped>

const post = (path: string, body: unknown, type = 'text/plain;charset=UTF-8') =>
  fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': type } })

const REPORT = {
  ...{ player: 'p123456789', engine: 'hls', startupMs: 900, playedMs: 29_000, stalls: 1, stalledMs: 1000 },
  ...{ latencyMs: 1400, droppedFrames: 9, shownFrames: 891, throughput: 9_000_000, rendition: 'source', rescues: 0 },
}

before(async () => {
  server = await ServerProcess.start({ https: 'mode: self-signed' })
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'choir' })
  publisher.send(videoConfig(0))
  publisher.send(audioConfig(0))
  for (let ms = 0; ms < 9000; ms += 40) {
    publisher.send(videoFrame(ms, ms % 2000 === 0))
    publisher.send(audioFrame(ms))
  }
  await server.live('choir')
  assert.equal((await post('/api/v1/channels/choir/quality', REPORT)).status, 204)
  assert.equal(
    (await post('/api/v1/channels/choir/quality', { ...REPORT, rendition: 'made up', failed: 'codec' })).status,
    204,
  )
  assert.equal((await post('/api/v1/page-errors', { message: 'x is not a function', page: '/c/choir' })).status, 204)
  const note = `CMCD=${encodeURIComponent('bl=2100,bs,mtp=4800,sid="a,b=c"')}`
  assert.equal((await fetch(`${server.playlistUrl('choir')}?${note}`)).status, 200)
  const headers = { 'cmcd-request': 'bl=900,mtp=1000', 'cmcd-session': 'sid="x"' }
  assert.equal((await fetch(server.playlistUrl('choir'), { headers })).status, 200)
  // The monitor looks once a second.
  do metrics = readExposition(await (await fetch(`${server.url}/metrics`)).text())
  while (metrics.get('streamhost_ingest_reconnects_total')?.samples.length === 0)
})
after(async () => {
  publisher?.client.destroy()
  await server?.stop()
})

const value = (name: string, labels: Record<string, string> = {}): number | undefined => {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  const metric = metrics.get(name) ?? metrics.get(base)
  return metric?.samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([label, word]) => sample.labels[label] === word),
  )?.value
}

test('names, units and help are as Prometheus wants them', () => {
  const ours = [...metrics.values()].filter(({ name }) => name.startsWith('streamhost_'))
  assert.ok(ours.length > 50)
  const found = ours.flatMap((metric) => complaints(metric).map((complaint) => `${metric.name}: ${complaint}`))
  assert.deepEqual(found, [])
  for (const { name, help } of ours) assert.match(help, /^\S.*\.$/, `${name}: the help is a sentence`)
})

test('docs/metrics.md names every metric, with its kind and help, and none that is not there', () => {
  const text = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8')
  const documented = text.split('\n').filter((line) => /^\| `streamhost_\w+` \|/.test(line))
  // Which labels there are shows only where there are values: the table may know more.
  const withoutLabels = (line: string): string => line.replace(/^(\| `\w+` \| \w+ \|)[^|]*\|/, '$1')
  const wanted = [...metrics.values()]
    .filter(({ name }) => name.startsWith('streamhost_'))
    .map(({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |`)
  const known = new Set(documented.map(withoutLabels))
  const missing = wanted.filter((line) => !known.has(withoutLabels(line)))
  assert.equal(missing.length, 0, `these lines belong into docs/metrics.md:\n${missing.join('\n')}`)
  const there = new Set(wanted.map(withoutLabels))
  assert.deepEqual(
    documented.filter((line) => !there.has(withoutLabels(line))),
    [],
    'docs/metrics.md names what is not there',
  )
})

test('the dashboard asks for metrics that exist, by labels that they have', () => {
  const dashboard = readFileSync(join(ROOT, 'docs/grafana-dashboard.json'), 'utf8')
  const documented = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8')
  const { panels } = JSON.parse(dashboard) as { panels: { type: string; targets?: { expr: string }[] }[] }
  assert.equal(panels.filter(({ type }) => type === 'row').length, 5)
  const expressions = panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr))
  assert.ok(expressions.length > 20)
  for (const expr of expressions) {
    for (const [name] of expr.matchAll(/\b(?:streamhost|process|nodejs)_[a-z0-9_]+/g)) {
      const base = name.replace(/_(bucket|sum|count)$/, '')
      assert.ok(metrics.has(name) || metrics.get(base)?.kind === 'histogram', `${name} in ${expr}`)
      const row = documented.split('\n').find((line) => line.includes(`\`${metrics.has(name) ? name : base}\``)) ?? ''
      for (const [, label] of expr.matchAll(new RegExp(`${name}\\{(\\w+)=`, 'g'))) {
        assert.ok(row.split('|')[3]?.includes(label ?? ''), `${name} has no label ${label}`)
      }
    }
  }
})

test('what encoders send is told per channel', () => {
  const choir = { channel: 'choir' }
  assert.equal(value('streamhost_ingest_frames_total', { ...choir, media: 'video' }), 225)
  assert.equal(value('streamhost_ingest_key_frames_total', choir), 5)
  assert.equal(value('streamhost_ingest_missing_frames_total', choir), 0)
  assert.equal(value('streamhost_ingest_key_frame_interval_seconds', choir), 2)
  assert.equal(value('streamhost_rtmp_connections', { state: 'publishing' }), 1)
})

test('what viewers saw is told per channel, in bounded words', () => {
  const choir = { channel: 'choir' }
  assert.equal(value('streamhost_viewer_reports_total', { ...choir, engine: 'hls' }), 2)
  assert.equal(value('streamhost_viewer_startup_seconds_bucket', { ...choir, le: '0.5' }), 0)
  assert.equal(value('streamhost_viewer_startup_seconds_bucket', { ...choir, le: '1' }), 2)
  assert.equal(value('streamhost_viewer_latency_seconds_sum', choir), 2.8)
  assert.equal(value('streamhost_viewer_stalls_total', choir), 2)
  assert.equal(value('streamhost_viewer_failures_total', { ...choir, reason: 'codec' }), 1)
  const renditions = metrics
    .get('streamhost_viewer_rendition_seconds_total')
    ?.samples.map(({ labels }) => labels.rendition)
  assert.deepEqual(renditions, ['source', '_other'])
})

test('foreign players’ notes are counted, from the address and from headers', () => {
  const choir = { channel: 'choir' }
  assert.equal(value('streamhost_cmcd_requests_total', choir), 2)
  assert.equal(value('streamhost_cmcd_starved_total', choir), 1)
  assert.equal(value('streamhost_cmcd_buffer_seconds_sum', choir), 3)
  assert.equal(value('streamhost_cmcd_throughput_bits_per_second_bucket', { ...choir, le: '1000000' }), 1)
})

test('an error of a page is counted and logged', () => {
  assert.equal(value('streamhost_page_errors_total'), 1)
  assert.match(server.output, /a page failed in a browser/)
})
