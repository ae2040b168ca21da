import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QualityReport } from '../../../src/contract/insight.ts'
import { cmcdHeaders } from '../../../web/player/cmcd.ts'
import { reportOf } from '../../../web/player/quality-report.ts'
import { offersMore, readOffer, rungFor, shownRung, sizeOf } from '../../../web/player/rungs.ts'
import { expectedRate } from '../../../web/player/start-rate.ts'
import { newStats } from '../../../web/player/stats.ts'
import { doubleTap } from '../../../web/watch/double-tap.ts'

const playlist = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=700000,AVERAGE-BANDWIDTH=600000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,AUDIO="audio"
360p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=1920x1080,AUDIO="audio"
source.m3u8
`

test('what a broadcast offers is read from its multivariant playlist, best first', () => {
  const { rungs, sound } = readOffer(playlist, 'http://host/live/choir/index.m3u8')
  assert.equal(sound, 'http://host/live/choir/audio.m3u8')
  assert.deepEqual(
    rungs.map((rung) => [rung.name, sizeOf(rung), rung.bitrate]),
    [
      ['source', 1080, 5_000_000],
      ['360p', 360, 600_000],
    ],
  )
  assert.deepEqual(readOffer('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\naudio.m3u8\n', 'http://host/'), {
    rungs: [],
    sound: null,
  })
})

test('what is listed again with another form of the sound is offered once', () => {
  const again = `${playlist.replace('#EXT-X-STREAM', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="opus",NAME="Sound",DEFAULT=NO,URI="opus.m3u8"\n#EXT-X-STREAM')}
#EXT-X-STREAM-INF:BANDWIDTH=690000,AVERAGE-BANDWIDTH=590000,CODECS="avc1.64001e,opus",RESOLUTION=640x360,AUDIO="opus"
360p.m3u8
`
  assert.deepEqual(readOffer(again, 'http://host/'), readOffer(playlist, 'http://host/'))
})

test('a size that this broadcast does not have means the next smaller one', () => {
  const { rungs } = readOffer(playlist, 'http://host/live/choir/index.m3u8')
  assert.equal(rungFor(rungs, 1080)?.name, 'source')
  assert.equal(rungFor(rungs, 720)?.name, '360p')
  assert.equal(rungFor(rungs, 144)?.name, '360p')
  assert.equal(rungFor([], 720), null)
  assert.equal(
    sizeOf({ name: 'source', width: 1080, height: 1920, bitrate: 1 }),
    1080,
    'upright pictures by their width',
  )
})

test('a report has what happened since the last one, and the start only once', () => {
  const first = { ...newStats(), engine: 'hls' as const, playedMs: 20_000.4, stalls: 1, stalledMs: 800, startMs: 900 }
  const report = reportOf({ ...first, latency: 1.2345, throughput: 4_000_000, rendition: 'source' }, null)
  assert.deepEqual(QualityReport.parse(report), report)
  assert.equal(report?.startupMs, 900)
  assert.equal(report?.latencyMs, 1235)
  const next = reportOf({ ...first, playedMs: 50_000, droppedFrames: 3, shownFrames: 900 }, first)
  assert.deepEqual(QualityReport.parse(next), next)
  assert.equal(next?.startupMs, undefined)
  assert.deepEqual([next?.playedMs, next?.stalls, next?.stalledMs, next?.droppedFrames], [30_000, 0, 0, 3])
})

test('nothing is told of a player that did nothing, and why one never played is told once', () => {
  assert.equal(reportOf(newStats(), null), null)
  const idle = { ...newStats(), engine: 'hls' as const }
  assert.equal(reportOf(idle, null), null)
  const broken = { ...newStats(), failed: 'codec' as const }
  assert.equal(reportOf(broken, null)?.failed, 'codec')
  assert.equal(reportOf(broken, broken), null)
})

test('figures that a broken clock makes are cut to what a report may say', () => {
  const wild = { ...newStats(), engine: 'native' as const, playedMs: 1e9, latency: -4, throughput: 1e12 }
  assert.doesNotThrow(() => QualityReport.parse(reportOf(wild, { ...wild, playedMs: 0, shownFrames: 900 })))
})

test('what the player sees goes along with media as headers of CMCD', () => {
  const url = 'http://host/live/choir/source/0123/12.3.m4s'
  const headers = new Map(cmcdHeaders({ content: 'choir', url, ahead: 1.26, throughput: 4_420_000, stalled: true }))
  assert.equal(headers.get('CMCD-Object'), 'ot=v')
  assert.equal(headers.get('CMCD-Request'), 'bl=1300,mtp=4400')
  assert.match(headers.get('CMCD-Session') ?? '', /^cid="choir",sf=h,sid="[\w-]+",st=l$/)
  assert.equal(headers.get('CMCD-Status'), 'bs')
})

test('two taps at one side of the picture skip, at different sides or slowly they do not', () => {
  assert.equal(doubleTap({ x: 20, atMs: 0 }, { x: 60, atMs: 200 }, 390), 'left')
  assert.equal(doubleTap({ x: 350, atMs: 0 }, { x: 340, atMs: 200 }, 390), 'right')
  assert.equal(doubleTap({ x: 20, atMs: 0 }, { x: 340, atMs: 200 }, 390), null)
  assert.equal(doubleTap({ x: 200, atMs: 0 }, { x: 200, atMs: 200 }, 390), null)
  assert.equal(doubleTap({ x: 20, atMs: 0 }, { x: 20, atMs: 400 }, 390), null)
  assert.equal(doubleTap(null, { x: 20, atMs: 400 }, 390), null)
})

test('the rung on screen is the one whose size the picture has: another may stand in', () => {
  const [top, low] = [
    { name: '720p', width: 1280, height: 720, bitrate: 2e6 },
    { name: '360p', width: 640, height: 360, bitrate: 6e5 },
  ]
  assert.equal(shownRung(top, [top, low], { videoWidth: 0, videoHeight: 0 }), top)
  assert.equal(shownRung(top, [top, low], { videoWidth: 640, videoHeight: 360 }), low)
  assert.equal(shownRung(top, [top, low], { videoWidth: 642, videoHeight: 360 }), top)
})

test('an offer is more where it has a rung that is not known', () => {
  const [top, low] = [
    { name: 'source', width: 1280, height: 720, bitrate: 2e6 },
    { name: '360p', width: 640, height: 360, bitrate: 6e5 },
  ]
  assert.equal(offersMore({ rungs: [top, low], sound: null }, [top]), true)
  assert.equal(offersMore({ rungs: [top], sound: null }, [top, low]), false)
})

const rates: { name: string; given: Partial<Parameters<typeof expectedRate>[0]>; rate: number }[] = [
  { name: 'nothing is known: a desk’s', given: {}, rate: 5e6 },
  { name: 'nothing is known: a phone’s', given: { isPhone: true }, rate: 2e6 },
  { name: 'the browser says it is slow', given: { connection: { downlink: 1 } }, rate: 8e5 },
  { name: 'the browser says it is fast, a phone', given: { isPhone: true, connection: { downlink: 10 } }, rate: 2e6 },
  { name: 'the last visit', given: { isPhone: true, remembered: '20000000 900' }, rate: 16e6 },
  { name: 'the last visit was long ago', given: { remembered: `20000000 ${-8 * 24 * 3600_000}` }, rate: 5e6 },
  { name: 'nonsense was kept', given: { remembered: 'fast' }, rate: 5e6 },
  { name: 'data is to be saved', given: { connection: { saveData: true }, remembered: '20000000 900' }, rate: 5e5 },
]
for (const { name, given, rate } of rates)
  test(`what is expected of a connection at first: ${name}`, () => {
    const known = { connection: undefined, isPhone: false, remembered: null, nowMs: 1000, ...given }
    assert.equal(expectedRate(known), rate)
  })
