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

test('what is told of a channel is changed by an admin, read by everybody, and audited', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const patch = (body: unknown) => fetch(`${server.url}/api/v1/channels/main`, json('PATCH', body, server.admin))
  const at = new Date(Date.now() + 24 * 3600 * 1000).toISOString()
  const told = { description: 'One\nTwo <b>', language: 'de-AT', tags: ['choir'], accent: '#0b6670' }
  const nextBroadcast = { at, title: 'First Sunday', minutes: 90 }
  const answer = await patch({ ...told, language: 'de-at', accent: '#0B6670', nextBroadcast })
  assert.equal(answer.status, 200)
  const read = async () => Channel.parse(await (await fetch(`${server.url}/api/v1/channels/main`)).json())
  assert.deepEqual(Channel.parse(await answer.json()), await read())
  const channel = await read()
  assert.deepEqual({ ...channel, ...told, nextBroadcast }, channel)
  await patch({ nextBroadcast: null, description: '' })
  assert.deepEqual(
    [(await read()).nextBroadcast, (await read()).description, (await read()).accent],
    [null, '', '#0b6670'],
  )
  await patch({ description: '' })
  const { items } = await server.audit.list(10)
  assert.deepEqual(
    items.map(({ action, subject }) => [action, subject]),
    [
      ['channel.change', 'no description, no next broadcast'],
      [
        'channel.change',
        `description, language: de-AT, tags: choir, accent: #0b6670, next broadcast: ${at} “First Sunday”`,
      ],
    ],
  )
})

test('a list has the beginning of long descriptions, as pages ask for it again and again', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main', description: '😀'.repeat(900) })
  await server.channels.create({ slug: 'other', description: 'Short.' })
  const { items } = ChannelList.parse(await (await fetch(`${server.url}/api/v1/channels`)).json())
  assert.deepEqual([items[0]?.description, items[1]?.description], [`${'😀'.repeat(99)}…`, 'Short.'])
  const one = Channel.parse(await (await fetch(`${server.url}/api/v1/channels/main`)).json())
  assert.equal(one.description.length, 1800)
})

test('what is wrong with what is told of a channel is named by its path', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const soon = { at: new Date(Date.now() + 3600_000).toISOString(), title: 'x', minutes: 10 }
  for (const [body, path] of [
    [{ description: 'x'.repeat(2001) }, 'description'],
    [{ language: 'de_DE' }, 'language'],
    [{ tags: Array.from({ length: 11 }, String) }, 'tags'],
    [{ tags: ['fine', ''] }, 'tags.1'],
    [{ accent: 'red' }, 'accent'],
    [{ nextBroadcast: { ...soon, at: '2020-01-01T00:00:00Z' } }, 'nextBroadcast.at'],
    [{ nextBroadcast: { ...soon, minutes: 1.5 } }, 'nextBroadcast.minutes'],
    [{ nextBroadcast: { ...soon, title: '\u200b' } }, 'nextBroadcast.title'],
    [{ slug: 'other' }, 'slug'],
  ] as const) {
    const answer = await fetch(`${server.url}/api/v1/channels/main`, json('PATCH', body, server.admin))
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.equal(Problem.parse(await answer.json()).errors?.[0]?.path, path, JSON.stringify(body))
  }
})

test('the next broadcast is there for calendars, and stays one event when it is moved', async () => {
  await using server = await harness({ settings: { publicUrl: 'https://live.example.org' } })
  await server.channels.create({ slug: 'main', title: 'Choir' })
  const schedule = async () => fetch(`${server.url}/api/v1/channels/main/schedule.ics`)
  const eventAt = async () => /UID:(\S+)[\s\S]*SEQUENCE:(\d+)[\s\S]*DTSTART:(\S+)/.exec(await (await schedule()).text())
  const empty = await schedule()
  assert.deepEqual([empty.status, empty.headers.get('content-type')], [200, 'text/calendar; charset=utf-8'])
  assert.ok(!(await empty.text()).includes('VEVENT'))
  const plan = (at: string) =>
    fetch(
      `${server.url}/api/v1/channels/main`,
      json('PATCH', { nextBroadcast: { at, title: 'First Sunday', minutes: 90 } }, server.admin),
    )
  const [year] = [new Date().getUTCFullYear() + 1]
  await plan(`${year}-11-29T10:00:00+01:00`)
  const first = await eventAt()
  assert.deepEqual(first?.slice(2), ['0', `${year}1129T090000Z`])
  assert.match(
    await (await schedule()).text(),
    /SUMMARY:First Sunday · Choir\r\n.*URL:https:\/\/live\.example\.org\/c\/main\r\n/s,
  )
  await plan(`${year}-11-30T10:00:00+01:00`)
  const moved = await eventAt()
  assert.deepEqual(moved?.slice(1), [first?.[1], '1', `${year}1130T090000Z`])
  assert.equal((await fetch(`${server.url}/api/v1/channels/nobody/schedule.ics`)).status, 404)
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
    [{ slug: 'main', colour: 'red' }, 'colour'],
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
    signUp: 'invitation',
    mail: false,
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
