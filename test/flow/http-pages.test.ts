import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { PageFiles } from '../../src/http/page-files.ts'
import { harness, INDEX } from './http-harness.ts'

const SCRIPT = 'console.log("hello")\n'.repeat(200)

async function webDist(): Promise<AsyncDisposable & { path: string; pages: PageFiles }> {
  const directory = await mkdtemp(join(tmpdir(), 'streamhost-web-'))
  const path = join(directory, 'dist')
  await mkdir(join(path, 'assets'), { recursive: true })
  await writeFile(join(directory, 'secret.txt'), 'secret')
  await writeFile(join(path, 'index.html'), INDEX)
  await writeFile(join(path, '.env'), 'secret')
  await writeFile(join(path, 'assets', 'app-B1a2_c3d.js'), SCRIPT)
  await writeFile(join(path, 'icon.svg'), '<svg/>')
  await symlink(join(directory, 'secret.txt'), join(path, 'link.txt'))
  const pages = await PageFiles.load(path)
  await pages.compressed
  return { path, pages, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

/** As sent, without the tidying that fetch does to paths, and without decompression. */
function raw(url: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    request({ hostname, port, path, headers, agent: false }, async (response) => {
      const body = Buffer.concat(await response.toArray())
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
      .on('error', reject)
      .end()
  })
}

test('every address of a page shows the one page, and asks again each time', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const paths = [
    '/',
    '/c/main',
    '/c/main/about',
    '/r/abc',
    '/embed/main',
    '/studio',
    '/studio/programme',
    '/admin',
    '/admin/moderation',
    '/sign-in',
    '/you',
    '/search',
  ]
  for (const path of paths) {
    const answer = await fetch(server.url + path)
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get('cache-control'), 'no-cache', path)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
    assert.equal(await answer.text(), INDEX)
  }
  // Password managers ask there (W3C, A Well-Known URL for Changing Passwords).
  const change = await fetch(`${server.url}/.well-known/change-password`, { redirect: 'manual' })
  assert.deepEqual([change.status, change.headers.get('location')], [302, '/you'])
})

test('an address that is no page is a 404: a page for people, a problem for programs', async () => {
  await using server = await harness()
  for (const path of ['/nothing', '/c/nobody', '/c/Not%20A%20Name', '/embed/nobody', '/studio.php']) {
    const answer = await fetch(server.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } })
    assert.equal(answer.status, 404, path)
    assert.equal(await answer.text(), INDEX, path)
  }
  for (const path of ['/nothing', '/api/v1/nothing', '/live/x/index.m3u8', '/assets/old-12345678.js']) {
    const answer = await fetch(server.url + path)
    assert.equal(answer.status, 404, path)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, path)
  }
})

test('no path leads out of the web app', async () => {
  await using web = await webDist()
  await using server = await harness({ pages: web.pages })
  const paths = [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
  ]
  for (const path of [
    ...paths,
    '//etc/passwd',
    '/link.txt',
    '/.env',
    '/assets/',
    '/assets',
    '/%00',
    '/index.html%00.js',
    '/constructor',
    '/__proto__',
  ]) {
    const { status, body } = await raw(server.url, path)
    assert.ok(status === 404 || status === 400, `${path} got ${status}`)
    assert.ok(!body.toString().includes('secret'), path)
  }
})

test('an address that can not be read is a problem, not a crash', async () => {
  await using server = await harness()
  for (const path of ['/%', '/%zz', '/c/%ff', '/api/v1/channels/%ff']) {
    const { status, headers } = await raw(server.url, path)
    assert.ok(status === 400 || status === 404, `${path} got ${status}`)
    assert.match(String(headers['content-type']), /problem\+json/)
  }
})

test('files with a hash in their name are kept for ever, others are asked for again', async () => {
  await using web = await webDist()
  await using server = await harness({ pages: web.pages })
  const cacheControl = async (path: string) => (await fetch(server.url + path)).headers.get('cache-control')
  assert.equal(await cacheControl('/assets/app-B1a2_c3d.js'), 'public, max-age=31536000, immutable')
  assert.equal(await cacheControl('/icon.svg'), 'public, max-age=3600')
  assert.equal(await cacheControl('/index.html'), 'no-cache')
})

test('files come in the best form that the browser takes', async () => {
  await using web = await webDist()
  await using server = await harness({ pages: web.pages })
  const get = (accepted: string) => raw(server.url, '/assets/app-B1a2_c3d.js', { 'accept-encoding': accepted })
  const br = await get('gzip, deflate, br, zstd')
  assert.equal(br.headers['content-encoding'], 'br')
  assert.equal(brotliDecompressSync(br.body).toString(), SCRIPT)
  assert.equal(br.headers['content-length'], String(br.body.length))
  const gzip = await get('gzip, br;q=0')
  assert.equal(gzip.headers['content-encoding'], 'gzip')
  assert.equal(gunzipSync(gzip.body).toString(), SCRIPT)
  const plain = await get('identity')
  assert.equal(plain.headers['content-encoding'], undefined)
  assert.equal(plain.body.toString(), SCRIPT)
  assert.equal(plain.headers.vary, 'Accept-Encoding')
})

test('a file that did not change is not sent again', async () => {
  await using server = await harness()
  const first = await fetch(server.url)
  const etag = first.headers.get('etag') ?? ''
  const second = await fetch(server.url, { headers: { 'if-none-match': etag } })
  assert.equal(second.status, 304)
  assert.equal(second.headers.get('etag'), etag)
  const head = await fetch(server.url, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('etag'), await head.text()], [200, etag, ''])
})

test('pages run no inline script and are framed by nobody, but embedded ones by whom the operator named', async () => {
  await using server = await harness()
  const policy = async (path: string) => (await fetch(server.url + path)).headers.get('content-security-policy') ?? ''
  const home = await policy('/')
  assert.match(home, /default-src 'none'; script-src 'self';/)
  assert.ok(!/script-src[^;]*unsafe/.test(home))
  assert.match(home, /frame-ancestors 'none'/)
  assert.match(await policy('/embed/main'), /frame-ancestors 'self' https:\/\/embedder\.example/)
  const { headers } = await fetch(server.url)
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.equal(headers.get('x-frame-options'), null)
  assert.equal(headers.get('strict-transport-security'), null)
})

test('without a built web app the API answers and pages say what is missing', async () => {
  await using server = await harness({ pages: await PageFiles.load('/nowhere/at/all') })
  const page = await fetch(server.url)
  assert.equal(page.status, 503)
  assert.match(await page.text(), /the web app is not built/)
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
})
