import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { launch, playing, stats, until as untilInPage, visit } from '../e2e/browser.ts'
import { fromPebble, serveByPebble } from '../light/acme-box.ts'
import { Encoder, encoded } from '../light/encoder.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { RtmpPublisher, readFlvFile, replay } from '../light/rtmp-publisher.ts'
import { until } from '../light/server-process.ts'
import { ffprobe } from '../oracles/frames.ts'
import { parseMediaPlaylist } from '../oracles/strict-playlist.ts'
import { CliProcess } from './cli-process.ts'

// `npm run build:binary` makes one file. Here it runs as on another machine: in an empty directory, with an empty
// environment, so that it finds neither Node nor anything of this repository.

const ROOT = join(import.meta.dirname, '../..')
const FILE = join(ROOT, 'dist/streamhost')
const MAX_BYTES = 135e6
/** What the loader needs; `docs/operating.md` and `deploy/Containerfile` say so. */
const LIBRARIES = ['libatomic', 'libc', 'libdl', 'libgcc_s', 'libm', 'libpthread', 'libstdc++']

const run = promisify(execFile)
let folder = ''
let config = ''

before(
  async () => {
    // Made once, and again only when its sources have changed.
    await run(process.execPath, [join(ROOT, 'bin/run.mjs'), 'binary'])
    await encoded('gop2')
    folder = await mkdtemp(join(tmpdir(), 'streamhost-file-'))
    config = join(folder, 'config.yaml')
    const listen = '{ host: 127.0.0.1, port: 0 }'
    await writeFile(
      config,
      `server: { http: ${listen} }\ningest: { rtmp: ${listen} }\nstorage: { dataDir: ./empty/data }\ntranscode: { ladder: off }\n`,
    )
    await mkdir(join(folder, 'empty'))
  },
  { timeout: 170_000 },
)
after(() => rm(folder, { recursive: true, force: true }))

const start = (...args: string[]): CliProcess => new CliProcess(args, {}, { file: FILE, cwd: join(folder, 'empty') })

async function ask(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  await using program = start(...args)
  return await program.ended()
}

type Running = { readonly web: string; readonly rtmp: string; readonly port: number; readonly key: string }

async function ready(program: CliProcess): Promise<Running> {
  const [, page = '', rtmp = ''] = await program.said(/ready\.\n +Watch +(\S+)\n +Server +(rtmp:\S+)\n/)
  const told = await readFile(join(folder, 'empty/data/first-run.txt'), 'utf8')
  const key = /Stream key +(sk_\S+)/.exec(told)?.[1] ?? assert.fail(told)
  return { web: new URL(page).origin, rtmp, port: Number(new URL(rtmp).port), key }
}

const playlistOf = (web: string): string => `${web}/live/main/index.m3u8`

/** Plays what is on air by a reader that checks every part. */
async function plays(web: string): Promise<void> {
  const url = playlistOf(web)
  await until(async () => (await fetch(url)).ok, 60_000, 'nothing is on air')
  const reader = new LightHlsClient(url, { compareEvery: 1 })
  await reader.start()
  await until(() => reader.reports.every(({ segments }) => segments >= 2), 60_000, 'too few segments came')
  await reader.stop()
  assert.deepEqual(reader.faults, [])
}

describe('the single file', () => {
  test('is small enough, and needs the libraries that the documents name and no others', async () => {
    const { size } = await stat(FILE)
    assert.ok(size <= MAX_BYTES, `${size} bytes`)
    const { stdout } = await run('ldd', [FILE])
    const names = [...stdout.matchAll(/^\s+(lib[\w+]+)/gm)].map(([, name = '']) => name)
    assert.deepEqual(names.sort(), LIBRARIES)
    const page = await readFile(join(ROOT, 'docs/operating.md'), 'utf8')
    for (const name of ['libatomic1', 'libstdc++6', 'libgcc-s1']) assert.ok(page.includes(name), name)
  })

  test('publishes, plays and shows its page in an empty directory with an empty environment', async () => {
    // Without a command it runs the server, as `npm start` does.
    await using server = start('--config', config)
    const { web, rtmp, key } = await ready(server)
    // The page's files were compressed when it was built.
    const [script] = /\/assets\/index-\S+\.js/.exec(await (await fetch(`${web}/`)).text()) ?? assert.fail('no script')
    assert.ok((await fetch(web + script)).headers.has('content-encoding'), script)
    await using encoder = await Encoder.replay('gop2', `${rtmp}/${key}`)
    await plays(web)
    const { streams = [] } = await ffprobe(['-show_streams', playlistOf(web)])
    // The sound is there a second time, as a variant of its own.
    assert.deepEqual([...new Set(streams.map(({ codec_name }) => codec_name))].sort(), ['aac', 'h264'])
    const browser = await launch()
    try {
      const { page, complaints } = await visit(browser, `${web}/c/main`)
      await playing(page)
      await untilInPage(page, 'document.querySelector("video").currentTime > 2', 30_000)
      assert.equal((await stats(page)).rescues, 0)
      assert.deepEqual(complaints, [])
    } finally {
      await browser.close()
    }
    assert.equal(encoder.running, true, encoder.output)
    await encoder.stop()
    assert.equal(await server.stop(), 0)
    // It has written nothing but its data.
    assert.deepEqual(await readdir(join(folder, 'empty')), ['data'])
  })

  test('has the server’s ladders inside, and finds one’s own beside its configuration', async () => {
    const site = join(folder, 'site')
    await mkdir(join(site, 'ladders'), { recursive: true })
    await copyFile(join(ROOT, 'config/ladders/low.json'), join(site, 'ladders/mine.json'))
    const file = join(site, 'c.yaml')
    const checked = async (ladder: string) => {
      await writeFile(file, `transcode: { ladder: 720p }\nchannels: [{ slug: hall, ladder: ${ladder} }]\n`)
      return await ask('check', '--config', file)
    }
    assert.equal((await checked('mine')).status, 0)
    const { status, stderr } = await checked('hers')
    const names = 'auto, off, 1080p, 720p, 480p, small, low, mine'
    assert.equal(
      stderr,
      `${file}:2: channels[0].ladder is "hers", expected one of ${names}, or a file hers.json in ${site}/ladders.\n`,
    )
    assert.equal(status, 2)
  })

  test('goes on with the same data, after kill -9 too', async () => {
    const tags = readFlvFile(await encoded('gop2'))
    let sequence = -1
    for (const end of ['SIGKILL', 'SIGTERM'] as const) {
      await using server = start('serve', '--config', config)
      const { web, port, key } = await ready(server)
      const stop = new AbortController()
      const publisher = await RtmpPublisher.open({ port, name: key })
      const sending = replay([publisher], tags, { signal: stop.signal })
      await plays(web)
      const { msn: now } = parseMediaPlaylist(await (await fetch(`${web}/live/main/source.m3u8`)).text()).open
      assert.ok(now > sequence, `${now} is not after ${sequence}`)
      sequence = now
      stop.abort()
      await sending
      server.child.kill(end)
      await server.ended()
      await publisher.client.closed
    }
  })

  test('asks an ACME authority for its certificate', async () => {
    await using box = await serveByPebble('tls-alpn-01', { command: [FILE, 'serve'] })
    await until(() => fromPebble(box.server.httpsPort), 60_000, `no certificate: ${box.server.output}`)
  })

  test('has the whole command line, and calls itself as it was called', async () => {
    assert.match(
      (await ask('version')).stdout,
      new RegExp(`^streamhost \\d+\\.\\d+\\.\\d+ \\(Node ${process.versions.node}\\)`),
    )
    const { status, stderr } = await ask('chek')
    assert.deepEqual([status, stderr], [2, "error: unknown command 'chek'\n(Did you mean check?)\n"])
    assert.equal((await ask('serve', '--confg', 'x')).status, 2)
    const missing = await ask('serve', '--config', 'none.yaml')
    assert.deepEqual([missing.status, missing.stderr.includes(`\`${FILE} init\` makes one`)], [2, true], missing.stderr)
    // Offline: on the data directory, with the store's thread.
    assert.equal((await ask('channel', 'create', 'hall', '--config', config)).status, 0)
    assert.match((await ask('channel', 'list', '--config', config)).stdout, /^hall +offline/m)
    assert.match((await ask('token', '--config', config)).stdout, /^at_\S+\n$/)
  })

  test('prints the terms of what it is made of', async () => {
    const { stdout } = await ask('version', '--licences')
    for (const name of [`Node ${process.versions.node}`, 'fastify ', 'zod ', 'hls.js ', 'svelte ']) {
      assert.match(stdout, new RegExp(`^${name}.*\\n\\n.*(license|copyright)`, 'im'), name)
    }
  })

  test('writes a configuration that it finds valid, and the schema that editors check it by', async () => {
    const file = join(folder, 'made.yaml')
    assert.equal((await ask('init', '--config', file)).status, 0)
    assert.equal((await ask('check', '--config', file)).status, 0)
    const [, schema = ''] = /\$schema=(\S+)/.exec(await readFile(file, 'utf8')) ?? []
    assert.deepEqual(
      JSON.parse(await readFile(join(folder, schema), 'utf8')),
      JSON.parse(await readFile(join(ROOT, 'config/config.schema.json'), 'utf8')),
    )
  })

  test('has a demonstration', async () => {
    await using demo = start('demo', '--built-in', '--config', config)
    const [, page = ''] = await demo.said(/A test picture is on air\. Open (http:\S+)\n/)
    const playlist = page.replace('/c/demo', '/live/demo/index.m3u8')
    await until(async () => (await fetch(playlist)).ok, 60_000, 'nothing is on air')
    assert.equal(await demo.stop(), 0)
  })
})
