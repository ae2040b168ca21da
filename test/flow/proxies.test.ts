import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ChatPage } from '../light/chat-page.ts'
import { Encoder, encoded } from '../light/encoder.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { readMultivariant, readPlaylist } from '../light/playlist.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { freePorts, ROOT, until } from '../light/server-process.ts'
import { getTls } from '../light/tls-client.ts'
import { parseMpd } from '../oracles/strict-mpd.ts'

const LONG_MS = 60_000

type Proxy = AsyncDisposable & {
  readonly url: string
  /** The same by TLS, which ends at the proxy. */
  readonly secureUrl?: string
}
/** Keep answers, and ask once for many. */
const CACHES = ['nginx', 'Varnish']

/** Real proxies on the very files that the docs give, but for ports and where they may write. */
const PROXIES: Readonly<Record<string, (origin: number) => Promise<Proxy>>> = {
  nginx: async (origin) => {
    const { folder, port, given } = await prepare('nginx.conf')
    const site = given
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace('server 127.0.0.1:8080;', `server 127.0.0.1:${origin};`)
      .replace('/var/cache/nginx/streamhost', join(folder, 'cache'))
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const places = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n')
    // Its workers must reach that folder; who isn't root can't choose as whom they run.
    const user = process.getuid?.() === 0 ? 'user root; ' : ''
    const head = `${user}daemon off; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')}; events {}`
    const file = join(folder, 'nginx.conf')
    await writeFile(file, `${head}\nhttp {\naccess_log off;\n${places}\n${site}\n}\n`)
    return run(folder, port, 'nginx', ['-c', file, '-p', folder])
  },
  Varnish: async (origin) => {
    const { folder, port, given } = await prepare('varnish.vcl')
    const file = join(folder, 'varnish.vcl')
    await writeFile(file, given.replace('"8080"', `"${origin}"`))
    const place = ['-n', join(folder, 'work'), '-s', 'malloc,64m', '-j', 'none']
    return run(folder, port, 'varnishd', ['-F', '-a', `127.0.0.1:${port}`, '-f', file, ...place])
  },
  Caddy: async (origin) => {
    const { folder, port, given } = await prepare('Caddyfile')
    const [securePort = 0] = await freePorts(1)
    const secureUrl = `https://localhost:${securePort}`
    const site = given
      .replace('live.example.org {', `http://127.0.0.1:${port}, ${secureUrl} {\n\ttls internal`)
      // The test counts as a proxy in front of it.
      .replace('127.0.0.1:8080 {', `127.0.0.1:${origin} {\n\t\ttrusted_proxies private_ranges`)
    const file = join(folder, 'Caddyfile')
    await writeFile(file, `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n${site}`)
    const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
    const proxy = await run(folder, port, 'caddy', ['run', '--config', file, '--adapter', 'caddyfile'], home)
    return { ...proxy, secureUrl }
  },
}

async function prepare(name: string): Promise<{ folder: string; port: number; given: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-proxy-'))
  const [port = 0] = await freePorts(1)
  return { folder, port, given: await readFile(join(ROOT, 'docs/proxies', name), 'utf8') }
}

async function run(
  folder: string,
  port: number,
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Proxy> {
  let said = ''
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', (text) => (said += text))
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/readyz`)).ok, LONG_MS, `${program} does not answer`).catch((error) => {
    child.kill('SIGKILL')
    throw new Error(`${error.message}: ${said}`)
  })
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

for (const [name, start] of Object.entries(PROXIES)) describeProxy(name, start)

function describeProxy(name: string, start: (origin: number) => Promise<Proxy>): void {
  describe(`behind ${name}, on the file that the docs give`, () => {
    let server: ReloadableServer
    let encoder: Encoder
    let proxy: Proxy

    before(async () => {
      await encoded('gop2')
      server = await ReloadableServer.start({ server: { trustedProxies: ['127.0.0.1'] } })
      encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/hall`)
      await until(async () => (await fetch(`${server.url}/live/hall/index.m3u8`)).ok, LONG_MS, 'hall is not live')
      proxy = await start(server.httpPort)
    })
    after(async () => {
      await proxy?.[Symbol.asyncDispose]()
      await encoder[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })

    const media = async (): Promise<string> => {
      const all = `${proxy.url}/live/hall/index.m3u8`
      const [uri = ''] = readMultivariant(await (await fetch(all)).text())
      return new URL(uri, all).href
    }
    /** Playlists that the server answered so far. */
    const asked = async (): Promise<number> => {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      return Number(/^streamhost_edge_answers_total\{kind="playlist"\} (\d+)$/m.exec(text)?.[1])
    }

    // First of all, while nobody else asks.
    if (CACHES.includes(name)) {
      test('of many who wait for the same part one asks the server', async () => {
        const url = new URL(await media())
        const newest = readPlaylist(await (await fetch(url)).text()).segments.at(-1)?.msn ?? 0
        url.searchParams.set('_HLS_msn', String(newest + 1))
        const before = await asked()
        const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(url)))
        const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())))
        assert.deepEqual([answers.every(({ status }) => status === 200), bodies.size], [true, 1])
        assert.equal((await asked()) - before, 1)
      })
    }

    test('a reader that waits for hinted parts finds nothing wrong', async () => {
      const reader = new LightHlsClient(`${proxy.url}/live/hall/index.m3u8`, { compareEvery: 1 })
      await reader.start()
      try {
        const enough = () => reader.reports.every(({ segments }) => segments >= 3)
        await until(() => enough() || reader.faults.length > 0, 60_000, 'too few segments came')
        assert.deepEqual(reader.faults, [])
      } finally {
        await reader.stop()
      }
    })

    if (CACHES.includes(name)) {
      test('parts are kept, and no channel that is not live', async () => {
        const list = await media()
        const part =
          readPlaylist(await (await fetch(list)).text())
            .segments.at(-2)
            ?.parts.at(0)?.uri ?? assert.fail()
        const states: (string | null)[] = []
        for (let i = 0; i < 2; i++) {
          const answer = await fetch(new URL(part, list))
          await answer.arrayBuffer()
          states.push(answer.headers.get('x-cache'))
        }
        assert.equal(states.at(-1), 'HIT')
        assert.equal((await fetch(`${proxy.url}/live/later/index.m3u8`)).status, 404)
        await using _ = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/later`)
        const live = async () => (await fetch(`${proxy.url}/live/later/index.m3u8`)).ok
        await until(live, LONG_MS, 'it is kept that it is not live')
      })
    }

    test('a segment that grows is passed on as it comes', async () => {
      const list = await media()
      const { segments } = readPlaylist(await (await fetch(list)).text())
      const open = segments.at(-1) ?? assert.fail()
      const [part] = open.parts.length > 0 ? open.parts : (segments.at(-2)?.parts ?? [])
      const whole = new URL((part?.uri ?? assert.fail()).replace(/(\d+)\.\d+\.m4s$/, `${open.msn}.m4s`), list)
      const answer = await fetch(whole)
      assert.equal(answer.status, 200)
      let chunks = 0
      for await (const _ of answer.body ?? []) chunks++
      assert.ok(chunks > 1, 'it came at once')
    })

    test('FLV has no end, and comes as it is made', async () => {
      const stop = new AbortController()
      const answer = await fetch(`${proxy.url}/live/hall.flv`, { signal: stop.signal })
      assert.equal(answer.status, 200)
      const chunks: Uint8Array[] = []
      for await (const chunk of answer.body ?? []) if (chunks.push(chunk) === 5) break
      assert.equal(Buffer.from(chunks[0] ?? []).toString('latin1', 0, 3), 'FLV')
      stop.abort()
    })

    test('a manifest comes with its rewind window', async () => {
      for (const query of ['', '?dvr=1']) {
        const { periods } = parseMpd(await (await fetch(`${proxy.url}/live/hall/manifest.mpd${query}`)).text())
        assert.ok(periods.length > 0, query)
      }
    })

    test('who comes by TLS gets a cookie for TLS alone', async () => {
      const { json } = await server.ask('POST', '/api/v1/admin-token')
      const body = JSON.stringify({ token: (json as { token: string }).token })
      const headers = { 'content-type': 'application/json' }
      const plain = await fetch(`${proxy.url}/api/v1/session`, { method: 'POST', headers, body })
      assert.match(plain.headers.getSetCookie()[0] ?? '', /^(?!.*; Secure).*; HttpOnly/)
      if (proxy.secureUrl === undefined) return
      const secure = await getTls(`${proxy.secureUrl}/api/v1/session`, headers, 'POST', body)
      assert.match(secure.headers['set-cookie']?.[0] ?? '', /; Secure/)
    })

    test('pages talk through it, and are counted by their own address', async () => {
      const { page, welcome } = await ChatPage.join(proxy.url, 'hall', {})
      assert.ok(welcome.you.name)
      assert.equal((await page.say('through the proxy')).type, 'said')
      await page[Symbol.asyncDispose]()
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' }
      await fetch(`${proxy.url}/api/v1/session`, { method: 'POST', body: '{"token":"wrong"}', headers })
      const { json } = await server.ask('GET', '/api/v1/audit?action=session&limit=1')
      const { items } = json as { items: { address: string }[] }
      // This test, on this machine, counts as another proxy in front: the first address that is none is whose request it is.
      assert.equal(items[0]?.address, '203.0.113.9')
    })
  })
}
