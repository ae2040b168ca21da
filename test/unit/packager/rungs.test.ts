import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import type { Segment } from '../../../src/packager/live-window.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import { type Copy, copyOf, writeWithCopies } from '../../light/ladder-packets.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { readFragment } from '../../light/read-fragment.ts'
import { type SyntheticOptions, synthetic, videoTrack } from '../../light/synthetic.ts'
import { checkMediaPlaylist, checkReload } from '../../oracles/playlist-rules.ts'
import { parseMediaPlaylist, type StrictMedia } from '../../oracles/strict-playlist.ts'

const playlistOf = (presentation: Presentation, name: string): StrictMedia => {
  const rendition = presentation.rendition(name)
  assert.ok(rendition)
  return parseMediaPlaylist(renderMediaPlaylist(describe(presentation, rendition)))
}

const shown = (presentation: Presentation, name: string): readonly Segment[] =>
  presentation.rendition(name)?.window.shown ?? []

/** A broadcast with one copy of its picture, `480p`. */
function packaged(
  source: Omit<SyntheticOptions, 'seconds'> & { seconds?: number },
  copy: Partial<Copy> = {},
  each?: (presentation: Presentation, time: number) => void,
): Presentation {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 30, ...source })
  announce(broadcast, packets)
  presentation.rungs.expect(['480p'])
  presentation.rungs.track('480p', videoTrack)
  const copies = [{ name: '480p', lag: 0.2, ...copy }]
  writeWithCopies(broadcast, presentation, packets, copies, (time) => each?.(presentation, time))
  return presentation
}

/** Reads the playlists again and again, as often as players do: each is right, and goes on from the one before. */
function reader(): (presentation: Presentation) => void {
  const before = new Map<string, StrictMedia>()
  let version = -1
  return (presentation) => {
    const versions = presentation.renditions.reduce((sum, { window }) => sum + window.version, 0)
    if (versions - version < 4) return
    version = versions
    for (const { name } of presentation.renditions) {
      const now = playlistOf(presentation, name)
      checkMediaPlaylist(now)
      const last = before.get(name)
      if (last !== undefined) checkReload(last, now)
      before.set(name, now)
    }
  }
}

const sources: { name: string; source: Omit<SyntheticOptions, 'seconds'> }[] = [
  { name: '30 fps', source: { fps: 30 } },
  { name: '25 fps', source: { fps: 25 } },
  { name: '60 fps, 1 s', source: { fps: 60, gop: 1 } },
  { name: '50 fps', source: { fps: 50 } },
  { name: '30 fps with B-frames', source: { fps: 30, reorder: 2 } },
  { name: 'OBS as it comes', source: { fps: 30, gop: 250 / 30, reorder: 2 } },
  { name: 'picture alone', source: { audio: false } },
]

for (const { name, source } of sources) {
  for (const lag of [0.01, 0.5]) {
    suite(`a rung ${lag} s behind, ${name}`, () => {
      const presentation = packaged(source, { lag })
      const pairs = shown(presentation, '480p').map(
        (own) => [own, presentation.rendition('source')?.window.segment(own.msn)] as const,
      )

      test('has every segment of the source from the first on', () => {
        assert.ok(pairs.length >= 12, String(pairs.length))
        assert.equal(pairs[0]?.[0].msn, shown(presentation, 'source')[0]?.msn)
        for (const [own] of pairs) assert.equal(own.gap, false)
      })

      test('begins its segments at the same presentation times', () => {
        for (const [own, other] of pairs) {
          const key = own.parts[0]?.independent === true
          assert.ok(
            Math.abs(own.time - (other?.time ?? 0)) <= (key ? 0 : 90),
            `${own.msn}: ${own.time}, ${other?.time}`,
          )
          assert.ok(
            Math.abs(own.duration - (other?.duration ?? 0)) < 0.0011,
            `${own.msn}: ${own.duration}, ${other?.duration}`,
          )
          assert.equal(own.cut, other?.cut)
        }
      })

      test('has all frames of the source one behind the other, and its key frames', () => {
        const durations = (rendition: string): number[] =>
          shown(presentation, rendition).flatMap(({ parts }) =>
            parts.flatMap(({ bytes }) => readFragment(bytes).durations),
          )
        const own = durations('480p')
        assert.ok(own.length > 100)
        // Whole milliseconds.
        for (const [i, ticks] of durations('source').slice(0, own.length).entries())
          assert.ok(Math.abs(ticks - (own[i] ?? 0)) <= 90, `frame ${i}: ${own[i]}, ${ticks}`)
        let end: number | undefined
        for (const { baseMediaDecodeTime, ticks } of pairs.flatMap(([{ parts }]) =>
          parts.map(({ bytes }) => readFragment(bytes)),
        )) {
          assert.equal(baseMediaDecodeTime, end ?? pairs[0]?.[1]?.time)
          end = baseMediaDecodeTime + ticks
        }
        for (const [own, other] of pairs)
          assert.deepEqual(
            own.parts.map(({ independent }) => independent),
            other?.parts.map(({ independent }) => independent),
          )
      })

      test('cuts its parts where the source does, to a frame', () => {
        for (const [own, other] of pairs) {
          assert.equal(own.parts.length, other?.parts.length, `${own.msn}`)
          for (const [i, part] of own.parts.entries())
            assert.ok(Math.abs(part.duration - (other?.parts[i]?.duration ?? 0)) < 0.0345, `${own.msn}.${i}`)
        }
      })

      test('is listed by the rules', () => reader()(presentation))
    })
  }
}

for (const fps of [24, 25, 30, 50, 60]) {
  test(`half of the frames of ${fps} a second still make parts by the rules`, () => {
    const presentation = packaged({ fps }, { every: 2 })
    const target = presentation.partTarget(presentation.rendition('480p') ?? assert.fail())
    assert.equal(target, presentation.partTarget(presentation.rendition('source') ?? assert.fail()))
    for (const { msn, parts } of shown(presentation, '480p')) {
      for (const [i, { duration }] of parts.entries()) {
        const place = `${msn}.${i}: ${parts.map((part) => part.duration.toFixed(3))} of ${target}`
        assert.ok(duration <= target + 1e-9, place)
        if (i < parts.length - 1) assert.ok(duration >= 0.85 * target - 1e-3, place)
      }
    }
  })
}

test('players are let in together with the rungs that are on their way', () => {
  let readyWithout = 0
  let ready = 0
  const presentation = packaged({ seconds: 4 }, { lag: 0.5 }, (each) => {
    const playable = each.rendition('480p')?.window.playable === true
    if (each.ready) ready++
    if (each.ready && !playable) readyWithout++
  })
  assert.ok(ready > 0)
  assert.equal(readyWithout, 0)
  assert.deepEqual(
    presentation.renditions.map(({ name }) => name),
    ['source', '480p', 'audio'],
  )
})

test('a rung that will not come after all keeps nobody out', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 4 })
  announce(broadcast, packets)
  presentation.rungs.expect(['480p'])
  for (const packet of packets.slice(0, 200)) broadcast.write(packet)
  assert.equal(presentation.ready, false)
  presentation.rungs.pause('480p')
  assert.equal(presentation.ready, true)
})

test('a rung that comes late begins with the others’ playlist, and makes nobody load anew', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 30 })
  announce(broadcast, packets)
  let revision = ''
  let begun = false
  const read = reader()
  writeWithCopies(
    broadcast,
    presentation,
    packets,
    [{ name: '480p', lag: 0.2, only: (time) => time > 20.5 }],
    (time) => {
      if (!begun && time > 20) {
        begun = true
        revision = presentation.revision
        presentation.rungs.expect(['480p'])
        presentation.rungs.track('480p', videoTrack)
      }
      if (presentation.ready) read(presentation)
    },
  )
  assert.equal(presentation.revision, revision)
  const [own, other] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
  assert.equal(own.mediaSequence, other.mediaSequence)
  assert.deepEqual(
    own.segments.filter(({ gap }) => gap).map(({ msn }) => msn),
    [0, 1, 2, 3, 4, 5],
  )
  sameTimes(own, other)
})

/** The same numbers at the same times, whatever is a gap. */
function sameTimes(own: StrictMedia, other: StrictMedia): void {
  for (const segment of own.segments) {
    const same = other.segments.find(({ msn }) => msn === segment.msn)
    if (same === undefined) continue
    assert.equal(segment.programDateTime, same.programDateTime)
    assert.ok(
      Math.abs(segment.duration - same.duration) < 0.002,
      `${segment.msn}: ${segment.duration}, ${same.duration}`,
    )
  }
}

const pauses: { name: string; from: number; gaps: number[] }[] = [
  // 14.0 s is a cut: with the last frame before it a segment is complete.
  { name: 'at a cut', from: 14, gaps: [2, 3, 4, 5, 6] },
  { name: 'within a segment', from: 14.7, gaps: [3, 4, 5, 6] },
]
for (const { name, from, gaps } of pauses) {
  for (const told of [true, false]) {
    test(`a rung that ${told ? 'pauses' : 'falls silent'} ${name} has gaps until a key frame at a cut, and no shift`, () => {
      let paused = false
      const read = reader()
      const presentation = packaged(
        { seconds: 40 },
        { lag: 0.2, only: (time) => time < from - 0.001 || time > 23.5 },
        (each, time) => {
          if (told && !paused && time > from + 0.15) {
            paused = true
            each.rungs.pause('480p')
          }
          // What stands still within a segment is one picture: its part is longer than others.
          if (each.ready && name === 'at a cut') read(each)
        },
      )
      const [own, other] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
      assert.deepEqual(
        own.segments.filter(({ gap }) => gap).map(({ msn }) => msn),
        gaps,
      )
      sameTimes(own, other)
      const again = shown(presentation, '480p').find(({ msn }) => msn === 7)
      assert.equal(again?.parts[0]?.independent, true)
      assert.equal(again?.time, 24 * 90_000)
    })
  }
}

test('the gap of a paused rung is listed as soon as its segment begins, so that players move on at once', () => {
  const late: number[] = []
  packaged({ seconds: 20 }, { lag: 0.05, only: (time) => time < 13.999 }, (each, time) => {
    if (time > 14.06) each.rungs.pause('480p')
    const behind = (each.newestCut?.msn ?? 0) - (each.rendition('480p')?.window.lastMsn ?? 0)
    if (time > 14.07) late.push(behind)
  })
  assert.equal(Math.max(...late), 0)
})

test('a rung goes on where it is expected again, with the next key frame at a cut', () => {
  const presentation = packaged(
    { seconds: 20 },
    { lag: 0.4, only: (time) => time < 13.999 || time > 17.9 },
    (each, time) => {
      if (Math.abs(time - 14.5) < 0.02) each.rungs.pause('480p')
      if (Math.abs(time - 17.5) < 0.02) each.rungs.expect(['480p'])
    },
  )
  const gaps = playlistOf(presentation, '480p').segments.filter(({ gap }) => gap)
  assert.deepEqual(
    gaps.map(({ msn }) => msn),
    [2, 3],
  )
})

test('frames of an earlier connection that come late are not taken', () => {
  const { broadcast, presentation } = openPresentation()
  const first = synthetic({ seconds: 6.5 })
  announce(broadcast, first)
  presentation.rungs.track('480p', videoTrack)
  writeWithCopies(broadcast, presentation, first, [{ name: '480p', lag: 0.1, only: (time) => time < 16.2 }])
  broadcast.discontinuity()
  const end = presentation.rendition('480p')?.window.bytes
  for (const packet of copyOf(first, { only: (time) => time >= 16.2 })) presentation.rungs.packet('480p', packet)
  assert.equal(presentation.rendition('480p')?.window.bytes, end)
  const second = synthetic({ seconds: 8, from: broadcast.nextStartTime })
  announce(broadcast, second)
  for (const packet of second.slice(0, 20)) broadcast.write(packet)
  for (const packet of copyOf(first, { only: (time) => time >= 16 })) presentation.rungs.packet('480p', packet)
  assert.equal(presentation.rendition('480p')?.window.bytes, end)
  presentation.rungs.track('480p', videoTrack)
  writeWithCopies(broadcast, presentation, second.slice(20), [{ name: '480p', lag: 0.1 }])
  const [own, other] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
  assert.deepEqual(
    own.segments.map(({ discontinuity }) => discontinuity),
    other.segments.map(({ discontinuity }) => discontinuity),
  )
  sameTimes(own, other)
})

test('another configuration of a rung is another initialization section, and a discontinuity for nobody', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 12 })
  announce(broadcast, packets)
  presentation.rungs.track('480p', videoTrack)
  const other = Buffer.from(videoTrack.codec.kind === 'h264' ? videoTrack.codec.avcC : [])
  other[3] = 0x1f
  let changed = false
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2 }], (time) => {
    // Before the key frame at 16 s.
    if (changed || time < 16.19) return
    changed = true
    presentation.rungs.track('480p', { ...videoTrack, codec: { kind: 'h264', avcC: other } })
  })
  const own = playlistOf(presentation, '480p')
  assert.equal(new Set(own.segments.map(({ map }) => map)).size, 2)
  assert.equal(
    own.segments.some(({ gap, discontinuity }) => gap || discontinuity),
    false,
  )
  assert.equal(
    playlistOf(presentation, 'source').segments.some(({ discontinuity }) => discontinuity),
    false,
  )
})

test('a picture that stands still is a gap in every quality of it', () => {
  const still = (time: number): boolean => time < 15 || time >= 26
  const packets = synthetic({ seconds: 24 }).filter((packet) => packet.trackId === 2 || still(packet.dts / 90_000))
  const { broadcast, presentation } = openPresentation()
  announce(broadcast, packets)
  presentation.rungs.track('480p', videoTrack)
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2 }])
  const gaps = (name: string): number[] =>
    playlistOf(presentation, name)
      .segments.filter(({ gap }) => gap)
      .map(({ msn }) => msn)
  const missing = gaps('source').filter((msn) => !gaps('480p').includes(msn))
  assert.deepEqual(missing, [])
})
