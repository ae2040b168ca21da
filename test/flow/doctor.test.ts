import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { listeners } from '../../src/app/cli/doctor/port-holder.ts'
import { freePorts, ServerProcess } from '../light/server-process.ts'
import { CliProcess } from './cli-process.ts'

// The doctor as a person calls it, on a real machine and beside a real server.

type Finding = { about: string; state: string; found: string; todo?: string }

let folder = ''
let server: ServerProcess
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-doctor-'))
  server = await ServerProcess.start({ https: 'mode: self-signed', yaml: 'channels: [{ slug: choir }]\n' })
})
after(async () => {
  await server?.stop()
  await rm(folder, { recursive: true })
})

/** @returns what it found, by what it is about */
async function findings(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  await using asking = new CliProcess(['doctor', '--json', ...args], env)
  const { status, stdout, stderr } = await asking.ended()
  assert.equal(stderr, '')
  const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: Finding[] }
  assert.equal(status, healthy ? 0 : 1)
  const by = (about: string): Finding =>
    findings.find((finding) => finding.about === about) ?? assert.fail(`nothing about ${about}: ${stdout}`)
  return { healthy, findings, by }
}

/** A machine without a server; FFmpeg isn't looked for, which takes longest. */
async function nobody(more: Readonly<Record<string, string>> = {}) {
  const [http = 0, rtmp = 0] = await freePorts(2)
  return {
    STREAMHOST_STORAGE_DATA_DIR: join(folder, 'none'),
    STREAMHOST_SERVER_HTTP_PORT: String(http),
    STREAMHOST_INGEST_RTMP_PORT: String(rtmp),
    STREAMHOST_TRANSCODE_FFMPEG: '/nowhere/ffmpeg',
    STREAMHOST_STORAGE_MIN_FREE_BYTES: '1 MiB',
    ...more,
  }
}

test('on a machine where all is well it says so in a line for each thing, and tries each encoder', async () => {
  await using asking = new CliProcess(['doctor'], await nobody({ STREAMHOST_TRANSCODE_FFMPEG: 'auto' }))
  const { status, stdout } = await asking.ended()
  assert.equal(status, 0, stdout)
  assert.match(stdout, /^✓ settings +\S.*\n✓ server +none runs/)
  assert.match(stdout, /\n✓ port of HTTP +\d+ is free\n✓ port of RTMP +\d+ is free\n/)
  assert.match(stdout, /\n✓ processors +[\d.]+, about (one broadcast|\d+ broadcasts) of 720p/)
  assert.match(stdout, /\n✓ FFmpeg +\d\S*, \/\S+\n✓ x264 +encodes\n/)
  assert.match(stdout, /\n[–!✓] NVENC +\S.*\n[–!✓] VAAPI +\S.*\n[–!✓] Quick Sync +\S/)
  assert.match(stdout, /\n\n(Nothing is broken|All is well)\.\n$/)
})

test('it makes nothing, not even the data directory', async () => {
  const { by } = await findings(await nobody())
  assert.match(by('data').found, /is not there yet, the first start makes it/)
  assert.deepEqual(await readdir(folder), [])
})

test('without FFmpeg it says what is missing then, and how to get it; nothing is broken, and nothing is promised', async () => {
  const { healthy, by } = await findings(await nobody({ STREAMHOST_TRANSCODE_OPUS: 'true' }))
  const { state, found, todo } = by('FFmpeg')
  assert.deepEqual([healthy, state, found], [true, 'note', 'not found'])
  assert.match(todo ?? '', /source’s quality alone, no sound in Opus.*install/)
  assert.match(by('processors').found, /^[\d.]+$/)
})

test('sound in Opus that is asked for needs an FFmpeg that was built with libopus', async () => {
  const without = join(folder, 'ffmpeg-without-opus')
  const script = 'case "$*" in *-encoders*) ffmpeg "$@" | grep -v libopus ;; *) exec ffmpeg "$@" ;; esac'
  await writeFile(without, `#!/bin/sh\n${script}\n`)
  await chmod(without, 0o755)
  const asked = (ffmpeg: string) => nobody({ STREAMHOST_TRANSCODE_OPUS: 'true', STREAMHOST_TRANSCODE_FFMPEG: ffmpeg })
  const { healthy, by } = await findings(await asked(without))
  const { state, found, todo } = by('Opus')
  assert.deepEqual([healthy, state], [false, 'broken'])
  assert.match(found, /without libopus/)
  assert.match(todo ?? '', /transcode\.ffmpeg/)
  assert.match(by('processors').found, /made by x264$/)
  const { by: withIt } = await findings(await asked('auto'))
  assert.equal(withIt('Opus').state, 'good')
  assert.match(withIt('processors').found, /and sound in Opus$/)
})

test('a port that another program holds is broken, and the program is named', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  try {
    const env = { STREAMHOST_SERVER_HTTP_PORT: String(port), STREAMHOST_SERVER_HTTP_HOST: '127.0.0.1' }
    const { healthy, by } = await findings(await nobody(env))
    const { state, found, todo } = by('port of HTTP')
    assert.deepEqual([healthy, state], [false, 'broken'])
    assert.match(found, new RegExp(`^${port} is used by .+ \\(process ${process.pid}\\)$`))
    assert.match(todo ?? '', /server\.http\.port/)
  } finally {
    other.close()
  }
})

test('who listens is found in the kernel’s table, whatever else has that port', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0`
  assert.deepEqual(listeners(table, 8080), ['4711'])
})

test('a disk with too little room, and a data directory that is none, are broken', async () => {
  const dataDir = join(folder, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  const little = await findings(
    await nobody({ STREAMHOST_STORAGE_DATA_DIR: dataDir, STREAMHOST_STORAGE_MIN_FREE_BYTES: '900000 GiB' }),
  )
  assert.equal(little.by('disk').state, 'broken')
  assert.match(little.by('disk').found, /less than storage\.minFreeBytes/)
  assert.match(little.by('disk speed').found, /a small write is safe after [\d.]+ ms/)
  assert.deepEqual(await readdir(dataDir), [])
  const file = join(folder, 'file')
  await writeFile(file, '')
  const none = await findings(await nobody({ STREAMHOST_STORAGE_DATA_DIR: file }))
  assert.equal(none.by('data').state, 'broken')
})

test('a data directory that others can open is told', async () => {
  const dataDir = join(folder, 'open')
  await mkdir(dataDir)
  await chmod(dataDir, 0o755)
  const { healthy, by } = await findings(await nobody({ STREAMHOST_STORAGE_DATA_DIR: dataDir }))
  assert.deepEqual([healthy, by('data').state], [true, 'note'])
  assert.match(by('data').todo ?? '', /chmod 700/)
  assert.equal((await stat(dataDir)).mode & 0o777, 0o755)
})

const beside = (publicUrl?: string) => ({
  STREAMHOST_STORAGE_DATA_DIR: server.dataDir,
  STREAMHOST_TRANSCODE_FFMPEG: '/nowhere/ffmpeg',
  STREAMHOST_STORAGE_MIN_FREE_BYTES: '1 MiB',
  ...(publicUrl !== undefined && { STREAMHOST_SERVER_PUBLIC_URL: publicUrl }),
})

test('beside a running server its ports are its own, and its certificate is the one that it serves', async () => {
  const { by } = await findings(beside(), '--config', server.configFile)
  assert.match(by('server').found, /^runs version \S+ for \d+ s$/)
  assert.equal(by('port of HTTP').found, `${server.httpPort}, the server listens`)
  assert.equal(by('port of RTMPS').found, `${server.rtmpsPort}, the server listens`)
  assert.match(by('certificate').found, /localhost.*, \d+ days left, made by the server itself: browsers warn$/)
  assert.equal(by('outside').state, 'note')
})

test('what a viewer sees outside is asked at the public address: the server itself, and WebSockets', async () => {
  const { healthy, by, findings: all } = await findings(beside(server.url), '--config', server.configFile)
  assert.ok(healthy, JSON.stringify(all))
  assert.match(by('outside').found, /answers after \d+ ms$/)
  assert.equal(by('WebSocket').found, 'gets through')
})

test('a certificate that nobody vouches for is what a viewer outside would see', async () => {
  const { healthy, by } = await findings(beside(`https://localhost:${server.httpsPort}`), '--config', server.configFile)
  assert.equal(healthy, false)
  assert.match(by('outside').found, /nobody vouches for its certificate|who vouches for/)
})

test('a public address where something else answers, or nobody, is broken', async () => {
  const other = createServer((_, answer) => answer.end('<h1>It works!</h1>')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const wrong = await findings(beside(url), '--config', server.configFile)
  assert.deepEqual(
    [wrong.healthy, wrong.by('outside').found],
    [false, `${url} is answered by something else (status 200)`],
  )
  await new Promise((resolve) => other.close(resolve))
  const none = await findings(beside(url), '--config', server.configFile)
  assert.match(none.by('outside').found, /can’t be reached: nothing listens there$/)
})

test('a proxy that hands on no WebSocket is found', async () => {
  const proxy = createServer(async (request, answer) => {
    const { status, headers, body } = await fetch(`${server.url}${request.url}`).then(async (from) => ({
      ...{ status: from.status, headers: Object.fromEntries(from.headers), body: await from.text() },
    }))
    answer.writeHead(status, { 'content-type': headers['content-type'] ?? '' }).end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => proxy.once('listening', resolve))
  const { port } = proxy.address() as AddressInfo
  try {
    const { healthy, by } = await findings(beside(`http://127.0.0.1:${port}`), '--config', server.configFile)
    assert.deepEqual([healthy, by('outside').state, by('WebSocket').state], [false, 'good', 'broken'])
  } finally {
    proxy.close()
  }
})

test('a wrong configuration is told as `check` tells it, with status 2', async () => {
  await using asking = new CliProcess(['doctor'], await nobody({ STREAMHOST_SERVER_HTTP_PORT: 'many' }))
  const { status, stderr } = await asking.ended()
  assert.equal(status, 2)
  assert.match(stderr, /server\.http\.port/)
})
