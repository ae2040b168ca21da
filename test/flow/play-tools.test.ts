import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { readAudioTag } from '../../src/formats/flv/audio-tag.ts'
import { type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { readVideoTag } from '../../src/formats/flv/video-tag.ts'
import { encoded } from '../light/encoder.ts'
import { RtmpPublisher, readFlvFile, replay } from '../light/rtmp-publisher.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { type Frame, ffprobe, probedFrames } from '../oracles/frames.ts'
import { mpvComplaints } from '../oracles/mpv.ts'
import { Program } from '../oracles/program.ts'

// The tools that people play with, each on its own way in, from the middle of a group of pictures to the broadcast's end.

/** OBS as it comes: B-frames, a key frame every 250. */
const GROUP = 250
const SPEED = 4
/** Of media: the second group of pictures is under way. */
const JOIN_MS = 11_000
const LENGTH_MS = 20_000
/** A broadcast's time begins here. */
const START_MS = 10_000

type Sent = { readonly kind: 'video' | 'audio'; readonly ms: number; readonly key: boolean; readonly md5: string }

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

function sentFrame(tag: FlvTag): Sent[] {
  const ms = tag.timestamp + START_MS
  if (tag.typeId === TagType.video) {
    const frame = readVideoTag(tag.body)
    return frame.kind === 'frame' ? [{ kind: 'video', ms, key: frame.isKeyFrame, md5: md5(frame.data) }] : []
  }
  if (tag.typeId !== TagType.audio) return []
  const frame = readAudioTag(tag.body)
  return frame.kind === 'frame' ? [{ kind: 'audio', ms, key: true, md5: md5(frame.data) }] : []
}

async function playing(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return [...metrics.matchAll(/^streamhost_players\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

suite('players read a broadcast of B-frames from the middle of a group of pictures to its end', () => {
  let server: ServerProcess
  let folder: string
  let sent: Sent[]
  let ffmpeg: { rtmp: Awaited<ReturnType<typeof ffprobe>>; http: Awaited<ReturnType<typeof ffprobe>> }
  const programs = new Map<string, Program>()
  const started = (name: string): Program => {
    const program = programs.get(name)
    assert.ok(program)
    return program
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'play-tools-'))
    server = await ServerProcess.start({ sections: { ingest: 'endSeconds: 0' } })
    const tags = readFlvFile(await encoded('obs')).filter(({ timestamp }) => timestamp <= LENGTH_MS)
    sent = tags.flatMap(sentFrame)
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'show' })
    const joined = tags.findIndex(({ timestamp }) => timestamp > JOIN_MS)
    await replay([publisher], tags.slice(0, joined), { speed: SPEED })
    const [rtmp, http] = [server.publishUrl('show'), `${server.url}/live/show.flv`]
    const quiet = ['--no-config', '--vo=null', '--ao=null', '--ao-null-untimed', '--untimed', '--msg-level=all=warn']
    const run = (name: string, command: string, args: string[]) => programs.set(name, new Program(command, args))
    run('rtmpdump', 'rtmpdump', ['-q', '--live', '-r', rtmp, '-o', join(folder, 'rtmpdump.flv')])
    run('mpv rtmp', 'mpv', [...quiet, rtmp])
    run('mpv http', 'mpv', [...quiet, http])
    const gst = (name: string, ...source: string[]) =>
      run(name, 'gst-launch-1.0', ['-q', ...source, '!', 'filesink', `location=${join(folder, `${name}.flv`)}`])
    gst('rtmp2src', 'rtmp2src', `location=${rtmp}`)
    gst('rtmpsrc', 'rtmpsrc', `location=${rtmp} live=1`)
    gst('souphttpsrc', 'souphttpsrc', `location=${http}`)
    const show = ['-show_streams', '-show_packets', '-show_data_hash', 'md5']
    const probing = Promise.all([ffprobe([...show, rtmp]), ffprobe([...show, http])])
    // However long the programs take to start on this machine: the broadcast goes on when all of them are there.
    await until(async () => (await playing(server)) === programs.size + 2, 60_000, 'not all of them play')
    await replay([publisher], tags.slice(joined), { speed: SPEED })
    await publisher.unpublish()
    const [overRtmp, overHttp] = await probing
    ffmpeg = { rtmp: overRtmp, http: overHttp }
  })
  after(async () => {
    for (const program of programs.values()) await program.stop()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** All that was sent since the last key frame before the player came, each frame once, in order, at its time. */
  function assertTail(frames: readonly Frame[], kind: Sent['kind']): void {
    const all = sent.filter((each) => each.kind === kind)
    const tail = all.slice(-frames.length)
    assert.ok(frames.length > GROUP, `${frames.length} frames`)
    assert.deepEqual(
      frames.map((frame) => frame.md5),
      tail.map((each) => each.md5),
    )
    // Sound is counted in samples.
    for (const [index, { dts }] of frames.entries())
      assert.ok(Math.abs(dts * 1000 - (tail[index]?.ms ?? 0)) < (kind === 'video' ? 1 : 25), `${dts} s`)
    if (kind === 'video') assert.ok(tail[0]?.key, 'it begins with a key frame')
  }

  const of = (probed: Awaited<ReturnType<typeof ffprobe>>, kind: string): Frame[] =>
    (probed.packets ?? [])
      .filter(({ codec_type }) => codec_type === kind)
      .map((packet) => ({
        dts: Number(packet.dts_time),
        pts: Number(packet.pts_time),
        duration: Number(packet.duration_time),
        key: String(packet.flags).includes('K'),
        size: Number(packet.size),
        md5: String(packet.data_hash).replace(/^md5:/i, ''),
      }))

  for (const way of ['rtmp', 'http'] as const) {
    test(`FFmpeg over ${way} gets every frame from the key frame on, and sees picture and sound alone`, () => {
      const probed = ffmpeg[way]
      assert.deepEqual(
        (probed.streams ?? []).map(({ codec_name }) => codec_name),
        ['h264', 'aac'],
      )
      const [video, audio] = [of(probed, 'video'), of(probed, 'audio')]
      assertTail(video, 'video')
      assertTail(audio, 'audio')
      assert.ok(Math.abs((video[0]?.dts ?? 0) - (audio[0]?.dts ?? 0)) < 0.1, 'they begin together')
      assert.ok(video.some(({ dts, pts }) => pts > dts + 0.06))
    })
  }

  for (const name of ['rtmpdump', 'rtmp2src', 'rtmpsrc', 'souphttpsrc']) {
    test(`${name} writes a file with every frame in it, and ends with the broadcast`, async () => {
      const status = await started(name).exited
      assert.equal(status, 0, started(name).output)
      const file = join(folder, `${name}.flv`)
      assertTail(await probedFrames(file, 'v:0'), 'video')
      assertTail(await probedFrames(file, 'a:0'), 'audio')
    })
  }

  for (const name of ['mpv rtmp', 'mpv http']) {
    test(`${name} plays to the end without a complaint`, async () => {
      assert.equal(await started(name).exited, 0, started(name).output)
      assert.deepEqual(mpvComplaints(started(name).output), [])
    })
  }
})
