import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import type { Segment } from '../../../src/packager/segment.ts'
import { type Copy, copyOf, copyTrack, otherTrack, writeWithCopies } from '../../light/ladder-packets.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { readFragment } from '../../light/read-fragment.ts'
import { type SyntheticOptions, synthetic } from '../../light/synthetic.ts'
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
  presentation.rungs.track('480p', copyTrack)
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
        presentation.rungs.track('480p', copyTrack)
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

/** Which segments of a rung another quality's frames stand in for, by media sequence number. */
const lent = (presentation: Presentation, name: string): number[] => {
  const rendition = presentation.rendition(name)
  return shown(presentation, name)
    .filter(({ gap, initIndex }) => !gap && rendition?.isLent(initIndex))
    .map(({ msn }) => msn)
}
const gapsOf = (presentation: Presentation, name: string): number[] =>
  playlistOf(presentation, name)
    .segments.filter(({ gap }) => gap)
    .map(({ msn }) => msn)

// 14.0 s is a cut: with the last frame before it a segment is complete.
const pauses: { name: string; from: number; told: boolean; gaps: number[]; lent: number[] }[] = [
  { name: 'pauses at a cut', from: 14, told: true, gaps: [], lent: [2, 3, 4, 5, 6, 7] },
  { name: 'pauses within a segment', from: 14.7, told: true, gaps: [], lent: [3, 4, 5, 6, 7] },
  { name: 'falls silent at a cut', from: 14, told: false, gaps: [2, 3], lent: [4, 5, 6, 7] },
  { name: 'falls silent within a segment', from: 14.7, told: false, gaps: [3], lent: [4, 5, 6, 7] },
]
for (const { name, from, told, gaps, lent: expected } of pauses) {
  for (const source of [{}, { reorder: 2 }]) {
    const words = source.reorder === undefined ? '' : ', with B-frames'
    test(`for a rung that ${name} the source stands in until its own key frame at a cut, and nothing shifts${words}`, () => {
      let paused = false
      const read = reader()
      const shift = (source.reorder ?? 0) / 30
      const presentation = packaged(
        { seconds: 40, ...source },
        { lag: 0.2, only: (time) => time < from + shift - 0.001 || time > 23.5 },
        (each, time) => {
          if (told && !paused && time > from + 0.15) {
            paused = true
            each.rungs.pause('480p')
          }
          // What stands still within a segment is one picture: its part is longer than others.
          if (each.ready && from === 14) read(each)
        },
      )
      assert.deepEqual(gapsOf(presentation, '480p'), gaps)
      assert.deepEqual(lent(presentation, '480p'), expected)
      const [own, other] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
      sameTimes(own, other)
      assert.equal(
        own.segments.some(({ discontinuity }) => discontinuity),
        false,
      )
      for (const msn of [4, 8]) {
        const begun = shown(presentation, '480p').find((each) => each.msn === msn)
        assert.equal(begun?.parts[0]?.independent, true)
        assert.equal(begun?.time, presentation.rendition('source')?.window.segment(msn)?.time)
      }
    })
  }
}

test('where nothing can stand in, a gap is listed as soon as its segment begins, so that players move on at once', () => {
  // After the first key frame none is at a cut.
  const gop = [0, ...Array.from({ length: 30 }, (_, index) => 1.3 + index * 1.3)]
  const behind: number[] = []
  const presentation = packaged({ seconds: 20, gop }, { lag: 0.05, only: (time) => time < 14 }, (each, time) => {
    if (time > 14.06) each.rungs.pause('480p')
    if (time > 14.07) behind.push((each.newestCut?.msn ?? 0) - (each.rendition('480p')?.window.lastMsn ?? 0))
  })
  assert.ok(Math.max(...behind) <= 1)
  sameTimes(playlistOf(presentation, '480p'), playlistOf(presentation, 'source'))
})

test('the next smaller quality stands in, and where there is none the next larger one', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 30 })
  announce(broadcast, packets)
  presentation.rungs.expect(['720p', '480p', '360p'])
  const track = (level: number) => {
    const avcC = Buffer.from(copyTrack.codec.kind === 'h264' ? copyTrack.codec.avcC : [])
    avcC[3] = level
    return { ...copyTrack, codec: { kind: 'h264' as const, avcC } }
  }
  for (const [index, name] of ['720p', '480p', '360p'].entries()) presentation.rungs.track(name, track(0x20 + index))
  const done = new Set<string>()
  const copies = [
    { name: '720p', lag: 0.2, only: (time: number) => time < 13.999 || time > 21.9 },
    { name: '480p', lag: 0.25, only: (time: number) => time < 19.999 },
    { name: '360p', lag: 0.15, only: (time: number) => time < 27.999 },
  ]
  writeWithCopies(broadcast, presentation, packets, copies, (time) => {
    for (const [name, at] of [
      ['720p', 14.3],
      ['480p', 20.3],
      ['360p', 28.3],
    ] as const) {
      if (done.has(name) || time < at) continue
      done.add(name)
      presentation.rungs.pause(name)
    }
  })
  const whose = (name: string): (number | undefined)[] => {
    const rendition = presentation.rendition(name)
    return shown(presentation, name).map(({ initIndex }) => {
      const { codec } = rendition?.tracks[initIndex] ?? assert.fail()
      return codec.kind === 'h264' ? codec.avcC[3] : undefined
    })
  }
  const [source, p720, p480, p360] = [whose('source')[0], 0x20, 0x21, 0x22]
  assert.deepEqual(whose('720p').slice(0, 14), [
    p720,
    p720,
    p480,
    p480,
    p480,
    p360,
    p360,
    p720,
    p720,
    p720,
    p720,
    p720,
    p720,
    p720,
  ])
  assert.deepEqual(whose('480p').slice(0, 14), [
    p480,
    p480,
    p480,
    p480,
    p480,
    p360,
    p360,
    p360,
    p360,
    p720,
    p720,
    p720,
    p720,
    p720,
  ])
  assert.deepEqual(whose('360p').slice(9, 14), [p720, p720, p720, p720, p720])
  assert.ok(source !== p720)
  for (const name of ['720p', '480p', '360p']) {
    assert.deepEqual(gapsOf(presentation, name), [])
    sameTimes(playlistOf(presentation, name), playlistOf(presentation, 'source'))
  }
})

test('frames of an earlier connection that come late are not taken', () => {
  const { broadcast, presentation } = openPresentation()
  const first = synthetic({ seconds: 6.5 })
  announce(broadcast, first)
  presentation.rungs.track('480p', copyTrack)
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
  presentation.rungs.track('480p', copyTrack)
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
  presentation.rungs.track('480p', copyTrack)
  let changed = false
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2 }], (time) => {
    // Before the key frame at 16 s.
    if (changed || time < 16.19) return
    changed = true
    presentation.rungs.track('480p', otherTrack)
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
  presentation.rungs.track('480p', copyTrack)
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2 }])
  const missing = gapsOf(presentation, 'source').filter((msn) => !gapsOf(presentation, '480p').includes(msn))
  assert.deepEqual(missing, [])
})
