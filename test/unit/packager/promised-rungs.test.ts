import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Manifests } from '../../../src/deliver/dash/manifests.ts'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { multivariantPlaylist } from '../../../src/deliver/hls/multivariant.ts'
import { RewindPlaylists } from '../../../src/deliver/hls/rewind-playlists.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import { Broadcast } from '../../../src/live/broadcast.ts'
import type { PromisedRung } from '../../../src/live/rungs.ts'
import { parseAvcC } from '../../../src/media/avcc.ts'
import type { Track } from '../../../src/media/packet.ts'
import { Presentation, shapeOf } from '../../../src/packager/presentation.ts'
import { resume } from '../../../src/packager/resume.ts'
import { copyTrack, writeWithCopies } from '../../light/ladder-packets.ts'
import { MemoryKeeper } from '../../light/memory-keeper.ts'
import { announce, openPresentation, PACKAGING, START } from '../../light/package-packets.ts'
import { type SyntheticOptions, synthetic } from '../../light/synthetic.ts'
import { checkMediaPlaylist, checkReload } from '../../oracles/playlist-rules.ts'
import { parseMpd, type StrictMpd } from '../../oracles/strict-mpd.ts'
import { parseMediaPlaylist, parseMultivariantPlaylist, type StrictMedia } from '../../oracles/strict-playlist.ts'

const PROMISED: PromisedRung = {
  ...{ name: '480p', always: false, codecs: 'avc1.4d401e', width: 854, height: 480 },
  ...{ framesPerSecond: 30, bitrate: 1_200_000, peakBitrate: 1_500_000 },
}

const playlistOf = (presentation: Presentation, name: string): StrictMedia => {
  const rendition = presentation.rendition(name)
  assert.ok(rendition)
  return parseMediaPlaylist(renderMediaPlaylist(describe(presentation, rendition)))
}

type Play = {
  readonly source?: Partial<SyntheticOptions>
  /** When its own frames come. */
  readonly awake?: (time: number) => boolean
  /** When it is said that nobody watches it any more. */
  readonly sleepAt?: number
  readonly keeper?: MemoryKeeper
  readonly each?: (presentation: Presentation, time: number) => void
}

/** A broadcast with a promised rung, from 10 s of its time on. */
function play({ source = {}, awake = () => false, sleepAt, keeper, each }: Play = {}) {
  const { broadcast, presentation } = openPresentation({ liveSeconds: 30 }, {}, keeper)
  const packets = synthetic({ seconds: 30, ...source })
  announce(broadcast, packets)
  presentation.rungs.expect(['480p'], [PROMISED])
  let isAnnounced = false
  let sleeps = false
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2, only: awake }], (time) => {
    if (!isAnnounced && awake(time)) {
      isAnnounced = true
      presentation.rungs.track('480p', copyTrack)
    }
    if (sleepAt !== undefined && !sleeps && time > sleepAt + 0.15) {
      sleeps = true
      presentation.rungs.sleep('480p')
    }
    each?.(presentation, time)
  })
  return { broadcast, presentation }
}

/** Reads the rung's playlist again and again: each is right, goes on from the one before, and is as long as the source's. */
function reader(): (presentation: Presentation) => void {
  let before: StrictMedia | undefined
  let version = -1
  return (presentation) => {
    const now = presentation.rendition('480p')
    if (!presentation.ready || now === undefined || now.window.version - version < 3) return
    version = now.window.version
    const read = playlistOf(presentation, '480p')
    checkMediaPlaylist(read)
    if (before !== undefined) checkReload(before, read)
    before = read
  }
}

const ownOf = (presentation: Presentation): number[] => {
  const rendition = presentation.rendition('480p')
  const shown = rendition?.window.shown ?? []
  return shown.filter(({ initIndex }) => rendition?.isLent(initIndex) === false).map(({ msn }) => msn)
}

test('a rung that nobody watches is listed as what it will be, and is the source’s segments without a copy of them', () => {
  const read = reader()
  const { presentation } = play({ each: read })
  const { variants } = parseMultivariantPlaylist(multivariantPlaylist(presentation))
  const [, rung] = variants
  assert.equal(rung?.uri, '480p.m3u8')
  assert.equal(rung?.attributes.get('RESOLUTION'), '854x480')
  assert.match(rung?.attributes.get('CODECS') ?? '', /^"avc1\.4d401e,mp4a/)
  assert.ok(Number(rung?.attributes.get('BANDWIDTH')) >= PROMISED.peakBitrate)
  const [own, other] = [presentation.rendition('480p')?.window, presentation.rendition('source')?.window]
  assert.equal(own?.bytes, 0)
  assert.equal(own?.lastMsn, other?.lastMsn)
  for (const { msn, parts } of own?.shown ?? []) assert.equal(parts, other?.segment(msn)?.parts)
  const [listed, source] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
  assert.deepEqual(
    listed.segments.map(({ msn, duration, gap }) => ({ msn, duration, gap })),
    source.segments.map(({ msn, duration, gap }) => ({ msn, duration, gap })),
  )
  assert.equal(listed.open.parts.length, source.open.parts.length)
})

for (const source of [{}, { reorder: 2 }, { fps: 60, gop: 1 }]) {
  test(`it comes with its own key frame at a cut, and goes again, without a gap or a discontinuity: ${JSON.stringify(source)}`, () => {
    const read = reader()
    const shift = (source.reorder ?? 0) / 30
    const { presentation } = play({
      source: { seconds: 30, ...source },
      awake: (time) => time > 17.5 && time < 30 + shift - 0.001,
      sleepAt: 30 + shift,
      each: read,
    })
    assert.deepEqual(
      playlistOf(presentation, '480p').segments.filter(({ gap, discontinuity }) => gap || discontinuity),
      [],
    )
    // Frames come from 17.5 s on, the first cut behind is at 18 s, where nothing of the source was shown yet.
    assert.deepEqual(ownOf(presentation), [4, 5, 6, 7, 8, 9])
    const rendition = presentation.rendition('480p')
    for (const msn of [4, 10]) {
      const begun = rendition?.window.segment(msn)
      assert.equal(begun?.parts[0]?.independent, true)
      assert.equal(begun?.time, presentation.rendition('source')?.window.segment(msn)?.time)
    }
  })
}

test('frames that come late, of a group that was under way, don’t take the place of the source’s before they have caught up', () => {
  const { broadcast, presentation } = openPresentation()
  const packets = synthetic({ seconds: 20 })
  announce(broadcast, packets)
  presentation.rungs.expect(['480p'], [PROMISED])
  presentation.rungs.track('480p', copyTrack)
  // Two seconds behind, then a little less with each segment.
  const copies = [
    { name: '480p', lag: 2, only: (time: number) => time < 17.99 },
    { name: '480p', lag: 0.3, only: (time: number) => time >= 17.99 },
  ]
  writeWithCopies(broadcast, presentation, packets, copies)
  assert.ok((ownOf(presentation)[0] ?? 0) >= 4, String(ownOf(presentation)))
})

test('once it was made the source’s key frames bring their parameter sets along, for players go from one to the other', () => {
  const isWhole = ({ codec }: Track, bytes: Buffer): boolean =>
    codec.kind === 'h264' && bytes.includes(parseAvcC(codec.avcC).sps[0] ?? assert.fail())
  const { presentation } = play({ source: { seconds: 30 }, awake: (time) => time > 17.5 && time < 29.999, sleepAt: 30 })
  const source = presentation.rendition('source') ?? assert.fail()
  const whole = source.window.shown.filter(({ parts }) => isWhole(source.track, parts[0]?.bytes ?? assert.fail()))
  assert.equal(whole[0]?.msn, 5)
  assert.equal(whole.length, source.window.shown.length - 5)
})

test('requests that wait for it are known', () => {
  const { presentation } = play()
  const demand = presentation.rungs.demand('480p')
  assert.equal(demand?.waiting, 0)
  presentation.rendition('480p')?.window.wait({ msn: 99, part: undefined, wake: () => {} })
  assert.equal(demand?.waiting, 1)
  assert.equal(presentation.rungs.demand('audio'), undefined)
})

test('an encoder that comes back goes on in both, behind the same discontinuity', () => {
  const { broadcast, presentation } = openPresentation({ liveSeconds: 60 })
  const first = synthetic({ seconds: 7 })
  announce(broadcast, first)
  presentation.rungs.expect(['480p'], [PROMISED])
  for (const packet of first) broadcast.write(packet)
  broadcast.discontinuity()
  const second = synthetic({ seconds: 8, from: broadcast.nextStartTime })
  announce(broadcast, second)
  for (const packet of second) broadcast.write(packet)
  const shape = (name: string) =>
    playlistOf(presentation, name).segments.map(({ msn, duration, discontinuity, gap }) => ({
      ...{ msn, duration, discontinuity, gap },
    }))
  assert.deepEqual(shape('480p'), shape('source'))
  assert.equal(shape('480p').filter(({ discontinuity }) => discontinuity).length, 1)
})

test('in the manifest it is a Representation with its own attributes all along', () => {
  const manifests = new Manifests()
  const mpds: StrictMpd[] = []
  let last = ''
  play({
    source: { seconds: 40 },
    awake: (time) => time > 25.5,
    each: (presentation) => {
      const text = manifests.render(presentation)?.plain.toString() ?? ''
      if (text !== '' && text !== last) mpds.push(parseMpd(text))
      last = text
    },
  })
  const representations = (mpd: StrictMpd | undefined) =>
    (mpd?.periods ?? []).map(({ sets }) => sets[0]?.representations ?? [])
  for (const mpd of mpds)
    for (const each of representations(mpd)) {
      assert.deepEqual(
        each.map(({ id }) => id),
        ['source', '480p'],
      )
    }
  const [asleep, awake] = representations(mpds.at(-1))
  assert.equal(asleep?.[1]?.codecs, 'avc1.4d401e')
  assert.match(asleep?.[1]?.template.initialization ?? '', /^480p\//)
  assert.notEqual(asleep?.[1]?.template.initialization, awake?.[1]?.template.initialization)
})

test('it can be rewound over, and over a restart, for what it lent is found with the source', async () => {
  const keeper = new MemoryKeeper()
  const { broadcast, presentation: before } = play({
    source: { seconds: 40 },
    awake: (time) => time > 25.5 && time < 33.999,
    sleepAt: 34,
    keeper,
  })
  const rewound = (presentation: Presentation): StrictMedia => {
    const rendition = presentation.rendition('480p') ?? assert.fail()
    return parseMediaPlaylist(new RewindPlaylists().render(presentation, rendition, false).plain.toString())
  }
  const past = rewound(before)
  assert.deepEqual(
    past.segments.filter(({ gap }) => gap),
    [],
  )
  assert.equal(past.segments[0]?.msn, 0)
  const { keeper: kept } = before.rendition('480p') ?? assert.fail()
  for (const msn of [1, 9]) {
    const bytes = await kept?.read(kept.find(msn) ?? assert.fail())
    const name = msn === 1 ? 'source' : '480p'
    assert.ok(bytes?.equals(keeper.bytesOf(name, msn)), `${msn}`)
  }
  broadcast.end('stopped')

  const options = { ...PACKAGING, liveSeconds: 30 }
  const resumed = resume({ keeper, renditions: keeper.found, complete: true }, shapeOf(options)) ?? assert.fail()
  const { nextMsn, discontinuitySequence, mediaTime } = resumed
  const next = new Broadcast(
    { id: 'c1', slug: 'choir' },
    { ...START, mediaSequence: nextMsn, discontinuitySequence },
    Date.now(),
    mediaTime,
  )
  const after = new Presentation(
    next,
    options,
    async () => 1e6,
    () => {},
    { keeper, resumed },
  )
  next.attach(after)
  const shown = (presentation: Presentation) =>
    playlistOf(presentation, '480p').segments.map(({ msn, uri, map, gap }) => ({ msn, uri, map, gap }))
  assert.deepEqual(shown(after), shown(before))
  assert.equal(parseMultivariantPlaylist(multivariantPlaylist(after)).variants[1]?.uri, '480p.m3u8')
  const packets = synthetic({ seconds: 8, from: next.nextStartTime })
  announce(next, packets)
  after.rungs.expect(['480p'], [PROMISED])
  for (const packet of packets) next.write(packet)
  const [own, other] = [playlistOf(after, '480p'), playlistOf(after, 'source')]
  assert.deepEqual(
    own.segments.map(({ msn, gap }) => ({ msn, gap })),
    other.segments.map(({ msn, gap }) => ({ msn, gap })),
  )
})
