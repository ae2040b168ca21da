import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readApp, readStreamAddress } from '../../../src/ingest/rtmp/stream-address.ts'

const accepted = [
  ['server and key apart', 'live', 'rtmp://h/live', 'sk_a', 'sk_a', undefined],
  ['one URL, split by the encoder', 'live', 'rtmp://h/live', 'sk_a', 'sk_a', undefined],
  ['one URL, all of it in the app', 'live/sk_a', 'rtmp://h/live/sk_a', '', 'sk_a', undefined],
  ['a slash behind the app', 'live/', 'rtmp://h/live/', 'sk_a', 'sk_a', undefined],
  ['a slash before the name', 'live', 'rtmp://h/live', '/sk_a', 'sk_a', undefined],
  ['the default instance', 'live/_definst_', 'rtmp://h/live/_definst_', 'sk_a', 'sk_a', undefined],
  ['no tcUrl', 'live', undefined, 'sk_a', 'sk_a', undefined],
  ['no app', undefined, 'rtmp://h:1935/live', 'sk_a', 'sk_a', undefined],
  ['no app, all of it in the tcUrl', undefined, 'rtmp://h:1935/live/sk_a', '', 'sk_a', undefined],
  ['channel and key', 'live', 'rtmp://h/live', 'main?key=sk_a', 'main', 'sk_a'],
  ['channel and key, all of it in the app', 'live/main?key=sk_a', 'rtmp://h/live/main?key=sk_a', '', 'main', 'sk_a'],
  ['a key in the tcUrl alone', 'live', 'rtmp://h/live?key=sk_a', 'main', 'main', 'sk_a'],
  ['an encoded key among others', 'live', 'rtmp://h/live', 'main?x=1&key=sk%5Fa', 'main', 'sk_a'],
  ['an empty key', 'live', 'rtmp://h/live', 'main?key=', 'main', undefined],
  ['a name of two parts, which no channel has', 'live', 'rtmp://h/live', 'a/b', 'a/b', undefined],
  ['no name at all', 'live', 'rtmp://h/live', '', '', undefined],
] as const

for (const [name, app, tcUrl, streamName, expected, key] of accepted) {
  test(`stream address: ${name}`, () => {
    const read = readApp(app, tcUrl)
    assert.ok(read)
    const address = readStreamAddress(read, streamName)
    assert.deepEqual([address.name, address.key], [expected, key])
  })
}

test('an application other than live is not known', () => {
  for (const app of ['app', 'liveX', 'x/live', '', undefined])
    assert.equal(readApp(app, 'rtmp://h/other/live'), undefined)
  assert.equal(readApp(undefined, undefined), undefined)
  assert.equal(readApp('', 'http:live'), undefined)
})
