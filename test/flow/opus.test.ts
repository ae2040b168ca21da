import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Encoder, encoded } from '../light/encoder.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { type ReadPlaylist, readPlaylist } from '../light/playlist.ts'
import { below } from '../light/processes.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { readExposition } from '../oracles/exposition.ts'
import { ffprobe, type Mp4, probedFrames, readByMediabunny, readByMp4box } from '../oracles/frames.ts'
import { checkMultivariant } from '../oracles/playlist-rules.ts'
import { parseMpd } from '../oracles/strict-mpd.ts'
import { parseMultivariantPlaylist } from '../oracles/strict-playlist.ts'

// The real server and the real FFmpeg: a broadcast whose sound is offered in Opus too.

/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000
/** Half a packet of Opus and half a frame of AAC, and RTMP's milliseconds. */
const ROUNDING = 0.025
let server: ServerProcess
let encoder: Encoder
let client: LightHlsClient
let directory: string

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-opus-'))
  await encoded('gop2')
  server = await ServerProcess.start({
    yaml: 'transcode: { ladder: off, opus: true }\nchannels: [{ slug: plain, opus: false }]\n',
  })
  encoder = await Encoder.replay('gop2', server.publishUrl('hall'))
  await server.live('hall')
  await until(async () => (await answer('index.m3u8')).includes('opus.m3u8'), LONG_MS, 'there is no Opus')
  client = new LightHlsClient(server.playlistUrl('hall'))
  await client.start()
})
after(async () => {
  await client?.stop()
  await encoder?.stop()
  await server?.stop()
  await rm(directory, { recursive: true, force: true })
})

const answer = async (name: string, slug = 'hall'): Promise<string> =>
  (await fetch(`${server.url}/live/${slug}/${name}`)).text()
const playlist = async (name: string): Promise<ReadPlaylist> => readPlaylist(await answer(`${name}.m3u8`))

/** All segments that a playlist lists, as one file. */
async function fileOf(name: string): Promise<Buffer> {
  const { segments } = await playlist(name)
  const whole = segments.filter(({ uri, gap }) => uri !== undefined && !gap)
  const uris = [whole[0]?.map, ...whole.map(({ uri }) => uri)]
  const bodies = uris.map(async (uri) => (await fetch(`${server.url}/live/hall/${uri}`)).arrayBuffer())
  return Buffer.concat((await Promise.all(bodies)).map((body) => Buffer.from(body)))
}

const metric = async (name: string): Promise<number> => {
  const metrics = readExposition(await (await fetch(`${server.url}/metrics`)).text())
  return metrics.get(`streamhost_transcode_${name}`)?.samples[0]?.value ?? 0
}

test('a multivariant playlist offers both, so that who doesn’t know Opus finds AAC', async () => {
  const multivariant = parseMultivariantPlaylist(await answer('index.m3u8'))
  checkMultivariant(multivariant)
  const codecs = multivariant.variants.map(({ attributes }) =>
    attributes.get('CODECS')?.replaceAll(/avc1[^,"]*/g, 'avc1'),
  )
  assert.deepEqual(codecs, ['"avc1,mp4a.40.2"', '"mp4a.40.2"', '"avc1,opus"', '"opus"'])
})

test('it takes its share of what the processors carry', async () => {
  assert.equal(await metric('cost_processors'), 0.016)
})

test('it is cut like the other, also when FFmpeg is killed, and nothing is missing', async () => {
  const complete = async (): Promise<number> =>
    (await playlist('opus')).segments.filter(({ uri, gap }) => uri !== undefined && !gap).length
  await until(async () => (await complete()) >= 2, LONG_MS, 'there are no segments')
  const [child = assert.fail('there is no FFmpeg')] = below(server.child.pid ?? 0, 'ffmpeg')
  process.kill(child, 'SIGKILL')
  await until(async () => (await metric('opus_restarts_total')) >= 1, LONG_MS, 'nobody notices')
  const count = await complete()
  await until(async () => (await complete()) >= count + 2, LONG_MS, 'it doesn’t go on')
  const [ours, theirs] = [await playlist('opus'), await playlist('audio')]
  for (const { msn, duration, uri } of ours.segments) {
    const same = theirs.segments.find((segment) => segment.msn === msn)
    if (uri === undefined || same === undefined || same.duration === 0) continue
    assert.ok(Math.abs(same.duration - duration) < 2 * ROUNDING, `${msn}: ${same.duration} ${duration}`)
  }
})

test('independent readers see Opus without a hole, at the time of the picture', async () => {
  // Before the sound: its first segment is no longer listed a little later.
  const picture = await fileOf('source')
  const bytes = await fileOf('opus')
  const file = join(directory, 'opus.mp4')
  await writeFile(file, bytes)
  const { streams = [] } = await ffprobe(['-show_streams', file])
  assert.deepEqual(
    streams.map((stream) => [stream.codec_name, stream.sample_rate, stream.channels]),
    [['opus', '48000', 2]],
  )
  const [probed, mediabunny, mp4box] = [
    await probedFrames(file, 'a:0'),
    await readByMediabunny(bytes),
    readByMp4box(bytes),
  ]
  assert.deepEqual(mediabunny.facts, { ...mediabunny.facts, codec: 'opus', sampleRate: 48_000, channels: 2 })
  for (const frames of [probed, mediabunny.frames, mp4box.frames]) {
    assert.ok(frames.length > 300, String(frames.length))
    for (const [index, { pts }] of frames.entries()) {
      const before = frames[index - 1]
      // On a busy machine silence stands in for a child that begins, and ends within half a packet of it.
      if (before !== undefined) assert.ok(Math.abs(pts - before.pts - 0.02) < 0.0101, `${before.pts} to ${pts}`)
    }
  }
  assert.deepEqual(
    mediabunny.frames.map(({ md5 }) => md5),
    mp4box.frames.map(({ md5 }) => md5),
  )
  beginsWithKey(mp4box, readByMp4box(picture))
})

/** Segments of one number begin at the same time. */
function beginsWithKey({ frames }: Mp4, picture: Mp4): void {
  const keys = picture.frames.filter(({ key }) => key).map(({ pts }) => pts)
  const own = frames[0]?.pts ?? Number.NaN
  const nearest = Math.min(...keys.map((pts) => Math.abs(pts - own)))
  assert.ok(nearest < ROUNDING, String(nearest))
}

test('a manifest has a set of its own for it', async () => {
  await until(async () => /codecs="opus"/.test(await answer('manifest.mpd')), LONG_MS, 'it is not in the manifest')
  const period = parseMpd(await answer('manifest.mpd')).periods.at(-1) ?? assert.fail('no Period')
  assert.deepEqual(
    period.sets.map(({ contentType, codecs }) => [contentType, codecs.slice(0, 4)]),
    [
      ['video', 'avc1'],
      ['audio', 'mp4a'],
      ['audio', 'opus'],
    ],
  )
})

test('a channel may have none of it', async () => {
  await using _plain = await Encoder.replay('gop2', server.publishUrl('plain'))
  await server.live('plain')
  assert.equal((await fetch(`${server.url}/live/plain/opus.m3u8`)).status, 404)
  assert.doesNotMatch(await answer('index.m3u8', 'plain'), /opus/)
})

test('a light player that takes all of it, parts and reports, finds no fault', async () => {
  const reader = () => client.reports.find(({ name }) => name === 'opus')
  await until(() => (reader()?.segments ?? 0) >= 3, LONG_MS, 'it reads nothing')
  assert.deepEqual(client.reports.map(({ name }) => name).sort(), ['audio', 'opus', 'source'])
  assert.deepEqual(client.faults, [])
})
