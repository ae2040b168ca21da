import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, withoutRestart } from '../../../src/config/changes.ts'
import { Config } from '../../../src/config/schema.ts'
import { settingsOf } from '../../../src/config/setting.ts'

const KEY = 'sk_0123456789abcdefghij'
const OTHER = 'sk_abcdefghij0123456789'

test('every setting that has an effect says how a change of it gets into force', () => {
  for (const { name, later, reload } of settingsOf(Config)) {
    if (!later) assert.ok(reload, `${name} lacks \`reload\` in its definition, or in that of a group around it`)
  }
})

test('what two configurations say otherwise is told by name, in words, with how it gets into force', () => {
  const after = {
    server: { name: 'Linden Valley', http: { port: 1 } },
    packaging: { liveSeconds: 30 },
    recording: { enabled: false },
  }
  assert.deepEqual(changesOf(Config.parse({}), Config.parse(after)), [
    { setting: 'server.name', from: 'StreamHost', to: 'Linden Valley', reload: 'at once' },
    { setting: 'server.http.port', from: '8080', to: '1', reload: 'restart' },
    { setting: 'packaging.liveSeconds', from: '20', to: '30', reload: 'next broadcast' },
    { setting: 'recording.enabled', from: 'true', to: 'false', reload: null },
  ])
  assert.deepEqual(changesOf(Config.parse(after), Config.parse(after)), [])
})

test('sizes are told as they are written', () => {
  const size = (minFreeBytes: string) => Config.parse({ storage: { minFreeBytes } })
  const told = ({ from, to }: { from: string; to: string }) => `${from} → ${to}`
  assert.deepEqual(changesOf(size('100 MiB'), size('900 GiB')).map(told), ['100 MiB → 900 GiB'])
  assert.deepEqual(changesOf(size('500 MB'), size('1025')).map(told), ['500 MB → 1025 B'])
})

test('channels are the same by their name, wherever in the list they stand', () => {
  const before = Config.parse({ channels: [{ slug: 'one', title: 'One' }, { slug: 'two' }, { slug: 'gone' }] })
  const after = Config.parse({
    channels: [
      { slug: 'two', chat: { guests: false } },
      { slug: 'one', title: 'First' },
    ],
  })
  assert.deepEqual(
    changesOf(before, after).map(({ setting, from, to }) => `${setting}: ${from} → ${to}`),
    [
      'channels[one].title: One → First',
      'channels[two].chat: none → {"guests":false}',
      'channels[gone]: {"slug":"gone","access":"public"} → none',
    ],
  )
})

test('secrets are never told, wherever they are', () => {
  const token = 'a-token-of-16-or-more'
  const secret = (key: string, more: string): Config =>
    Config.parse({
      channels: [{ slug: 'one', key }],
      observability: { metrics: { token: `${token}${more}` } },
      webrtc: { iceServers: [{ urls: 'turn:turn.example.org', credential: `hidden${more}` }] },
    })
  for (const before of [Config.parse({}), secret(KEY, '')]) {
    const told = JSON.stringify(changesOf(before, secret(OTHER, '-2')))
    assert.match(told, /observability\.metrics\.token/)
    assert.doesNotMatch(told, /sk_|a-token|hidden/)
  }
})

test('settings that need a restart stay as they are in force, all others are taken', () => {
  const inForce = Config.parse({ server: { http: { port: 1 } }, packaging: { liveSeconds: 30 } })
  const wanted = Config.parse({
    server: { http: { port: 2 } },
    storage: { dataDir: '/elsewhere' },
    chat: { guests: false },
  })
  const next = withoutRestart(inForce, wanted)
  assert.equal(next.server.http.port, 1)
  assert.equal(next.storage.dataDir, './data')
  assert.equal(next.packaging.liveSeconds, 20)
  assert.equal(next.chat.guests, false)
  assert.equal(wanted.server.http.port, 2)
})
