import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Channel, ChannelList, ChannelWithKey, Problem, Site } from '../../src/contract/channel.ts'
import { bodyOf, harness, json, LIVE } from './http-harness.ts'

test('an admin makes a channel, everybody reads it, and its key is told only then', async () => {
  await using server = await harness()
  const answer = await fetch(
    `${server.url}/api/v1/channels`,
    json('POST', { slug: 'main', title: 'Main hall' }, server.admin),
  )
  assert.equal(answer.status, 201)
  assert.equal(answer.headers.get('location'), '/api/v1/channels/main')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { channel, key } = ChannelWithKey.parse(await answer.json())
  assert.equal(channel.title, 'Main hall')
  assert.equal((await server.channels.byKey(key))?.channel.slug, 'main')

  const read = await (await fetch(`${server.url}/api/v1/channels/main`, { headers: server.admin })).text()
  assert.deepEqual(Channel.parse(JSON.parse(read)), channel)
  assert.ok(!read.includes(key))
  assert.deepEqual(channel.playback, {
    hls: '/live/main/index.m3u8',
    dash: '/live/main/manifest.mpd',
    flv: null,
    whep: null,
  })
})

test('a channel shows its broadcast', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const read = async () => Channel.parse(await (await fetch(`${server.url}/api/v1/channels/main`)).json())
  assert.equal((await read()).state, 'offline')
  server.live.set('main', LIVE)
  const live = await read()
  assert.deepEqual([live.live, live.state, live.startedAt], [true, 'live', '2023-11-14T22:13:20.000Z'])
  assert.deepEqual([live.presentation, live.video], ['p1', { width: 1280, height: 720 }])
  server.live.set('main', { ...LIVE, state: 'ended', endedAtMs: 1_700_000_060_000 })
  const ended = await read()
  assert.deepEqual([ended.live, ended.endedAt], [false, '2023-11-14T22:14:20.000Z'])
})

test('channels are listed page by page', async () => {
  await using server = await harness()
  for (const slug of ['c', 'a', 'b']) await server.channels.create({ slug: `${slug}-hall` })
  const page = async (query: string) =>
    ChannelList.parse(await (await fetch(`${server.url}/api/v1/channels?${query}`)).json())
  const first = await page('limit=2')
  assert.deepEqual(
    first.items.map(({ slug }) => slug),
    ['a-hall', 'b-hall'],
  )
  const second = await page(`limit=2&cursor=${first.nextCursor}`)
  assert.deepEqual([second.items.map(({ slug }) => slug), second.nextCursor], [['c-hall'], null])
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=', 'cursor=!!']) {
    const answer = await fetch(`${server.url}/api/v1/channels?${query}`)
    assert.equal(answer.status, 400, query)
    assert.deepEqual(
      Problem.parse(await answer.json()).errors?.map(({ path }) => path),
      [query.split('=')[0]],
    )
  }
})

test('what is wrong with a new channel is told by path, and never repeats a key', async () => {
  await using server = await harness()
  const post = (body: unknown) => fetch(`${server.url}/api/v1/channels`, json('POST', body, server.admin))
  const wrong = [
    [{ slug: 'Main Hall' }, 'slug'],
    [{ slug: 'api' }, 'slug'],
    [{ slug: 'sk_main' }, 'slug'],
    [{ slug: 'main', title: '' }, 'title'],
    [{ slug: 'main', key: 'sk_tooshort' }, 'key'],
    [{}, 'slug'],
    [{ slug: 'main', colour: 'red' }, ''],
  ] as const
  for (const [body, path] of wrong) {
    const answer = await post(body)
    const text = await answer.text()
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.equal(Problem.parse(JSON.parse(text)).errors?.[0]?.path, path)
    assert.ok(!text.includes('sk_tooshort'))
  }
  assert.equal((await post({ slug: 'main' })).status, 201)
  const taken = await post({ slug: 'main' })
  assert.equal(taken.status, 409)
  assert.match(Problem.parse(await taken.json()).detail ?? '', /"main" exists already/)
})

test('a changed key ends the broadcast that came by the old one', async () => {
  await using server = await harness()
  const old = (await server.channels.create({ slug: 'main' })).key
  server.live.set('main', LIVE)
  const answer = await fetch(`${server.url}/api/v1/channels/main/key`, { method: 'POST', headers: server.admin })
  const { key } = ChannelWithKey.parse(await answer.json())
  assert.deepEqual(server.live.ended, ['main'])
  assert.equal(await server.channels.byKey(old), undefined)
  assert.equal((await server.channels.byKey(key))?.channel.slug, 'main')
  const chosen = `sk_${'c'.repeat(20)}`
  const again = await fetch(`${server.url}/api/v1/channels/main/key`, json('POST', { key: chosen }, server.admin))
  assert.equal(ChannelWithKey.parse(await again.json()).key, chosen)
})

test('an admin ends a broadcast, and learns when there is none', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  server.live.set('main', LIVE)
  const end = async (slug: string) =>
    fetch(`${server.url}/api/v1/channels/${slug}/end`, { method: 'POST', headers: server.admin })
  assert.deepEqual(await bodyOf(await end('main')), { ended: true })
  assert.deepEqual(await bodyOf(await end('main')), { ended: false })
  assert.equal((await end('nobody')).status, 404)
})

test('a removed channel is gone, with its broadcast and its key', async () => {
  await using server = await harness()
  const { key } = await server.channels.create({ slug: 'main' })
  server.live.set('main', LIVE)
  const remove = () => fetch(`${server.url}/api/v1/channels/main`, { method: 'DELETE', headers: server.admin })
  assert.equal((await remove()).status, 204)
  assert.deepEqual(server.live.ended, ['main'])
  assert.equal((await fetch(`${server.url}/api/v1/channels/main`)).status, 404)
  assert.equal(await server.channels.byKey(key), undefined)
  assert.equal((await remove()).status, 404)
})

test('an answer of 404 is not cached', async () => {
  await using server = await harness()
  for (const path of ['/api/v1/channels/nobody', '/api/v1/nothing', '/live/nobody/index.m3u8', '/c/nobody']) {
    const answer = await fetch(server.url + path, { headers: { accept: 'text/html' } })
    assert.equal(answer.status, 404, path)
    assert.equal(answer.headers.get('cache-control'), 'no-store', path)
  }
})

test('a page learns whose server it is, and what time it is there', async () => {
  await using server = await harness()
  assert.deepEqual(Site.parse(await (await fetch(`${server.url}/api/v1/site`)).json()), {
    name: 'Linden Valley',
    rtmpPort: 1935,
    rtmpsPort: null,
  })
  const time = await fetch(`${server.url}/time`)
  assert.match(await time.text(), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(time.headers.get('cache-control'), 'no-store')
  assert.equal(time.headers.get('access-control-allow-origin'), '*')
})

test('a server that drains is up but not ready', async () => {
  await using server = await harness({
    services: { health: { version: '1', ports: () => ({}), notReady: () => 'draining' } },
  })
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  const ready = await fetch(`${server.url}/readyz`)
  assert.equal(ready.status, 503)
  assert.deepEqual(await bodyOf(ready), { ready: false, reason: 'draining' })
})

test('metrics tell of the process, of the event loop, and of what each part counts', async () => {
  let packets = 1
  const metric = (value: number) =>
    ({
      name: 'streamhost_packets_total',
      help: 'Packets.',
      kind: 'counter',
      values: [{ labels: { channel: 'a"b\n' }, value }],
    }) as const
  await using server = await harness({ services: { metrics: [() => [metric(packets++)]] } })
  const scrape = async () => (await fetch(`${server.url}/metrics`)).text()
  assert.match(await scrape(), /streamhost_packets_total\{channel="a\\"b\\n"\} 1/)
  const text = await scrape()
  assert.match(text, /streamhost_packets_total\{channel="a\\"b\\n"\} 2/)
  for (const name of [
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
    'streamhost_websocket_connections 0',
  ]) {
    assert.ok(text.includes(name), name)
  }
})

test('while the store is away, requests that need it are told to come again', async () => {
  await using server = await harness()
  await server.store.stop()
  const answer = await fetch(`${server.url}/api/v1/channels`)
  assert.equal(answer.status, 503)
  assert.ok(answer.headers.get('retry-after'))
  assert.equal(Problem.parse(await answer.json()).type, '/api/docs#problem-unavailable')
})

test('a bug of ours is a 500 that says nothing of its insides', async () => {
  await using server = await harness({
    services: {
      extend: (app) =>
        void app.get('/bug', { config: { access: 'public' } }, async () => {
          throw new Error('password=hunter2')
        }),
    },
  })
  const answer = await fetch(`${server.url}/bug`)
  assert.equal(answer.status, 500)
  assert.ok(!(await answer.text()).includes('hunter2'))
})
