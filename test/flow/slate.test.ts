import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { BroadcastList } from '../../src/contract/broadcast.ts'
import { Encoder } from '../light/encoder.ts'
import { FaultyLine } from '../light/faulty-line.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { checkMediaPlaylist } from '../oracles/playlist-rules.ts'
import { parseMediaPlaylist, type StrictMedia } from '../oracles/strict-playlist.ts'

const LONG_MS = 60_000
const run = promisify(execFile)
const stateOf = async (url: string): Promise<string> =>
  ((await (await fetch(`${url}/api/v1/channels/choir`)).json()) as { state: string }).state

async function listOf(url: string): Promise<StrictMedia> {
  const playlist = parseMediaPlaylist(await (await fetch(`${url}/live/choir/source.m3u8`)).text())
  checkMediaPlaylist(playlist)
  return playlist
}

/** How many discontinuities the playlist has shown. */
const breaks = ({ discontinuitySequence, segments, open }: StrictMedia): number =>
  discontinuitySequence + [...segments, open].filter(({ discontinuity }) => discontinuity).length

/** The colour in the middle of the newest picture, as a player decodes it: red, green, blue. */
async function colourOf(url: string): Promise<number[]> {
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-live_start_index', '-1', '-i', `${url}/live/choir/source.m3u8`, '-frames:v', '1'],
      ...['-vf', 'crop=2:2,scale=1:1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { encoding: 'buffer' },
  )
  return [...stdout]
}

/** The FFmpegs of this machine that show the slate of this folder, with their niceness. */
function slatesOf(folder: string): { pid: number; nice: number }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`file:${folder}`)) return []
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // proc(5): the name in parentheses may hold blanks; niceness is field 19.
      return [{ pid: Number(pid), nice: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) }]
    } catch {
      return []
    }
  })
}

/** Where this isn't root, a process stays as far behind as it is. */
function raise(pid: number): void {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), 0)
  } catch {
    // Gone, or not allowed.
  }
}

async function redPicture(folder: string): Promise<string> {
  const path = join(folder, 'back soon.png')
  await run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=c=red:size=800x600', '-frames:v', '1', path])
  return path
}

test('a picture fills the gap while the encoder is away, and is no part of what is told of the broadcast', async () => {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-slate-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const slate = await redPicture(folder)
  const server = undo.use(await ReloadableServer.start({ channels: [{ slug: 'choir' }] }))
  const { url, rtmpPort } = server
  const publishUrl = `rtmp://127.0.0.1:${rtmpPort}/live/choir`
  const first = await Encoder.replay('gop2', publishUrl)
  undo.defer(() => first.kill())
  await until(async () => (await listOf(url)).segments.length >= 2, LONG_MS, 'nothing is on air')
  // Also where it is set while the broadcast goes on.
  await server.write({ channels: [{ slug: 'choir' }], ingest: { slate } })
  await server.reload()
  await first.kill()
  const isWhole = async () => (await listOf(url)).segments.some(({ discontinuity }) => discontinuity)
  await until(isWhole, LONG_MS, 'no slate comes')
  assert.equal(await stateOf(url), 'reconnecting')
  const [red = 0, green = 255, blue = 255] = await colourOf(url)
  assert.ok(red > 200 && green < 60 && blue < 60, `the middle is ${[red, green, blue]}`)
  assert.deepEqual(
    slatesOf(folder).map(({ nice }) => nice >= 10),
    [true],
  )
  const told = async () => {
    const { json } = await server.ask('GET', '/api/v1/channels/choir/broadcasts')
    return BroadcastList.parse(json).items[0]
  }
  const before = await told()
  const { open } = await listOf(url)
  await until(async () => (await listOf(url)).open.msn > open.msn + 1, LONG_MS, 'the slate does not go on')
  assert.equal((await told())?.seconds, before?.seconds)

  const second = await Encoder.replay('gop2', publishUrl)
  undo.defer(() => second.kill())
  await until(async () => breaks(await listOf(url)) === 2, LONG_MS, 'the encoder does not go on')
  assert.equal(await stateOf(url), 'live')
  await until(() => slatesOf(folder).length === 0, LONG_MS, 'the slate’s FFmpeg stays')
  const metrics = async () => await (await fetch(`${url}/metrics`)).text()
  const isCounted = async () => /streamhost_ingest_reconnects_total\{channel="choir"\} 1\n/.test(await metrics())
  await until(isCounted, LONG_MS, 'the return is not counted, or more than one is')
  assert.match(await metrics(), /streamhost_broadcast_takeovers_total\{channel="choir"\} 0\n/)
})

test('a connection that stood still goes on behind the slate, with a picture whose time never goes back', async () => {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-slate-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const slate = await redPicture(folder)
  const server = undo.use(await ReloadableServer.start({ channels: [{ slug: 'choir' }], ingest: { slate } }))
  const { url, rtmpPort } = server
  const line = undo.use(await FaultyLine.open(rtmpPort))
  const encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:${line.port}/live/choir`)
  undo.defer(() => encoder.kill())
  await until(async () => (await listOf(url)).segments.length >= 2, LONG_MS, 'nothing is on air')
  const client = new LightHlsClient(`${url}/live/choir/index.m3u8`)
  await client.start()
  undo.defer(() => client.stop())
  line.stall(true)
  await until(() => slatesOf(folder).length === 1, LONG_MS, 'no slate is made')
  // FFmpeg goes behind everything else on the machine, other tests too, and the server lets go of a silent connection after 15 s.
  for (const { pid } of slatesOf(folder)) raise(pid)
  await until(async () => breaks(await listOf(url)) === 1, LONG_MS, 'no slate comes')
  assert.equal(await stateOf(url), 'reconnecting')
  line.stall(false)
  await until(async () => breaks(await listOf(url)) === 2, LONG_MS, 'the encoder does not go on')
  const { open } = await listOf(url)
  await until(async () => (await listOf(url)).open.msn > open.msn + 1, LONG_MS, 'the encoder does not go on')
  assert.equal(await stateOf(url), 'live')
  assert.equal(encoder.running, true, 'it is the connection that was there before')
  // What waited for media while there was none was told so.
  assert.deepEqual(
    client.faults.filter((fault) => !fault.endsWith('answered 503')),
    [],
  )
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /streamhost_ingest_reconnects_total\{channel="choir"\} 0\n/)
})

test('a slate ends with the server, even by kill -9, and another one fills the gap after the restart', async () => {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-slate-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const slate = await redPicture(folder)
  const options = { dataDir: join(folder, 'data'), sections: { ingest: `slate: ${JSON.stringify(slate)}` } }
  const server = await ServerProcess.start(options)
  undo.defer(() => server.kill())
  const encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
  await until(async () => (await listOf(server.url)).segments.length >= 2, LONG_MS, 'nothing is on air')
  await encoder.kill()
  await until(() => slatesOf(folder).length === 1, LONG_MS, 'no slate is made')
  await until(async () => breaks(await listOf(server.url)) === 1, LONG_MS, 'no slate comes')
  await server.kill()
  await until(() => slatesOf(folder).length === 0, LONG_MS, 'the slate’s FFmpeg outlives the server')

  const again = await ServerProcess.start(options)
  undo.defer(() => again.stop())
  const { open } = await listOf(again.url)
  await until(async () => (await listOf(again.url)).open.msn > open.msn, LONG_MS, 'no slate comes after the restart')
  assert.equal(await stateOf(again.url), 'reconnecting')
})

test('without FFmpeg that is said once, and the last picture stays', async () => {
  await using server = await ServerProcess.start({
    // Nobody looks into it.
    sections: { ingest: `slate: ${JSON.stringify(import.meta.filename)}` },
    yaml: 'transcode: { ffmpeg: /nowhere/ffmpeg }\nobservability: { log: { format: json } }\n',
  })
  const encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
  await until(async () => (await listOf(server.url)).segments.length >= 1, LONG_MS, 'nothing is on air')
  await encoder.kill()
  await until(() => server.output.includes('broadcasts keep their last picture'), LONG_MS, 'it is not said')
  const again = await Encoder.replay('gop2', server.publishUrl('choir'))
  await until(async () => breaks(await listOf(server.url)) === 1, LONG_MS, 'the encoder does not go on')
  await again.kill()
  await until(async () => (await stateOf(server.url)) === 'reconnecting', LONG_MS, 'the encoder is not missed')
  assert.equal(server.output.split('broadcasts keep their last picture').length, 2)
})
