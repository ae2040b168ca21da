import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Channel, Problem } from '../../src/contract/channel.ts'
import { jpegOfPhone, PICTURES, pictureFile, pngOf } from '../light/pictures.ts'
import { bodyOf, type Harness, harness } from './http-harness.ts'

const run = promisify(execFile)
const put = (server: Harness, use: 'poster' | 'logo', body: Buffer<ArrayBuffer>, type = 'image/png') =>
  fetch(`${server.url}/api/v1/channels/main/${use}`, {
    method: 'PUT',
    body,
    headers: { ...server.admin, 'content-type': type },
  })
const filesOf = async (server: Harness) => (await readdir(join(server.directory, 'pictures'))).sort()

test('a poster is put, shown to everybody under a name that never means other bytes, and replaced', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  // What it is called doesn't count.
  const answer = await put(server, 'poster', pictureFile('webp-lossy'), 'image/png')
  assert.equal(answer.status, 200)
  const { poster, logo } = Channel.parse(await answer.json())
  assert.match(poster ?? '', /^\/media\/channels\/main\/poster-[0-9a-f]{32}\.webp$/)
  assert.equal(logo, null)
  const shown = await fetch(server.url + poster)
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), pictureFile('webp-lossy'))
  const headers = {
    'content-type': 'image/webp',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  }
  for (const [name, value] of Object.entries(headers)) assert.equal(shown.headers.get(name), value, name)
  const etag = shown.headers.get('etag') ?? ''
  assert.equal((await fetch(server.url + poster, { headers: { 'if-none-match': etag } })).status, 304)

  const next = Channel.parse(await (await put(server, 'poster', pictureFile('jpeg'))).json())
  assert.match(next.poster ?? '', /\.jpg$/)
  assert.equal((await fetch(server.url + poster)).status, 404)
  assert.equal((await filesOf(server)).length, 1)
  const gone = await fetch(`${server.url}/api/v1/channels/main/poster`, { method: 'DELETE', headers: server.admin })
  assert.equal(Channel.parse(await gone.json()).poster, null)
  assert.deepEqual(await filesOf(server), [])
  const { items } = await server.audit.list(9)
  assert.deepEqual(
    items.map(({ action, subject }) => `${action} ${subject}`),
    ['channel.picture.remove poster', 'channel.picture.put poster', 'channel.picture.put poster'],
  )
})

test('every kind of picture that is taken is one to FFmpeg, before and after', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const sizeOf = async (bytes: Uint8Array) => {
    const path = join(server.directory, 'picture.bin')
    await writeFile(path, bytes)
    const asked = [
      '-v',
      'error',
      '-count_frames',
      '-show_entries',
      'stream=width,height,nb_read_frames',
      '-of',
      'csv=p=0',
    ]
    const { stdout, stderr } = await run('ffprobe', [...asked, path])
    assert.equal(stderr, '')
    return stdout.trim()
  }
  for (const name of PICTURES) {
    const { logo } = Channel.parse(await (await put(server, 'logo', pictureFile(name))).json())
    const shown = await (await fetch(server.url + logo)).bytes()
    assert.equal(await sizeOf(shown), await sizeOf(pictureFile(name)), name)
    assert.match(await sizeOf(shown), /^34,18,/)
  }
  const { poster } = Channel.parse(await (await put(server, 'poster', Buffer.from(jpegOfPhone(6)))).json())
  const shown = Buffer.from(await (await fetch(server.url + poster)).bytes())
  assert.ok(!shown.includes('SECRET'))
  assert.match(await sizeOf(shown), /^34,18,1/)
})

test('what is no picture, too large in bytes or in pixels, is refused in a sentence, and nothing is written', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
  for (const [body, words] of [
    [svg, /PNG, JPEG or WebP/],
    [Buffer.alloc(0), /send the bytes/],
    [pictureFile('animated-png'), /animated/],
    [pictureFile('png').subarray(0, 90), /can't be shown/],
    [pngOf(20_000, 20_000), /20000 × 20000 pixels, at most 6000/],
  ] as const) {
    const answer = await put(server, 'logo', Buffer.from(body))
    assert.equal(answer.status, 400)
    const [error] = Problem.parse(await answer.json()).errors ?? []
    assert.equal(error?.path, 'picture')
    assert.match(error?.message ?? '', words)
  }
  assert.equal((await put(server, 'logo', svg, 'image/svg+xml')).status, 415)
  assert.equal((await put(server, 'logo', Buffer.alloc(2 ** 20 + 1))).status, 413)
  await assert.rejects(filesOf(server), { code: 'ENOENT' })
  const large = Buffer.concat([pictureFile('png'), Buffer.alloc(2 ** 20 - pictureFile('png').byteLength)])
  assert.equal((await put(server, 'logo', large)).status, 200, 'more than bodies of JSON may have')
  const nobody = await fetch(`${server.url}/api/v1/channels/none/logo`, {
    method: 'PUT',
    body: pictureFile('png'),
    headers: { ...server.admin, 'content-type': 'image/png' },
  })
  assert.equal(nobody.status, 404)
})

test('no name leads out of the pictures', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  await put(server, 'logo', pictureFile('png'))
  for (const path of [
    ...[
      '/media/channels/main/secrets.json',
      '/media/channels/main/..%2fstreamhost.db',
      '/media/channels/..%2f..%2fx/y',
    ],
    ...['/media/channels/main/logo-00000000000000000000000000000000.png', '/media/channels/MAIN/logo-x.png'],
  ]) {
    const answer = await fetch(server.url + path)
    assert.equal(answer.status, 404, path)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  }
})

test('other sites are shown the poster, and a channel that goes takes it along', async () => {
  await using server = await harness({ settings: { publicUrl: 'https://live.example.org' } })
  await server.channels.create({ slug: 'main' })
  const { poster } = Channel.parse(await (await put(server, 'poster', pictureFile('png'))).json())
  const oembed = await bodyOf(
    await fetch(`${server.url}/api/v1/oembed?url=${encodeURIComponent('https://live.example.org/c/main')}`),
  )
  assert.equal(oembed.thumbnail_url, `https://live.example.org${poster}`)
  assert.deepEqual([oembed.thumbnail_width, oembed.thumbnail_height], [34, 18])
  await fetch(`${server.url}/api/v1/channels/main`, { method: 'DELETE', headers: server.admin })
  assert.equal((await fetch(server.url + poster)).status, 404)
})
