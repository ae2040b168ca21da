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

const LONG_MS = 30_000

/** A real nginx on the very file that the docs give, but for its ports and where it may write. */
async function startNginx(origin: number): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-nginx-'))
  const [port = 0] = await freePorts(1)
  const given = await readFile(join(ROOT, 'docs/proxies/nginx.conf'), 'utf8')
  const site = given
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('server 127.0.0.1:8080;', `server 127.0.0.1:${origin};`)
    .replace('/var/cache/nginx/streamhost', join(folder, 'cache'))
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const places = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n')
  const conf = join(folder, 'nginx.conf')
  // Its workers must reach that folder; who isn't root can't choose as whom they run.
  const user = process.getuid?.() === 0 ? 'user root; ' : ''
  const head = `${user}daemon off; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')}; events {}`
  await writeFile(conf, `${head}\nhttp {\naccess_log off;\n${places}\n${site}\n}\n`)
  const child = spawn('nginx', ['-c', conf, '-p', folder], { stdio: 'inherit' })
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/readyz`)).ok, LONG_MS, 'nginx does not answer')
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('behind nginx, on the file that the docs give', () => {
  let server: ReloadableServer
  let encoder: Encoder
  let nginx: Awaited<ReturnType<typeof startNginx>>

  before(async () => {
    await encoded('gop2')
    server = await ReloadableServer.start({ server: { trustedProxies: ['127.0.0.1'] } })
    encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/hall`)
    await until(async () => (await fetch(`${server.url}/live/hall/index.m3u8`)).ok, LONG_MS, 'hall is not live')
    nginx = await startNginx(server.httpPort)
  })
  after(async () => {
    await nginx?.[Symbol.asyncDispose]()
    await encoder[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const media = async (): Promise<string> => {
    const all = `${nginx.url}/live/hall/index.m3u8`
    const [uri = ''] = readMultivariant(await (await fetch(all)).text())
    return new URL(uri, all).href
  }
  /** Playlists that the server answered so far. */
  const asked = async (): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    return Number(/^streamhost_edge_answers_total\{kind="playlist"\} (\d+)$/m.exec(text)?.[1])
  }

  test('a reader that waits for hinted parts finds nothing wrong', async () => {
    const reader = new LightHlsClient(`${nginx.url}/live/hall/index.m3u8`, { compareEvery: 1 })
    await reader.start()
    try {
      const enough = () => reader.reports.every(({ segments }) => segments >= 3)
      await until(() => enough() || reader.faults.length > 0, 60_000, 'too few segments came')
      assert.deepEqual(reader.faults, [])
    } finally {
      await reader.stop()
    }
  })

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
    assert.deepEqual(states, ['MISS', 'HIT'])
    assert.equal((await fetch(`${nginx.url}/live/later/index.m3u8`)).status, 404)
    await using _ = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/later`)
    const live = async () => (await fetch(`${nginx.url}/live/later/index.m3u8`)).ok
    await until(live, LONG_MS, 'nginx keeps that it is not live')
  })

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

  test('pages talk through it, and are counted by their own address', async () => {
    const { page, welcome } = await ChatPage.join(nginx.url, 'hall', {})
    assert.ok(welcome.you.name)
    assert.equal((await page.say('through the proxy')).type, 'said')
    await page[Symbol.asyncDispose]()
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' }
    await fetch(`${nginx.url}/api/v1/session`, { method: 'POST', body: '{"token":"wrong"}', headers })
    const { json } = await server.ask('GET', '/api/v1/audit?action=session&limit=1')
    const { items } = json as { items: { address: string }[] }
    // This test, on this machine, counts as a proxy in front of nginx: the first address that is none is whose request it is.
    assert.equal(items[0]?.address, '203.0.113.9')
  })
})
