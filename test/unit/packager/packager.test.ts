import assert from 'node:assert/strict'
import { describe as suite, test } from 'node:test'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import { announce, openPresentation, packageAll } from '../../light/package-packets.ts'
import { readFragment } from '../../light/read-fragment.ts'
import { audioTrack, type SyntheticOptions, synthetic, videoTrack } from '../../light/synthetic.ts'
import { parseMediaPlaylist } from '../../oracles/strict-playlist.ts'

const cases: {
  name: string
  source: Omit<SyntheticOptions, 'seconds'>
  segments: readonly number[]
  evenParts?: boolean
}[] = [
  { name: '30 fps, 2 s', source: { fps: 30 }, segments: [2] },
  { name: '25 fps, 2 s', source: { fps: 25 }, segments: [2] },
  { name: '24 fps, 2 s', source: { fps: 24 }, segments: [2] },
  { name: '50 fps, 2 s', source: { fps: 50 }, segments: [2] },
  { name: '60 fps, 1 s', source: { fps: 60, gop: 1 }, segments: [2] },
  { name: '30 fps, .5 s', source: { fps: 30, gop: 0.5 }, segments: [2] },
  { name: '15 fps, 2 s', source: { fps: 15 }, segments: [2] },
  { name: '10 fps, 2 s', source: { fps: 10 }, segments: [2] },
  { name: '20 fps, 2 s', source: { fps: 20 }, segments: [2] },
  { name: '30 fps with B-frames', source: { fps: 30, reorder: 2 }, segments: [2] },
  { name: 'sound alone', source: { video: false }, segments: [2] },
  { name: 'picture alone', source: { audio: false }, segments: [2] },
  { name: 'OBS as it comes', source: { fps: 30, gop: 250 / 30, reorder: 2 }, segments: [2.333, 2.08] },
]

for (const profile of ['standard', 'low'] as const) {
  for (const each of cases) {
    suite(`packaging, ${profile}, ${each.name}`, () => {
      const presentation = packageAll(synthetic({ seconds: 40, ...each.source }), { profile })

      test('every part lasts 85 to 100 % of PART-TARGET, but for the last of a segment', () => {
        for (const rendition of presentation.renditions) {
          const target = presentation.partTarget(rendition)
          for (const segment of rendition.window.shown) {
            for (const [i, part] of segment.parts.entries()) {
              const place = `${rendition.name} ${segment.msn}.${i}: ${part.duration} of ${target}`
              assert.ok(part.duration <= target + 1e-9, place)
              if (i < segment.parts.length - 1 && i > 0) assert.ok(part.duration >= 0.85 * target - 1e-3, place)
            }
          }
        }
      })

      test('no segment is longer than TARGETDURATION when rounded', () => {
        for (const { window } of presentation.renditions) {
          for (const { duration } of window.shown)
            assert.ok(Math.round(duration) <= presentation.targetDuration, String(duration))
        }
      })

      test('renditions are cut at the same moments, within half a frame of sound', () => {
        const [first, second] = presentation.renditions
        if (first === undefined || second === undefined) return
        for (const segment of second.window.shown) {
          const other = first.window.segment(segment.msn)
          if (other?.closed !== true) continue
          assert.ok(
            Math.abs(other.duration - segment.duration) < 0.06,
            `${segment.msn}: ${other.duration}, ${segment.duration}`,
          )
        }
      })

      test('segments begin with a key frame where the group of pictures allows it', () => {
        if (each.name.startsWith('OBS')) return
        for (const { window } of presentation.renditions) {
          for (const { parts } of window.shown) assert.equal(parts[0]?.independent, true)
        }
      })

      test('there is no short last part', () => {
        if (profile === 'low' || each.name.startsWith('OBS')) return
        for (const { window, name } of presentation.renditions) {
          for (const { parts, msn } of window.shown.slice(1)) {
            assert.ok((parts.at(-1)?.duration ?? 0) >= 0.24, `${name} ${msn}: ${parts.map((part) => part.duration)}`)
          }
        }
      })
    })
  }
}

const playlistOf = (presentation: Presentation, name: string): string => {
  const rendition = presentation.rendition(name)
  assert.ok(rendition)
  return renderMediaPlaylist(describe(presentation, rendition))
}

test('a long group of pictures is cut at part boundaries, and only its first part is independent', () => {
  const presentation = packageAll(synthetic({ seconds: 60, gop: 250 / 30, reorder: 2 }))
  const segments = presentation.rendition('source')?.window.shown.slice(8) ?? []
  for (const segment of segments) assert.ok(segment.duration > 1 && segment.duration < 2.4, String(segment.duration))
  const independent = segments.flatMap(({ parts }) => parts).filter((part) => part.independent).length
  assert.ok(independent >= 4 && independent <= 6, String(independent))
})

test('what a channel has shown before decides its target duration, up to the longest segment', () => {
  assert.equal(packageAll(synthetic({ seconds: 5 }), {}, { longestGopMs: 4000 }).targetDuration, 4)
  assert.equal(packageAll(synthetic({ seconds: 5 }), {}, { longestGopMs: 8333 }).targetDuration, 6)
  assert.equal(packageAll(synthetic({ seconds: 5 })).targetDuration, 2)
})

test('a connection that returns goes on in the same playlists behind a discontinuity, in picture and sound', () => {
  const { broadcast, presentation } = openPresentation()
  const first = synthetic({ seconds: 5 })
  announce(broadcast, first)
  for (const packet of first) broadcast.write(packet)
  broadcast.discontinuity()
  const second = synthetic({ seconds: 5, from: broadcast.nextStartTime })
  announce(broadcast, second)
  for (const packet of second) broadcast.write(packet)
  const lines = (name: string): number => playlistOf(presentation, name).match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0
  assert.deepEqual([lines('source'), lines('audio')], [1, 1])
  const discontinuity = (name: string): number | undefined =>
    presentation.rendition(name)?.window.shown.find(({ cut }) => cut.discontinuity)?.msn
  assert.equal(discontinuity('source'), discontinuity('audio'))
  assert.equal(presentation.progress.discontinuitySequence, 2)
})

test('another picture size makes a new initialization section behind a discontinuity', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 8 })
  announce(broadcast, packets)
  const other = Buffer.from(videoTrack.codec.kind === 'h264' ? videoTrack.codec.avcC : [])
  other[3] = 0x1f
  let changed = false
  for (const packet of packets) {
    if (!changed && packet.trackId === 1 && packet.isSync && packet.dts >= 14 * 90_000) {
      changed = true
      broadcast.track({ ...videoTrack, codec: { kind: 'h264', avcC: other } })
    }
    broadcast.write(packet)
  }
  const video = playlistOf(presentation, 'source')
  assert.match(video, /init-0\.mp4[\s\S]*#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="[^"]*init-1\.mp4"/)
  assert.match(playlistOf(presentation, 'audio'), /#EXT-X-DISCONTINUITY\n/)
})

test('frames that come irregularly make no part longer than PART-TARGET, and none but the last of a segment too short', () => {
  // Decode times on the grid of sound, as flvmux of GStreamer makes them, and a browser's frames that wander.
  const grid = (dts: number): number => Math.round(Math.round(dts / 2090) * 2089.8)
  const wander = (dts: number): number => dts + Math.round(1200 * Math.sin(dts / 7001))
  // What an encoder under load sends: every tenth frame late by half a frame, key frames too.
  const late = (dts: number): number => dts + (Math.round(dts / 3000) % 10 === 0 ? 1500 : 0)
  for (const move of [grid, wander, late]) {
    const packets = synthetic({ seconds: 30, reorder: 2 }).map((packet) =>
      packet.trackId === 1 ? { ...packet, dts: move(packet.dts) } : packet,
    )
    const presentation = packageAll(packets)
    for (const rendition of presentation.renditions) {
      const target = presentation.partTarget(rendition)
      const text = playlistOf(presentation, rendition.name)
      const listed = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1])
      for (const [line, duration] of text.matchAll(/#EXT-X-PART:DURATION=([\d.]+).*/g))
        assert.ok(Number(duration) <= listed, `${line} of ${listed}`)
      for (const { parts, msn } of rendition.window.shown) {
        for (const [i, part] of parts.entries()) {
          const place = `${rendition.name} ${msn}.${i}: ${part.duration} of ${target}`
          assert.ok(part.duration <= target + 1e-9, place)
          if (i < parts.length - 1 && !part.independent) assert.ok(part.duration >= 0.85 * target - 1e-3, place)
        }
      }
    }
  }
})

test('decode times go on without a hole or an overlap where the picture size changes', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 6, audio: false })
  announce(broadcast, packets)
  const other = Buffer.from(videoTrack.codec.kind === 'h264' ? videoTrack.codec.avcC : [])
  other[3] = 0x1f
  for (const packet of packets) {
    if (packet.isSync && packet.dts === 12 * 90_000) {
      broadcast.track({ ...videoTrack, codec: { kind: 'h264', avcC: other } })
    }
    broadcast.write(packet)
  }
  const shown = presentation.rendition('source')?.window.shown ?? []
  assert.deepEqual(new Set(shown.map(({ initIndex }) => initIndex)), new Set([0, 1]))
  let end = 10 * 90_000
  for (const { baseMediaDecodeTime, ticks } of shown.flatMap(({ parts }) =>
    parts.map(({ bytes }) => readFragment(bytes)),
  )) {
    assert.equal(baseMediaDecodeTime, end)
    end += ticks
  }
})

test('decode times go on where a long group of pictures is cut without a key frame', () => {
  const presentation = packageAll(synthetic({ seconds: 30, gop: 250 / 30, reorder: 2 }))
  const parts = presentation.rendition('source')?.window.shown.flatMap((segment) => segment.parts) ?? []
  let end: number | undefined
  for (const { baseMediaDecodeTime, ticks } of parts.map(({ bytes }) => readFragment(bytes))) {
    assert.equal(baseMediaDecodeTime, end ?? baseMediaDecodeTime)
    end = baseMediaDecodeTime + ticks
  }
})

test('a segment’s decode time is when its first frame is shown, however far its frames are reordered', () => {
  for (const reorder of [0, 2]) {
    const presentation = packageAll(synthetic({ seconds: 8, reorder }))
    for (const { window } of presentation.renditions) {
      for (const { time, parts } of window.shown)
        assert.equal(readFragment(parts[0]?.bytes ?? Buffer.alloc(0)).baseMediaDecodeTime, time)
    }
  }
})

test('who keeps a packet keeps no second copy of it: packaged, its bytes are those of the part', () => {
  const packets = synthetic({ seconds: 8, reorder: 2 })
  const came = packets.map(({ data }) => Buffer.from(data))
  const presentation = packageAll(packets)
  const parts = presentation.renditions.flatMap(({ window }) => window.shown.flatMap((segment) => segment.parts))
  const buffers = new Set(parts.map(({ bytes }) => bytes.buffer))
  const moved = packets.filter(({ data }) => buffers.has(data.buffer as ArrayBuffer))
  assert.equal(
    moved.length,
    parts.reduce((sum, { frames }) => sum + frames, 0),
  )
  for (const [i, { data }] of packets.entries()) assert.deepEqual(Buffer.from(data), came[i])
})

test('later parts of a segment lie a few µs later by the playlist than by their media', () => {
  for (const fps of [24, 25, 29.97, 30, 60]) {
    const presentation = packageAll(synthetic({ seconds: 8, fps, reorder: 2 }))
    const shown = presentation.rendition('source')?.window.shown ?? []
    const listed = parseMediaPlaylist(playlistOf(presentation, 'source')).segments.slice(-shown.length)
    for (const [index, { parts }] of listed.entries()) {
      const decoded = (shown[index]?.parts ?? []).map(({ bytes }) => readFragment(bytes).baseMediaDecodeTime / 90_000)
      let at = decoded[0] ?? 0
      for (const [i, part] of parts.entries()) {
        const late = at - (decoded[i] ?? 0)
        if (i > 0) assert.ok(late > 5e-6 && late < 5e-4, `${fps} fps, part ${index}.${i}: ${late}`)
        at += part.duration
      }
    }
  }
})

test('the date of a segment of sound is that of its first frame', () => {
  const presentation = packageAll(synthetic({ seconds: 8 }))
  const [source, audio] = ['source', 'audio'].map((name) => presentation.rendition(name)?.window.shown ?? [])
  const dates = parseMediaPlaylist(playlistOf(presentation, 'audio')).segments
  for (const [i, segment] of (audio ?? []).entries()) {
    const picture = source?.[i]
    assert.ok(picture !== undefined)
    const behind = (segment.time / 48_000 - picture.time / 90_000) * 1000
    const date = dates[i]?.programDateTime ?? 0
    assert.ok(Math.abs(date - picture.cut.programDateTime - behind) <= 1, `${i}: ${date}`)
  }
  assert.ok((audio?.length ?? 0) > 2)
})

test('the frame rate is the picture’s when the encoder is gone and sound came last', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 5, fps: 25 })
  announce(broadcast, packets)
  for (const packet of packets) if (packet.trackId === 2 || packet.dts < 14 * 90_000) broadcast.write(packet)
  broadcast.discontinuity()
  assert.equal(Math.round(presentation.frameRate), 25)
})

test('sound that stops is filled with silence, so that the picture goes on', () => {
  const packets = synthetic({ seconds: 20 }).filter(
    (packet) => packet.trackId === 1 || packet.dts < 14 * 48_000 || packet.dts > 20 * 48_000,
  )
  const presentation = packageAll(packets)
  const video = presentation.rendition('source')?.window.shown.at(-1)?.msn ?? 0
  const audio = presentation.rendition('audio')?.window.shown.at(-1)?.msn ?? 0
  assert.ok(video - audio <= 1, `${video} ${audio}`)
})

test('a picture that stands still does not stop the sound; what is missing of it is a gap', () => {
  const packets = synthetic({ seconds: 24 }).filter(
    (packet) => packet.trackId === 2 || packet.dts < 15 * 90_000 || packet.dts >= 26 * 90_000,
  )
  const presentation = packageAll(packets)
  assert.match(playlistOf(presentation, 'source'), /#EXT-X-GAP\n/)
  const audio = presentation.rendition('audio')?.window.shown ?? []
  for (const segment of audio) assert.ok(Math.round(segment.duration) <= 2, String(segment.duration))
  assert.ok(audio.reduce((sum, { duration }) => sum + duration, 0) > 20)
})

test('sound that comes late joins at a segment boundary and makes players load anew', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 12 }).filter((packet) => packet.trackId === 1 || packet.dts >= 15 * 48_000)
  broadcast.track(videoTrack)
  let before = ''
  for (const packet of packets) {
    if (packet.trackId === 2 && before === '') {
      before = presentation.revision
      broadcast.track(audioTrack)
    }
    broadcast.write(packet)
  }
  assert.equal(presentation.renditions.length, 2)
  assert.notEqual(presentation.revision, before)
})

test('the end of a broadcast is an ENDLIST, a stop of the server is none', () => {
  for (const how of ['ended', 'stopped'] as const) {
    const { broadcast, presentation } = openPresentation()
    const packets = synthetic({ seconds: 5 })
    announce(broadcast, packets)
    for (const packet of packets) broadcast.write(packet)
    broadcast.end(how)
    assert.equal(playlistOf(presentation, 'source').includes('#EXT-X-ENDLIST'), how === 'ended')
    assert.equal(playlistOf(presentation, 'source').includes('#EXT-X-PRELOAD-HINT'), how !== 'ended')
  }
})

test('the window stays within liveSeconds and within its bytes', () => {
  const presentation = packageAll(synthetic({ seconds: 120 }), { liveSeconds: 20 })
  for (const { window } of presentation.renditions) {
    const shown = window.shown.reduce((sum, { duration }) => sum + duration, 0)
    assert.ok(shown >= 20 && shown < 24, String(shown))
  }
  const small = packageAll(synthetic({ seconds: 120, bytes: 10_000 }), { liveSeconds: 20, maxWindowBytes: 2_000_000 })
  assert.ok((small.rendition('source')?.window.bytes ?? 0) <= 2_000_000 + 700_000)
})

for (const profile of ['standard', 'low'] as const) {
  test(`a cut without a key frame leaves no part of a frame or two, neither of picture nor of sound: ${profile}`, () => {
    for (const fps of [24, 25, 29.97, 30, 50, 60]) {
      const presentation = packageAll(synthetic({ seconds: 60, fps, gop: 250 / fps, reorder: 2 }), { profile })
      for (const { name, window } of presentation.renditions) {
        for (const { msn, parts } of window.shown) {
          // Only a key frame, which comes when it comes, may leave less; then the window holds the EXTINF back.
          const next = presentation.rendition('source')?.window.segment(msn + 1)?.parts[0]
          if (next === undefined || next.independent) continue
          const tail = parts.at(-1)?.duration ?? 0
          assert.ok(tail > 0.06, `${fps} fps, ${name} ${msn}: ${parts.map(({ duration }) => duration.toFixed(3))}`)
        }
      }
    }
  })
}

test('an encoder that begins with a burst is dated by its frames that came with the least delay', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 3, audio: false })
  announce(broadcast, packets)
  const began = Date.now()
  for (const packet of packets) broadcast.write(packet)
  // All at once: the frame at 0.15 s and more came now, so the first one was taken before.
  const at = presentation.rendition('source')?.window.shown[0]?.cut.programDateTime ?? 0
  assert.ok(at <= began - 100, `${at - began}`)
})

test('a broadcast is awaited while a request waits for one of its playlists', () => {
  const { broadcast, presentation } = openPresentation()
  announce(broadcast, synthetic({ seconds: 4 }))
  for (const packet of synthetic({ seconds: 4 })) broadcast.write(packet)
  assert.equal(broadcast.isAwaited, false)
  const window = presentation.rendition('audio')?.window
  const leave = window?.wait({ msn: (window.lastMsn ?? 0) + 1, part: 0, wake: () => {} })
  assert.equal(broadcast.isAwaited, true)
  leave?.()
  assert.equal(broadcast.isAwaited, false)
})
