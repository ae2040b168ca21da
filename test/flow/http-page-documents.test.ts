import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PageFiles } from '../../src/http/page-files.ts'
import { bodyOf, harness, LIVE } from './http-harness.ts'

const SITE = 'https://live.linden.example'
const BUILT = `<!doctype html>
<html lang="en" dir="ltr">
  <head>
    <!--head--><title>Live</title><!--/head-->
    <!--chunks:{"home":["/assets/Home-12345678.js"],"watch":["/assets/Watch-12345678.css"],"embed":[]}-->
  </head>
  <body><div id="app"></div><noscript>English</noscript></body>
</html>`
const pages = () =>
  PageFiles.of(
    new Map([
      ['/index.html', Buffer.from(BUILT)],
      ['/sw.js', Buffer.from('// the worker')],
    ]),
  )

async function served(settings = {}): Promise<Awaited<ReturnType<typeof harness>>> {
  return harness({ pages: pages(), settings })
}
const get = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).text()
const contentOf = (html: string, key: string) => new RegExp(`<meta \\w+="${key}" content="([^"]*)" />`).exec(html)?.[1]
const bootOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="boot">(.*?)<\/script>/.exec(html)?.[1] ?? 'null') as {
    site: { name: string; rtmpPort: number }
    channel: { title: string; live: boolean } | null
  }

test('a watch page says in its source what it is, for programs that show links', async () => {
  await using server = await served({ publicUrl: SITE })
  await server.channels.create({ slug: 'choir', title: 'Evensong' })
  const html = await get(`${server.url}/c/choir`)
  assert.match(html, /<title>Evensong · Linden Valley<\/title>/)
  assert.match(html, new RegExp(`<link rel="canonical" href="${SITE}/c/choir" />`))
  assert.equal(contentOf(html, 'og:title'), 'Evensong')
  assert.equal(contentOf(html, 'og:url'), `${SITE}/c/choir`)
  assert.equal(contentOf(html, 'og:image'), `${SITE}/icons/card.png`)
  assert.equal(contentOf(html, 'og:image:width'), '1200')
  assert.equal(contentOf(html, 'twitter:card'), 'summary_large_image')
  assert.equal(contentOf(html, 'description'), 'Watch Evensong live at Linden Valley.')
  server.live.set('choir', LIVE)
  assert.equal(contentOf(await get(`${server.url}/c/choir`), 'description'), 'Evensong is live now at Linden Valley.')
  const oembed = /type="application\/json\+oembed" href="([^"]+)"/.exec(html)?.[1]
  assert.equal(oembed, `${SITE}/api/v1/oembed?url=${encodeURIComponent(`${SITE}/c/choir`)}`)
})

test('without a public address nothing absolute is written, whatever Host says', async () => {
  await using server = await served()
  await server.channels.create({ slug: 'choir', title: 'Evensong' })
  const html = await get(`${server.url}/c/choir`, { host: 'evil.example' })
  assert.equal(contentOf(html, 'og:title'), 'Evensong')
  assert.doesNotMatch(html, /evil\.example|og:url|og:image|canonical|oembed/)
  const answer = await fetch(`${server.url}/api/v1/oembed?url=${server.url}/c/choir`)
  assert.equal(answer.status, 503)
})

test('no title gets out of its place in the source', async () => {
  await using server = await served({ publicUrl: SITE })
  const title = `"><script>alert(1)</script><!-- & $& $' </title>`
  await server.channels.create({ slug: 'choir', title })
  for (const path of ['/c/choir', '/embed/choir']) {
    const html = await get(server.url + path)
    assert.equal(html.match(/<script/g)?.length, 1, 'the data alone')
    assert.doesNotMatch(html, /<!--/)
    assert.equal(html.match(/<\/title>/g)?.length, 1)
    assert.equal(bootOf(html).channel?.title, title)
  }
  const oembed = await bodyOf(await fetch(`${server.url}/api/v1/oembed?url=${encodeURIComponent(`${SITE}/c/choir`)}`))
  assert.doesNotMatch(String(oembed.html), /<script|title="">/)
})

test('the document brings what the page would ask for first', async () => {
  await using server = await served()
  await server.channels.create({ slug: 'choir', title: 'Evensong' })
  const watch = await get(`${server.url}/c/choir`)
  assert.equal(bootOf(watch).channel?.title, 'Evensong')
  assert.deepEqual(bootOf(watch).site, {
    ...{ name: 'Linden Valley', rtmpPort: 1935, rtmpsPort: null },
    ...{ signUp: 'invitation', mail: false },
  })
  assert.match(watch, /<link rel="preload" as="style" href="\/assets\/Watch-12345678.css" crossorigin \/>/)
  assert.match(await get(server.url), /<link rel="modulepreload" href="\/assets\/Home-12345678.js" crossorigin \/>/)
  assert.match(watch, /<h1 dir="auto">Evensong<\/h1>/)
  const playlist = '<link rel="preload" as="fetch" href="/live/choir/index.m3u8" crossorigin />'
  assert.ok(!watch.includes(playlist), 'nothing is on air')
  server.live.set('choir', LIVE)
  assert.ok((await get(`${server.url}/c/choir`)).includes(playlist))
  const missing = await get(`${server.url}/c/nobody`)
  assert.equal(bootOf(missing).channel, null)
})

test('a poster is the picture of a channel’s card, in its own size', async () => {
  await using server = await served({ publicUrl: SITE })
  await server.channels.create({ slug: 'choir', title: 'Evensong', description: 'Sundays\nat ten. '.repeat(20) })
  const bytes = Buffer.from('its bytes')
  const { poster } = await server.pictures.put('choir', 'poster', { kind: 'webp', width: 1280, height: 640, bytes })
  const html = await get(`${server.url}/c/choir`)
  assert.ok(html.includes(`<meta property="og:image" content="${SITE}/media/channels/choir/${poster?.file}" />`))
  assert.match(html, /og:image:width" content="1280"[\s\S]*og:image:height" content="640"/)
  assert.match(html, /<meta name="description" content="Sundays at ten\. [^"\n]{100,200}…" \/>/)
})

test('a channel’s colour is in the document from the first paint on, and nothing else can be', async () => {
  await using server = await served()
  await server.channels.create({ slug: 'choir', title: 'Evensong', accent: '#0A1F5C' })
  await server.channels.create({ slug: 'hall' })
  for (const path of ['/c/choir', '/embed/choir']) {
    const html = await get(server.url + path)
    assert.match(html, /<style id="accent" data-colour="#0a1f5c">:root main\{--accent:#0a1f5c;[^<]*<\/style>/)
  }
  for (const path of ['/', '/c/hall']) assert.doesNotMatch(await get(server.url + path), /id="accent"/)
})

test('the document is in the reader’s language and look before any script runs', async () => {
  await using server = await served()
  const page = (headers: Record<string, string>) => get(server.url, headers)
  assert.match(await page({ 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' }), /<html lang="de" dir="ltr">[\s\S]*braucht/)
  assert.match(await page({ 'accept-language': 'fr, en;q=0.5, de;q=0.4' }), /<html lang="en" dir="ltr">/)
  assert.match(
    await page({ 'accept-language': 'de', cookie: 'language=en; theme=dark' }),
    /<html lang="en" data-theme="dark"/,
  )
  assert.match(await page({ cookie: 'language="><script>; theme=pink' }), /<html lang="en" dir="ltr">/)
  const { headers } = await fetch(server.url)
  assert.equal(headers.get('vary'), 'Accept-Encoding, Accept-Language, Cookie')
})

test('oEmbed answers for channels of this server, within the size that is asked for', async () => {
  await using server = await served({ publicUrl: SITE })
  await server.channels.create({ slug: 'choir', title: 'Evensong' })
  const ask = (query: string) => fetch(`${server.url}/api/v1/oembed?${query}`)
  const address = encodeURIComponent(`${SITE}/c/choir`)
  const answer = await bodyOf(await ask(`url=${address}`))
  assert.deepEqual([answer.version, answer.type, answer.width, answer.height], ['1.0', 'video', 640, 360])
  assert.match(String(answer.html), new RegExp(`^<iframe src="${SITE}/embed/choir" title="Evensong" width="640"`))
  const small = await bodyOf(await ask(`url=${address}&maxwidth=400&maxheight=180`))
  assert.deepEqual([small.width, small.height], [320, 180])
  assert.equal((await ask(`url=${address}&format=xml`)).status, 422)
  for (const url of ['https://other.example/c/choir', `${SITE}/admin`, `${SITE}/c/nobody`, 'nonsense']) {
    assert.equal((await ask(`url=${encodeURIComponent(url)}`)).status, 404, url)
  }
})

test('the manifest names the organisation, in the reader’s language', async () => {
  await using server = await served()
  const manifest = await bodyOf(
    await fetch(`${server.url}/manifest.webmanifest`, { headers: { 'accept-language': 'de' } }),
  )
  assert.deepEqual([manifest.name, manifest.short_name, manifest.lang], ['Linden Valley', 'Linden', 'de'])
  const [shortcut] = manifest.shortcuts as { name: string; url: string }[]
  assert.deepEqual(shortcut, { name: 'Läuft gerade', url: '/' })
  assert.match(await get(`${server.url}/robots.txt`), /Disallow: \/admin/)
})

test('the service worker is asked for each time, and can be taken back from every browser', async () => {
  await using server = await served()
  const worker = await fetch(`${server.url}/sw.js`)
  assert.equal(worker.headers.get('cache-control'), 'no-cache')
  assert.equal(await worker.text(), '// the worker')
  await using without = await served({ serviceWorker: false })
  assert.match(await get(`${without.url}/sw.js`), /registration\.unregister\(\)/)
})
