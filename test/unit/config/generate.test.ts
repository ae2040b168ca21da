import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import {
  jsonSchema,
  SAMPLE_FILE,
  SCHEMA_FILE,
  sampleFile,
  TABLE_FILE,
  withTable,
} from '../../../src/config/generate.ts'
import { Config } from '../../../src/config/schema.ts'
import { define, settingsOf } from '../../../src/config/setting.ts'

const root = join(import.meta.dirname, '../../..')
const forgotten = 'out of date: run `npm run generate`'

test('the sample file, the JSON Schema and the table say what the definition says', async () => {
  assert.equal(await readFile(join(root, SAMPLE_FILE), 'utf8'), sampleFile(), forgotten)
  assert.equal(await readFile(join(root, SCHEMA_FILE), 'utf8'), jsonSchema(), forgotten)
  const page = await readFile(join(root, TABLE_FILE), 'utf8')
  assert.equal(page, withTable(page), forgotten)
})

test('the sample file is valid as it is and with every comment taken away', () => {
  const dropNull = (_: unknown, value: unknown) => (value === null ? undefined : value)
  assert.deepEqual(Config.parse(parse(sampleFile(), dropNull)), Config.parse({}))
  const all = sampleFile()
    .replace(/^.*\n/, '')
    .replace(/^( *)# (?=\S+:|[ -])/gm, '$1')
  const value = parse(all.replaceAll('${', '').replace(/key: file:.*\}/, 'key: sk_12345678901234567'), dropNull)
  value.observability.metrics.token = 'x'.repeat(16)
  assert.ok(Config.parse(value).channels[0]?.slug)
})

test('every setting has a sentence, a variable of its own, and a default or none', () => {
  const variables = new Set<string>()
  for (const setting of settingsOf(Config)) {
    assert.match(setting.description, /\.$/, `${setting.name} lacks a sentence`)
    assert.ok(!variables.has(setting.variable), `${setting.variable} means two settings`)
    variables.add(setting.variable)
  }
  assert.ok(Config.safeParse({}).success)
  assert.ok(define(Config).core)
})

test('all settings of the first contract are known', () => {
  const names = new Set([...settingsOf(Config)].map(({ name }) => name))
  const wanted = `
    server.http.host server.http.port server.https.mode server.https.port server.https.cert server.https.key
    server.publicUrl server.trustedProxies server.allowedOrigins server.embedOrigins
    ingest.rtmp.host ingest.rtmp.port ingest.rtmps.port ingest.open ingest.graceSeconds ingest.endSeconds
    packaging.mode packaging.profile packaging.segmentSeconds packaging.maxSegmentSeconds packaging.liveSeconds
    packaging.dvrSeconds packaging.endedSeconds transcode.ladder transcode.ffmpeg transcode.maxBroadcasts
    recording.enabled recording.retention.days recording.retention.maxPercentOfDisk storage.dataDir
    storage.minFreeBytes chat.enabled chat.guests webrtc.port webrtc.workers webrtc.publicHosts webrtc.iceServers
    database.url bus.url observability.metrics.token channels`
  for (const name of wanted.trim().split(/\s+/)) assert.ok(names.has(name), name)
})
