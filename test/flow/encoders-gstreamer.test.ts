import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServerProcess } from '../light/server-process.ts'
import { ffprobe, type Mp4, readByMp4box } from '../oracles/frames.ts'
import { gstPublisher } from '../oracles/gstreamer.ts'
import { LlFollower, whenThere } from '../oracles/ll-follower.ts'
import { mpvComplaints } from '../oracles/mpv.ts'
import { Program } from '../oracles/program.ts'

const KEY = 'sk_gstreamer-publishes-here-0123456789'
const SECONDS = 8
const FPS = 30
const GOP = 60

/** flvmux has no decode times below zero: the first ones stand still for as long as B-frames delay pictures. */
const FIRST_FRAMES = { irregular: true }

process.env.STREAMHOST_INGEST_END_SECONDS = '0'

suite('GStreamer’s rtmp2sink as encoder, with B-frames and a stream key', () => {
  let server: ServerProcess
  let video: Mp4
  let audio: Mp4
  let gst: Program
  let mpv: Program
  let probed: Awaited<ReturnType<typeof ffprobe>>

  before(async () => {
    server = await ServerProcess.start({ yaml: `channels: [{ slug: gst, title: GStreamer, key: ${KEY} }]\n` })
    gst = gstPublisher({ url: server.publishUrl(KEY), fps: FPS, seconds: SECONDS, gop: GOP, bFrames: 2 })
    const signal = AbortSignal.timeout(60_000)
    const url = server.playlistUrl('gst')
    await whenThere(url, signal)
    const picture = new LlFollower(new URL('source.m3u8', url).href, FIRST_FRAMES)
    const sound = new LlFollower(new URL('audio.m3u8', url).href)
    await Promise.all([picture.follow(signal), sound.follow(signal), read(url, picture, signal)])
    ;[video, audio] = [picture, sound].map((follower) => {
      const [file, ...others] = [...follower.files()]
      assert.ok(file !== undefined && others.length === 0, 'one initialization section')
      return readByMp4box(Buffer.concat([file.init, file.media]))
    }) as [Mp4, Mp4]
  })

  /** Both read the live playlists; mpv until two seconds are played. */
  async function read(url: string, picture: LlFollower, signal: AbortSignal): Promise<void> {
    while (picture.segments.size === 0) await sleep(50, undefined, { signal })
    const player = ['--no-config', '--vo=null', '--ao=null', '--length=2', '--msg-level=all=warn']
    mpv = new Program('mpv', [...player, url])
    probed = await ffprobe(['-v', 'error', '-show_streams', url])
  }

  after(async () => {
    await gst?.stop()
    await mpv?.stop()
    await server?.stop()
  })

  test('it publishes to its end and is told nothing bad', async () => {
    assert.equal(await gst.exited, 0, gst.output)
    assert.doesNotMatch(gst.output, /ERROR|WARNING/)
  })

  test('every picture is there, with its key frames and at its time', () => {
    assert.equal(video.frames.length, SECONDS * FPS)
    const keys = video.frames.flatMap(({ key }, i) => (key ? [i] : []))
    assert.deepEqual(
      keys,
      Array.from({ length: (SECONDS * FPS) / GOP }, (_, i) => i * GOP),
    )
    const times = video.frames.map(({ pts }) => pts).sort((a, b) => a - b)
    const start = times[0] ?? 0
    for (const [i, time] of times.entries()) {
      assert.ok(Math.abs(time - start - i / FPS) < 0.0015, `picture ${i} is at ${time - start}`)
    }
    assert.ok(
      video.frames.some(({ pts, dts }) => pts !== dts),
      'there are B-frames',
    )
  })

  test('sound goes on without a hole, beside the picture', () => {
    assert.deepEqual(new Set(audio.fragments.flatMap(({ durations }) => durations)), new Set([1024]))
    for (const [i, fragment] of audio.fragments.entries()) {
      const before = audio.fragments[i - 1]
      if (before === undefined) continue
      const ticks = before.durations.reduce((sum, duration) => sum + duration, 0)
      assert.equal(fragment.baseMediaDecodeTime, before.baseMediaDecodeTime + ticks)
    }
    assert.ok(Math.abs((audio.frames[0]?.pts ?? 0) - (video.frames[0]?.pts ?? 0)) < 0.06)
    assert.equal(audio.facts.sampleRate, 44_100)
  })

  test('ffprobe sees both tracks in the live playlist', () => {
    // The sound is there twice: with the picture, and as a variant of its own.
    const kinds = new Set((probed.streams ?? []).map(({ codec_name }) => codec_name))
    assert.deepEqual([...kinds].sort(), ['aac', 'h264'])
  })

  test('mpv plays it', async () => {
    assert.equal(await mpv.exited, 0, mpv.output)
    assert.deepEqual(mpvComplaints(mpv.output), [])
  })
})

test('a live GStreamer source, whose pictures flvmux moves to the times of the sound, is packaged by the rules all the same', async () => {
  await using server = await ServerProcess.start()
  await using gst = gstPublisher({
    url: server.publishUrl('b'),
    fps: FPS,
    seconds: 5,
    gop: GOP,
    bFrames: 2,
    live: true,
  })
  const signal = AbortSignal.timeout(60_000)
  const url = server.playlistUrl('b')
  await whenThere(url, signal)
  const picture = new LlFollower(new URL('source.m3u8', url).href, { irregular: true })
  await picture.follow(signal)
  assert.equal(await gst.exited, 0, gst.output)
  const [file] = [...picture.files()]
  assert.ok(file !== undefined)
  assert.equal(readByMp4box(Buffer.concat([file.init, file.media])).frames.length, 5 * FPS)
})
