import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Manifests } from '../../../src/deliver/dash/manifests.ts'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { multivariantPlaylist } from '../../../src/deliver/hls/multivariant.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import type { PromisedRung } from '../../../src/live/rungs.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import { copyTrack, writeWithCopies } from '../../light/ladder-packets.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { synthetic } from '../../light/synthetic.ts'
import { checkMediaPlaylist, checkReload } from '../../oracles/playlist-rules.ts'
import { parseMpd } from '../../oracles/strict-mpd.ts'
import { parseMediaPlaylist, parseMultivariantPlaylist, type StrictMedia } from '../../oracles/strict-playlist.ts'

// Rungs that are made all the time, and aren't there yet. Broadcasts begin at 10 s of their time, with a segment every 2 s.

const PROMISED: PromisedRung = {
  ...{ name: '480p', always: true, codecs: 'avc1.4d401e', width: 854, height: 480 },
  ...{ framesPerSecond: 30, bitrate: 1_200_000, peakBitrate: 1_500_000 },
}

const playlistOf = (presentation: Presentation, name: string): StrictMedia => {
  const rendition = presentation.rendition(name)
  assert.ok(rendition)
  return parseMediaPlaylist(renderMediaPlaylist(describe(presentation, rendition)))
}

type Play = {
  readonly seconds?: number
  readonly liveSeconds?: number
  /** When it is known what it will be, and when its own frames come. */
  readonly expectedAt?: number
  readonly made: (time: number) => boolean
  readonly each?: (presentation: Presentation, time: number) => void
}

/** A broadcast with a rung of its own; players read all that there is, again and again. */
function play(t: TestContext, options: Play): Presentation {
  const { seconds = 30, liveSeconds = 60, expectedAt = 0, made, each } = options
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { broadcast, presentation } = openPresentation({ liveSeconds })
  const packets = synthetic({ seconds })
  announce(broadcast, packets)
  const read = new Map<string, StrictMedia>()
  let isExpected = false
  let isMade = false
  let toldMs = 0
  let version = 0
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2, only: made }], (time) => {
    for (; toldMs < (time - 10) * 1000; toldMs += 100) t.mock.timers.tick(100)
    if (!isExpected && time >= expectedAt) {
      isExpected = true
      presentation.rungs.expect(['480p'], [PROMISED])
    }
    if (!isMade && made(time)) {
      isMade = true
      presentation.rungs.track('480p', copyTrack)
    }
    each?.(presentation, time)
    // Who plays a quality that nobody is told of any more goes on.
    const all = presentation.allRenditions.filter(({ window }) => window.playable)
    const now = all.reduce((sum, { window }) => sum + window.version, 0)
    if (!presentation.ready || now - version < 4) return
    version = now
    for (const { name } of all) {
      const list = playlistOf(presentation, name)
      const before = read.get(name)
      checkMediaPlaylist(list)
      assert.deepEqual(
        list.segments.filter(({ gap, discontinuity }) => gap || discontinuity),
        [],
        `${name}, ${time}`,
      )
      if (before !== undefined) checkReload(before, list)
      read.set(name, list)
    }
  })
  return presentation
}

/** Which of its segments are the source's own, by media sequence number. */
const lentOf = (presentation: Presentation): number[] =>
  (presentation.rendition('480p')?.window.shown ?? []).filter(({ lent }) => lent).map(({ msn }) => msn)

test('a rung that is there in time begins with its own picture, and players are let in with it', (t) => {
  const manifests = new Manifests()
  let mpd = ''
  let first: string[] | undefined
  const presentation = play(t, {
    made: () => true,
    each: (now) => {
      if (now.ready) first ??= now.renditions.map(({ name, hasOwn }) => `${name} ${hasOwn}`)
      mpd = manifests.render(now)?.plain.toString() ?? mpd
    },
  })
  assert.deepEqual(first, ['source true', '480p true', 'audio true'])
  assert.deepEqual(lentOf(presentation), [])
  assert.equal(parseMpd(mpd).periods.length, 1)
})

test('one that isn’t there a second later is listed as what it will be, and the source lends its segments until it is', (t) => {
  const manifests = new Manifests()
  let atFirst = ''
  let mpd = ''
  const presentation = play(t, {
    made: (time) => time > 15.5,
    each: (now) => {
      if (now.ready) atFirst ||= multivariantPlaylist(now)
      mpd = manifests.render(now)?.plain.toString() ?? mpd
    },
  })
  const { variants } = parseMultivariantPlaylist(atFirst)
  assert.deepEqual(
    variants.map(({ uri }) => uri),
    ['source.m3u8', '480p.m3u8', 'audio.m3u8'],
  )
  assert.match(variants[1]?.attributes.get('CODECS') ?? '', /^"avc1\.4d401e,/)
  assert.equal(variants[1]?.attributes.get('RESOLUTION'), '854x480')
  assert.deepEqual(lentOf(presentation), [0, 1, 2])
  for (const { sets } of parseMpd(mpd).periods)
    assert.deepEqual(
      sets[0]?.representations.map(({ id }) => id),
      ['source', '480p'],
    )
})

test('one that is decided on late has all that the source lists, from then on', (t) => {
  const presentation = play(t, { expectedAt: 16.5, made: (time) => time > 17 })
  assert.deepEqual(lentOf(presentation), [0, 1, 2, 3])
})

test('what it missed when it fell silent without a word is the source’s, until another quality stands in', (t) => {
  const presentation = play(t, { seconds: 40, made: (time) => time < 13.999 || time > 23.5 })
  assert.deepEqual(lentOf(presentation), [2, 3])
})

test('where it pauses another quality stands in, and it is listed for as long as something of its own is', (t) => {
  let isPaused = false
  const presentation = play(t, {
    made: (time) => time < 13.999,
    each: ({ rungs }, time) => {
      if (!isPaused && time > 14.15) rungs.pause('480p')
      isPaused = time > 14.15
    },
  })
  assert.deepEqual(lentOf(presentation), [])
  const rendition = presentation.rendition('480p') ?? assert.fail()
  assert.equal(rendition.window.shown.filter((segment) => rendition.isStoodIn(segment)).length, 12)
  assert.ok(presentation.renditions.includes(rendition))
})

/** What players are told of, in the multivariant playlist and in the newest Period, each time that it changes. */
function readers() {
  const manifests = new Manifests()
  const lists: string[] = []
  const periods: string[] = []
  const note = (told: string[], names: readonly string[]): void => {
    if (told.at(-1) !== names.join(' ')) told.push(names.join(' '))
  }
  let readAt = 0
  const each = (presentation: Presentation, time: number): void => {
    if (!presentation.ready || time < readAt) return
    readAt = time + 0.4
    const { variants } = parseMultivariantPlaylist(multivariantPlaylist(presentation))
    note(
      lists,
      variants.map(({ uri }) => uri.replace('.m3u8', '')),
    )
    const mpd = manifests.render(presentation)?.plain.toString()
    const newest = mpd === undefined ? undefined : parseMpd(mpd).periods.at(-1)
    if (newest !== undefined)
      note(
        periods,
        newest.sets.flatMap(({ representations }) => representations.map(({ id }) => id)),
      )
  }
  return { each, lists, periods }
}

const WITH = 'source 480p audio'
const WITHOUT = 'source audio'

test('one that is said to come and doesn’t is no quality any more after a while, and who plays it has the source', (t) => {
  const { each, lists, periods } = readers()
  const presentation = play(t, { seconds: 40, made: () => false, each })
  assert.deepEqual(lists, [WITH, WITHOUT])
  assert.deepEqual(periods, lists)
  const [own, source] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
  assert.deepEqual(
    own.segments.map(({ msn, gap }) => ({ msn, gap })),
    source.segments.map(({ msn, gap }) => ({ msn, gap })),
  )
})

test('one that comes after all is a quality again', (t) => {
  const { each, lists, periods } = readers()
  play(t, { seconds: 40, made: (time) => time > 35.5, each })
  assert.deepEqual(lists, [WITH, WITHOUT, WITH])
  assert.deepEqual(periods, lists)
})

test('one that pauses is none any more once nothing that is shown is its own, also if it was expected once more meanwhile', (t) => {
  const { each, lists } = readers()
  let isPaused = false
  let isExpected = false
  play(t, {
    ...{ seconds: 60, liveSeconds: 10, made: (time) => time < 13.999 },
    each: (presentation, time) => {
      if (!isPaused && time > 14.15) presentation.rungs.pause('480p')
      isPaused = time > 14.15
      if (!isExpected && time > 30) presentation.rungs.expect(['480p'], [PROMISED])
      isExpected = time > 30
      each(presentation, time)
    },
  })
  assert.deepEqual(lists, [WITH, WITHOUT, WITH, WITHOUT])
})

test('one that isn’t made of what is sent now is the source for who plays it, at once, and soon nobody else is told of it', (t) => {
  const { each, lists, periods } = readers()
  let isWithdrawn = false
  const presentation = play(t, {
    ...{ seconds: 60, liveSeconds: 10, made: (time) => time < 19.999 || time > 55.5 },
    each: (now, time) => {
      if (!isWithdrawn && time > 20.15) now.rungs.withdraw('480p')
      isWithdrawn = time > 20.15
      each(now, time)
    },
  })
  assert.deepEqual(lists, [WITH, WITHOUT, WITH])
  assert.deepEqual(periods, lists)
  const rendition = presentation.rendition('480p') ?? assert.fail()
  assert.equal(rendition.window.segment(24)?.lent, undefined)
})
