import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAudioSpecificConfig } from '../../src/media/audio-specific-config.ts'
import { parseAvcC } from '../../src/media/avcc.ts'
import { inspectFrame } from '../../src/media/h264-frame.ts'
import type { Packet } from '../../src/media/packet.ts'
import { parseSps } from '../../src/media/sps.ts'
import { ffmpeg, KEY, runRtmp } from './rtmp-harness.ts'

const VIDEO_IN = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30:d=5']
const AUDIO_IN = ['-f', 'lavfi', '-i', 'sine=r=48000:d=5']
const H264 = ['-c:v', 'libx264', '-preset', 'superfast', '-g', '60', '-sc_threshold', '0', '-pix_fmt', 'yuv420p']
const AAC = ['-c:a', 'aac', '-b:a', '64k']
const START = 10

const to = (port: number, path: string): string[] => ['-f', 'flv', `rtmp://127.0.0.1:${port}/${path}`]

/** The distances of decode times, each once, in order. */
const steps = (packets: readonly Packet[]): number[] => [
  ...new Set(packets.slice(1).map((packet, i) => packet.dts - (packets[i]?.dts ?? 0))),
]

function assertVideo(packets: readonly Packet[], seconds: number): void {
  assert.equal(packets.length, seconds * 30)
  assert.deepEqual(
    packets.flatMap((packet, i) => (packet.isSync ? [i] : [])),
    [0, 60, 120],
    'an IDR picture every 2 s',
  )
  for (const packet of packets) assert.equal(inspectFrame(packet.data, 4) === 'idr', packet.isSync)
  // 33 or 34 ms: FLV counts milliseconds.
  assert.deepEqual(
    steps(packets).sort((a, b) => a - b),
    [2970, 3060],
  )
  const presented = packets.map((packet) => packet.dts + packet.cts).sort((a, b) => a - b)
  assert.equal(new Set(presented).size, packets.length, 'no two pictures at one time')
}

function assertAudio(packets: readonly Packet[], seconds: number): void {
  assert.deepEqual(steps(packets), [1024])
  assert.ok(packets.length >= seconds * 46 && packets.length <= seconds * 47 + 3, `${packets.length} frames`)
}

for (const { name, bframes, hasB } of [
  { name: 'with B-frames', bframes: ['-bf', '2', '-b_strategy', '0'], hasB: true },
  { name: 'without B-frames', bframes: ['-bf', '0'], hasB: false },
]) {
  test(`FFmpeg publishes H.264 ${name} and AAC with a 2 s GOP`, async () => {
    await using rtmp = await runRtmp({ startTime: START })
    const { code, errors } = await ffmpeg([
      ...[...VIDEO_IN, ...AUDIO_IN, ...H264, ...bframes, ...AAC],
      ...to(rtmp.port, `live/${KEY}`),
    ])
    assert.deepEqual({ code, errors }, { code: 0, errors: '' })
    const publication = await rtmp.input.publication()
    await publication.ended()
    assert.equal(publication.how, 'unpublished')

    const [video, audio] = publication.tracks
    assert.ok(video?.codec.kind === 'h264' && audio?.codec.kind === 'aac')
    assert.equal(publication.tracks.length, 2)
    const sps = parseSps(parseAvcC(video.codec.avcC).sps[0] ?? new Uint8Array(0))
    assert.deepEqual([sps.width, sps.height, sps.framesPerSecond], [320, 180, 30])
    assert.equal(parseAudioSpecificConfig(audio.codec.audioSpecificConfig).sampleRate, audio.timescale)

    const pictures = publication.of(video.id)
    assertVideo(pictures, 5)
    assert.equal(
      pictures.some(({ cts }) => cts > 9000 / 2),
      hasB,
    )
    assertAudio(publication.of(audio.id), 5)

    const [first] = publication.packets
    assert.equal((first?.dts ?? 0) / (first?.trackId === video.id ? 90_000 : 48_000), START)
    // Sound and picture begin together: the B-frames' delay is in cts, not between the tracks.
    const picture = Math.min(...pictures.map(({ dts, cts }) => dts + cts)) / 90_000
    const sound = (publication.of(audio.id)[0]?.dts ?? 0) / 48_000
    assert.ok(Math.abs(picture - sound) < 0.05, `picture at ${picture}, sound at ${sound}`)

    const told = rtmp.log.lines.map(({ message }) => message)
    assert.match(
      told.find((line) => line.startsWith('is publishing')) ?? '',
      /^is publishing to main: avc1\.\w{6} 320x180 \+ mp4a\.40\.2 48000 Hz, 1 ch$/,
    )
    assert.ok(!JSON.stringify(rtmp.log.lines).includes(KEY), 'the key is in no log line')
  })
}

test('FFmpeg publishes video only', async () => {
  await using rtmp = await runRtmp()
  const { code } = await ffmpeg([...VIDEO_IN, ...H264, ...to(rtmp.port, `live/main?key=${KEY}`)])
  assert.equal(code, 0)
  const publication = await rtmp.input.publication()
  await publication.ended()
  assert.deepEqual(
    publication.tracks.map(({ codec }) => codec.kind),
    ['h264'],
  )
  assertVideo(publication.packets, 5)
})

test('FFmpeg publishes audio only', async () => {
  await using rtmp = await runRtmp()
  const { code } = await ffmpeg([...AUDIO_IN, ...AAC, ...to(rtmp.port, `live/${KEY}`)])
  assert.equal(code, 0)
  const publication = await rtmp.input.publication()
  await publication.ended()
  assert.deepEqual(
    publication.tracks.map(({ codec, timescale }) => [codec.kind, timescale]),
    [['aac', 48_000]],
  )
  assertAudio(publication.packets, 5)
})

const refused = [
  { name: 'a wrong key', path: 'live/sk_wrong', args: [], says: /this stream key is not known/ },
  { name: 'no key at all', path: 'live/main', args: [], says: /this stream key is not known/ },
  { name: 'a channel that is switched off', path: 'live/off', args: [], says: /publishing is switched off/ },
  { name: 'another application', path: `other/${KEY}`, args: [], says: /the address must be rtmp:\/\/HOST\/live/ },
]
for (const { name, path, says } of refused) {
  test(`FFmpeg is told why it is refused: ${name}`, async () => {
    await using rtmp = await runRtmp()
    const { code, errors } = await ffmpeg([...AUDIO_IN, ...AAC, ...to(rtmp.port, path)])
    assert.notEqual(code, 0)
    assert.match(errors, says)
    assert.equal(rtmp.input.publications.length, 0)
  })
}

test('FFmpeg with MP3 beside good H.264 is refused, and the log says why', async () => {
  await using rtmp = await runRtmp()
  const { code } = await ffmpeg([
    ...['-re', ...VIDEO_IN, ...AUDIO_IN, ...H264, '-c:a', 'libmp3lame', '-ar', '44100'],
    ...to(rtmp.port, `live/${KEY}`),
  ])
  assert.notEqual(code, 0)
  const publication = await rtmp.input.publication()
  assert.equal(publication.how, 'lost')
  assert.match(await rtmp.log.closed(), /^closed: the audio is MP3; this server takes AAC/)
})
