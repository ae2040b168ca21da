import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import type { Broadcast } from '../../../src/live/broadcast.ts'
import type { Packet } from '../../../src/media/packet.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import type { Rendition } from '../../../src/packager/rendition.ts'
import type { Segment } from '../../../src/packager/segment.ts'
import { announce, openPresentation, seconds } from '../../light/package-packets.ts'
import { audioTrack, synthetic, videoTrack } from '../../light/synthetic.ts'

const isVideo = (packet: Packet): boolean => packet.trackId === videoTrack.id
const isAudio = (packet: Packet): boolean => packet.trackId === audioTrack.id

function publish(broadcast: Broadcast, packets: readonly Packet[]): void {
  announce(broadcast, packets)
  for (const packet of packets) broadcast.write(packet)
}
const packaged = (packets: readonly Packet[]): Presentation => {
  const { broadcast, presentation } = openPresentation()
  publish(broadcast, packets)
  return presentation
}

/** The packets in the order of their times, where one track reaches the server `late` seconds after its time. */
const arriving = (packets: readonly Packet[], late: (packet: Packet) => number): Packet[] =>
  packets
    .map((packet) => ({ packet, at: seconds(packet) + late(packet) }))
    .sort((a, b) => a.at - b.at)
    .map(({ packet }) => packet)

const segmentsOf = (rendition: Rendition): readonly Segment[] => [
  ...rendition.window.shown,
  ...(rendition.window.open === undefined ? [] : [rendition.window.open]),
]
/** `tfdt` of a part, in ticks. */
const decodeTime = (bytes: Buffer): number => Number(bytes.readBigUInt64BE(60))
const textOf = (presentation: Presentation, name: string): string => {
  const rendition = presentation.rendition(name)
  assert.ok(rendition)
  return renderMediaPlaylist(describe(presentation, rendition))
}

/** What every player may rely on, whatever the source does. */
function assertSound(presentation: Presentation): void {
  for (const rendition of presentation.renditions) {
    const target = presentation.partTarget(rendition)
    assert.ok(target > 0, `${rendition.name}: PART-TARGET ${target}`)
    let msn: number | undefined
    let end = 0
    for (const segment of segmentsOf(rendition)) {
      const place = `${rendition.name} ${segment.msn}: ${segment.parts.map(({ duration }) => duration.toFixed(3))}`
      assert.equal(segment.msn, msn === undefined ? segment.msn : msn + 1, `${place} follows ${msn}`)
      msn = segment.msn
      assert.ok(segment.gap || segment.parts.length > 0, `${place} holds nothing`)
      assert.ok(segment.duration > 0, `${place} lasts no time`)
      assert.ok(Math.round(segment.duration) <= presentation.targetDuration, `${place} lasts ${segment.duration}`)
      for (const [i, part] of segment.parts.entries()) {
        const start = decodeTime(part.bytes) / rendition.track.timescale
        assert.ok(start >= end - 1e-3, `${place}: part ${i} begins at ${start}, before ${end}`)
        end = start + part.duration
        const next = segment.parts[i + 1]
        // A frame that lasts longer than a part stands alone.
        if (i === 0 || next === undefined || next.duration > target) continue
        assert.ok(part.duration >= 0.85 * target - 2e-3, `${place}: part ${i} is short of ${target}`)
      }
    }
  }
}
const lastMsn = (presentation: Presentation, name: string): number =>
  presentation.rendition(name)?.window.shown.at(-1)?.msn ?? -1

test('an encoder that returns without sound goes on with silence, for players wait for both', () => {
  const { broadcast, presentation } = openPresentation()
  publish(broadcast, synthetic({ seconds: 6 }))
  broadcast.discontinuity()
  publish(broadcast, synthetic({ seconds: 20, from: broadcast.nextStartTime, audio: false }))
  assertSound(presentation)
  const behind = lastMsn(presentation, 'source') - lastMsn(presentation, 'audio')
  assert.ok(behind <= 1, `the sound is ${behind} segments behind`)
})

test('an encoder that returns with sound alone: players are told to load anew, and find the sound alone', () => {
  const { broadcast, presentation } = openPresentation()
  publish(broadcast, synthetic({ seconds: 6 }))
  const before = presentation.revision
  broadcast.discontinuity()
  publish(broadcast, synthetic({ seconds: 20, from: broadcast.nextStartTime, video: false }))
  assertSound(presentation)
  assert.notEqual(presentation.revision, before)
  assert.deepEqual(
    presentation.renditions.map(({ name }) => name),
    ['audio'],
  )
  const without = presentation.revision
  broadcast.discontinuity()
  publish(broadcast, synthetic({ seconds: 20, from: broadcast.nextStartTime }))
  assertSound(presentation)
  assert.notEqual(presentation.revision, without)
  assert.deepEqual(
    presentation.renditions.map(({ name }) => name),
    ['source', 'audio'],
  )
})

for (const late of [0.5, 1.3, 3]) {
  test(`sound that reaches the server ${late} s after its picture is kept whole`, () => {
    const packets = synthetic({ seconds: 30 })
    const presentation = packaged(arriving(packets, (packet) => (isAudio(packet) ? late : 0)))
    assertSound(presentation)
    const frames = presentation.rendition('audio')?.window.shown.flatMap(({ parts }) => parts) ?? []
    const count = frames.reduce((sum, part) => sum + part.frames, 0)
    const length = frames.reduce((sum, part) => sum + part.duration, 0)
    assert.ok(Math.abs(count * 1024 - length * 48_000) < 1, `${count} frames in ${length} s`)
    assert.ok(length > 24, String(length))
  })

  test(`a picture that reaches the server ${late} s after its sound is still cut at its key frames`, () => {
    const packets = synthetic({ seconds: 30 })
    const presentation = packaged(arriving(packets, (packet) => (isVideo(packet) ? late : 0)))
    assertSound(presentation)
    for (const { parts, msn } of presentation.rendition('source')?.window.shown ?? [])
      assert.equal(parts[0]?.independent, true, `segment ${msn}`)
  })
}

test('sound that comes back after silence was put in its place never goes back in time', () => {
  const packets = synthetic({ seconds: 30 })
  const lost = packets.filter((packet) => isVideo(packet) || seconds(packet) < 15 || seconds(packet) > 19)
  const presentation = packaged(arriving(lost, (packet) => (isAudio(packet) && seconds(packet) > 19 ? 1.2 : 0)))
  assertSound(presentation)
})

for (const [from, to] of [
  [14.3, 15.1],
  [14.9, 15.7],
  [15.2, 15.9],
] as const) {
  test(`a picture that skips from ${from} to ${to} does not make parts of single frames`, () => {
    const packets = synthetic({ seconds: 20 }).filter(
      (packet) => isAudio(packet) || seconds(packet) < from || seconds(packet) >= to,
    )
    assertSound(packaged(packets))
  })
}

for (const late of [1.1, 0.5]) {
  test(`sound that begins ${late} s into a segment makes no parts of single frames`, () => {
    const { broadcast, presentation } = openPresentation()
    broadcast.track(videoTrack)
    let announced = false
    for (const packet of synthetic({ seconds: 20 })) {
      if (isAudio(packet) && seconds(packet) < 14 + late) continue
      if (isAudio(packet) && !announced) broadcast.track(audioTrack)
      announced ||= isAudio(packet)
      broadcast.write(packet)
    }
    assertSound(presentation)
    const video = presentation.rendition('source')
    for (const segment of presentation.rendition('audio')?.window.shown ?? []) {
      const other = video?.window.segment(segment.msn)
      assert.ok(Math.abs((other?.duration ?? 0) - segment.duration) < 0.1 + late, `${segment.msn} ${segment.duration}`)
    }
  })
}

for (const pause of [1.8, 2.7, 3.5, 4.1, 30]) {
  test(`a picture that stands still for ${pause} s makes gaps in time, and no segment is too long`, () => {
    const packets = synthetic({ seconds: 24 + pause })
    const { broadcast, presentation } = openPresentation()
    announce(broadcast, packets)
    for (const packet of packets) {
      if (isVideo(packet) && seconds(packet) >= 15 && seconds(packet) < 15 + pause) continue
      broadcast.write(packet)
      const behind = lastMsn(presentation, 'audio') - lastMsn(presentation, 'source')
      if (seconds(packet) > 14) assert.ok(behind <= 1, `at ${seconds(packet)} the picture is ${behind} behind`)
    }
    assertSound(presentation)
  })
}

test('a picture that returns after a quarter of an hour goes on with the right numbers', () => {
  const packets = synthetic({ seconds: 900, bytes: 10 }).filter(
    (packet) => isAudio(packet) || seconds(packet) < 15 || seconds(packet) >= 900,
  )
  assertSound(packaged(packets))
})

test('a picture announced long after the sound begins with a key frame', () => {
  const { broadcast, presentation } = openPresentation()
  broadcast.track(audioTrack)
  let announced = false
  for (const packet of synthetic({ seconds: 30 })) {
    if (isVideo(packet) && seconds(packet) < 16.7) continue
    if (isVideo(packet) && !announced) broadcast.track(videoTrack)
    announced ||= isVideo(packet)
    broadcast.write(packet)
  }
  assertSound(presentation)
  const parts = presentation.rendition('source')?.window.shown.flatMap((segment) => segment.parts[0] ?? []) ?? []
  assert.equal(parts[0]?.independent, true)
  assert.equal(parts.at(-1)?.independent, true)
})

test('a connection lost after two frames does not let players in before PART-TARGET is known', () => {
  const { broadcast, presentation } = openPresentation()
  publish(broadcast, synthetic({ seconds: 2 / 30, audio: false }))
  broadcast.discontinuity()
  publish(broadcast, synthetic({ seconds: 0.1, from: broadcast.nextStartTime, audio: false }))
  assert.equal(presentation.ready, false)
  broadcast.discontinuity()
  publish(broadcast, synthetic({ seconds: 9, from: broadcast.nextStartTime, audio: false }))
  assert.equal(presentation.ready, true)
  assertSound(presentation)
  assert.doesNotMatch(textOf(presentation, 'source'), /PART-TARGET=0\n/)
  broadcast.end('stopped')
})

test('every reconnection is behind a discontinuity in every rendition, however the tracks were interleaved', () => {
  for (const lead of [-0.4, -0.1, 0.1, 0.4]) {
    const { broadcast, presentation } = openPresentation()
    for (let connection = 0; connection < 6; connection++) {
      const from = broadcast.nextStartTime
      const packets = synthetic({ seconds: 3 + connection * 0.37, from })
      publish(broadcast, arriving(packets, (packet) => (isAudio(packet) ? lead : 0)).slice(connection % 2 ? 3 : 0))
      broadcast.discontinuity()
    }
    assertSound(presentation)
    const [video, audio] = presentation.renditions.map((rendition) =>
      segmentsOf(rendition)
        .filter(({ cut }) => cut.discontinuity)
        .map(({ msn }) => msn),
    )
    assert.deepEqual(video, audio, `lead ${lead}`)
    assert.equal(video?.length, 5)
  }
})

test('a goodbye while the sound is a little ahead of the picture makes no segment of its own', () => {
  for (let tail = 0.02; tail < 0.34; tail += 0.04) {
    const { broadcast, presentation } = openPresentation()
    publish(
      broadcast,
      synthetic({ seconds: 6 + tail }).filter((packet) => isAudio(packet) || seconds(packet) < 15.99),
    )
    broadcast.discontinuity()
    assertSound(presentation)
    assert.equal(lastMsn(presentation, 'source'), lastMsn(presentation, 'audio'))
    for (const rendition of presentation.renditions)
      for (const { gap, msn } of rendition.window.shown) assert.equal(gap, false, `${rendition.name} ${msn}, ${tail}`)
  }
})
