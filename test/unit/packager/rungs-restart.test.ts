import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../../src/deliver/hls/media-playlists.ts'
import { multivariantPlaylist } from '../../../src/deliver/hls/multivariant.ts'
import { renderMediaPlaylist } from '../../../src/formats/hls/media-playlist.ts'
import { Broadcast } from '../../../src/live/broadcast.ts'
import { Presentation, shapeOf } from '../../../src/packager/presentation.ts'
import { resume } from '../../../src/packager/resume.ts'
import { copyTrack, writeWithCopies } from '../../light/ladder-packets.ts'
import { MemoryKeeper } from '../../light/memory-keeper.ts'
import { announce, openPresentation, PACKAGING, START } from '../../light/package-packets.ts'
import { synthetic } from '../../light/synthetic.ts'
import { checkMediaPlaylist } from '../../oracles/playlist-rules.ts'
import { parseMediaPlaylist, parseMultivariantPlaylist, type StrictMedia } from '../../oracles/strict-playlist.ts'

const playlistOf = (presentation: Presentation, name: string): StrictMedia => {
  const rendition = presentation.rendition(name)
  assert.ok(rendition)
  const playlist = parseMediaPlaylist(renderMediaPlaylist(describe(presentation, rendition)))
  checkMediaPlaylist(playlist)
  return playlist
}
const listed = (presentation: Presentation): (string | undefined)[] =>
  parseMultivariantPlaylist(multivariantPlaylist(presentation)).variants.map(({ uri }) => uri)

function restarted(): { broadcast: Broadcast; presentation: Presentation; before: Presentation } {
  const keeper = new MemoryKeeper()
  const { broadcast, presentation: before } = openPresentation({ liveSeconds: 20 }, {}, keeper)
  const packets = synthetic({ seconds: 14 })
  announce(broadcast, packets)
  before.rungs.expect(['480p'])
  before.rungs.track('480p', copyTrack)
  writeWithCopies(broadcast, before, packets, [{ name: '480p', lag: 0.2 }])
  broadcast.end('stopped')
  const options = { ...PACKAGING, liveSeconds: 20 }
  const resumed = resume({ keeper, renditions: keeper.found, complete: true }, shapeOf(options))
  assert.ok(resumed !== undefined)
  const { nextMsn, discontinuitySequence, mediaTime } = resumed
  const start = { ...START, mediaSequence: nextMsn, discontinuitySequence }
  const next = new Broadcast({ id: 'c1', slug: 'choir' }, start, Date.now(), mediaTime)
  const presentation = new Presentation(
    next,
    options,
    async () => 100_000,
    () => {},
    { keeper, resumed },
  )
  next.attach(presentation)
  return { broadcast: next, presentation, before }
}

test('over a restart rungs are listed as before, and go on in their playlists', () => {
  const { broadcast, presentation, before } = restarted()
  assert.deepEqual(listed(presentation), ['source.m3u8', '480p.m3u8', 'audio.m3u8'])
  const then = playlistOf(before, '480p')
  assert.deepEqual(
    playlistOf(presentation, '480p').segments.map(({ uri }) => uri),
    then.segments.map(({ uri }) => uri),
  )
  const packets = synthetic({ seconds: 10, from: broadcast.nextStartTime })
  announce(broadcast, packets)
  presentation.rungs.expect(['480p'])
  presentation.rungs.track('480p', copyTrack)
  writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2 }])
  const [own, source] = [playlistOf(presentation, '480p'), playlistOf(presentation, 'source')]
  assert.equal(own.partTarget, then.partTarget)
  assert.deepEqual(
    own.segments.map(({ msn, discontinuity, gap, programDateTime }) => ({ msn, discontinuity, gap, programDateTime })),
    source.segments
      .slice(0, own.segments.length)
      .map(({ msn, discontinuity, gap, programDateTime }) => ({ msn, discontinuity, gap, programDateTime })),
  )
})

test('a rung that is no more after a restart goes on with another’s pictures, and leaves the list when none of its own is shown', () => {
  const { broadcast, presentation } = restarted()
  const packets = synthetic({ seconds: 40, from: broadcast.nextStartTime })
  announce(broadcast, packets)
  let gone = 0
  for (const packet of packets) {
    broadcast.write(packet)
    if (!listed(presentation).includes('480p.m3u8')) gone++
  }
  assert.deepEqual(listed(presentation), ['source.m3u8', 'audio.m3u8'])
  assert.ok(gone < packets.length * 0.7, 'not before')
  const own = playlistOf(presentation, '480p')
  assert.equal(own.segments.at(-1)?.gap, false)
})
