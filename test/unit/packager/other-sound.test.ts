import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { multivariantPlaylist } from '../../../src/deliver/hls/multivariant.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import type { Packet, Track } from '../../../src/media/packet.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import { announce, openPresentation, seconds } from '../../light/package-packets.ts'
import { type SyntheticOptions, synthetic } from '../../light/synthetic.ts'
import { readByMp4box } from '../../oracles/frames.ts'
import { checkMediaPlaylist, checkMultivariant } from '../../oracles/playlist-rules.ts'
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../oracles/strict-playlist.ts'
import { opusHeadCases } from '../media/opus.cases.ts'

const opusTrack: Track = { id: 2, codec: { kind: 'opus', opusHead: opusHeadCases[0].wire }, timescale: 48_000 }
const SILENCE = 3
const LATE_CUT = 0.06

type Opus = {
  /** Seconds of media that it takes. */
  readonly lag?: number
  /** Only packets of these times (seconds) come. */
  readonly only?: (time: number) => boolean
}

/** What a transcoder makes of a stretch of sound: packets that begin a little before it. */
function opusOf(from: number, to: number): Packet[] {
  const packets: Packet[] = []
  for (let dts = Math.round(from * 48_000) - 312; dts < to * 48_000; dts += 960)
    packets.push({ trackId: 2, dts, cts: 0, isSync: true, data: new Uint8Array(240) })
  return packets
}

/** Writes a connection's packets, and those of Opus when they are due. */
function write(
  { broadcast, presentation }: ReturnType<typeof openPresentation>,
  packets: readonly Packet[],
  { lag = 0.1, only = () => true }: Opus = {},
): void {
  announce(broadcast, packets)
  const first = packets.find(({ trackId }) => trackId === 2)
  const times = packets.map(seconds)
  const opus = first === undefined ? [] : opusOf(first.dts / 48_000, times.at(-1) ?? 0)
  const due = [
    ...packets.map((packet) => ({ at: seconds(packet), write: () => broadcast.write(packet) })),
    ...opus
      .filter(({ dts }) => only(dts / 48_000) && dts / 48_000 + lag <= (times.at(-1) ?? 0))
      .map((packet) => ({ at: packet.dts / 48_000 + lag, write: () => presentation.opus.packet(packet) })),
  ]
  for (const { write: now } of due.sort((a, b) => a.at - b.at)) now()
}

function packaged(source: Partial<SyntheticOptions>, opus?: Opus): Presentation {
  const opened = openPresentation()
  opened.presentation.opus.track(opusTrack)
  write(opened, synthetic({ seconds: 30, ...source }), opus)
  return opened.presentation
}

const playlistOf = (presentation: Presentation, name: string) => {
  const rendition = presentation.rendition(name) ?? assert.fail(name)
  return parseMediaPlaylist(renderMediaPlaylist(describe(presentation, rendition)))
}

/** All that it has shown, as a demuxer of another make reads it: decode times in ticks, and sizes of its packets. */
function shown(presentation: Presentation): { readonly dts: number; readonly bytes: number }[] {
  const { window, inits } = presentation.rendition('opus') ?? assert.fail('there is none')
  const parts = window.shown.flatMap((segment) => segment.parts.map(({ bytes }) => bytes ?? assert.fail('it is gone')))
  const { frames } = readByMp4box(Buffer.concat([inits[0] ?? assert.fail('no initialisation'), ...parts]))
  return frames.map(({ dts, size }) => ({ dts: Math.round(dts * 48_000), bytes: size }))
}

const steps = (presentation: Presentation): number[] => {
  const all = shown(presentation).map(({ dts }) => dts)
  return [...new Set(all.slice(1).map((dts, index) => dts - (all[index] ?? 0)))]
}

const SOURCES: readonly (readonly [string, Partial<SyntheticOptions>])[] = [
  ['30 frames a second', {}],
  ['B-frames', { reorder: 2 }],
  ['sound alone', { video: false }],
  ['OBS as it comes', { gop: 250 / 30, reorder: 2 }],
]

for (const [name, source] of SOURCES) {
  for (const lag of [0, 0.1, 1]) {
    test(`the sound in Opus, ${lag} s behind, is cut where the other is, without a hole: ${name}`, () => {
      const presentation = packaged(source, { lag })
      const own = presentation.rendition('opus')?.window.shown ?? []
      assert.ok(own.length >= 10, String(own.length))
      for (const { msn, duration, gap } of own.slice(0, -1)) {
        const other = presentation.rendition('audio')?.window.segment(msn)
        assert.equal(gap, false)
        assert.ok(other !== undefined && Math.abs(other.duration - duration) < LATE_CUT, `${msn}: ${duration}`)
      }
      assert.deepEqual(steps(presentation), [960])
      checkMediaPlaylist(playlistOf(presentation, 'opus'))
    })
  }
}

test('both forms are in the multivariant playlist, each with the variants it belongs to, and AAC first and by default', () => {
  const presentation = packaged({})
  const multivariant = parseMultivariantPlaylist(multivariantPlaylist(presentation))
  checkMultivariant(multivariant)
  assert.deepEqual(
    multivariant.variants.map(({ uri, attributes }) => [uri, attributes.get('CODECS'), attributes.get('AUDIO')]),
    [
      ['source.m3u8', '"avc1.64001e,mp4a.40.2"', '"audio"'],
      ['audio.m3u8', '"mp4a.40.2"', '"audio"'],
      ['source.m3u8', '"avc1.64001e,opus"', '"opus"'],
      ['opus.m3u8', '"opus"', '"opus"'],
    ],
  )
  assert.deepEqual(
    multivariant.media.map((media) => [media.get('URI'), media.get('DEFAULT')]),
    [
      ['"audio.m3u8"', 'YES'],
      ['"opus.m3u8"', 'NO'],
    ],
  )
})

test('what doesn’t come is silence, and what comes too late is left out', () => {
  const presentation = packaged({}, { only: (time) => time < 16 || time > 22 })
  assert.deepEqual(steps(presentation), [960])
  const silent = shown(presentation).filter(({ bytes }) => bytes === SILENCE)
  assert.ok(Math.abs(silent.length * 0.02 - 6) < 0.1, String(silent.length))
  checkMediaPlaylist(playlistOf(presentation, 'opus'))
})

test('one that pauses is offered to nobody who comes, and goes on as silence for who plays it', () => {
  const opened = openPresentation()
  opened.presentation.opus.track(opusTrack)
  write(opened, synthetic({ seconds: 6 }))
  const names = (): string[] => opened.presentation.renditions.map(({ name }) => name)
  assert.deepEqual(names(), ['source', 'audio', 'opus'])
  opened.presentation.opus.pause()
  assert.deepEqual(names(), ['source', 'audio'])
  write(opened, synthetic({ seconds: 10, from: 16 }), { only: () => false })
  assert.ok((opened.presentation.rendition('opus')?.window.lastMsn ?? 0) >= 5)
  assert.equal(opened.presentation.ready, true)
})

test('it begins with a segment that it has all of', () => {
  const presentation = packaged({}, { only: (time) => time > 15 })
  const [gap, ...others] = presentation.rendition('opus')?.window.shown ?? []
  assert.equal(gap?.gap, true)
  const [whole] = others.filter((segment) => !segment.gap)
  assert.ok(whole !== undefined && Math.abs(whole.duration - 2) < LATE_CUT, String(whole?.duration))
})

test('a connection that returns goes on behind one discontinuity, and what the first had no time for is silence', () => {
  const opened = openPresentation()
  const { broadcast, presentation } = opened
  presentation.opus.track(opusTrack)
  write(opened, synthetic({ seconds: 7 }), { lag: 0.2 })
  broadcast.discontinuity()
  write(opened, synthetic({ seconds: 10, from: broadcast.nextStartTime }), { lag: 0.2 })
  const own = playlistOf(presentation, 'opus')
  checkMediaPlaylist(own)
  const discontinuities = (name: string): (number | undefined)[] =>
    (presentation.rendition(name)?.window.shown ?? []).flatMap(({ cut, msn }) => (cut.discontinuity ? [msn] : []))
  assert.deepEqual(discontinuities('opus'), discontinuities('source'))
  const silent = shown(presentation).filter(({ bytes }) => bytes === SILENCE)
  assert.ok(silent.length > 0 && silent.length < 20, String(silent.length))
  const all = shown(presentation).map(({ dts }) => dts)
  for (const [index, dts] of all.entries()) if (index > 0) assert.ok(Math.abs(dts - (all[index - 1] ?? 0) - 960) < 1500)
})
