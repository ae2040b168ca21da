import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { LadderOrigin, makeLadder } from '../light/ladder-origin.ts'
import { ffprobe, type Mp4, readByMediabunny, readByMp4box } from '../oracles/frames.ts'
import { checkReports, LlFollower, whenThere } from '../oracles/ll-follower.ts'
import { checkMultivariant } from '../oracles/playlist-rules.ts'
import { parseMultivariantPlaylist, type StrictMultivariant } from '../oracles/strict-playlist.ts'

const NAMES = ['source', '240p', '144p', 'audio'] as const
const VIDEO = ['source', '240p', '144p'] as const

suite('what independent readers see of a ladder that FFmpeg made, B-frames in its source', () => {
  const parts = new AsyncDisposableStack()
  const followers = new Map<string, LlFollower>()
  let folder: string
  let multivariant: StrictMultivariant
  const follower = (name: string): LlFollower => followers.get(name) ?? assert.fail(name)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamhost-ladder-'))
    parts.defer(() => rm(folder, { recursive: true, force: true }))
    const origin = new LadderOrigin(await makeLadder(folder, 2), 0)
    origin.start()
    parts.defer(() => origin.stop())
    const { url, close } = await origin.listen()
    parts.defer(close)
    const signal = AbortSignal.timeout(100_000)
    while (!origin.presentation.ready) await new Promise((resolve) => setTimeout(resolve, 50))
    multivariant = parseMultivariantPlaylist(await whenThere(`${url}index.m3u8`, signal))
    for (const name of NAMES) followers.set(name, new LlFollower(`${url}${name}.m3u8`))
    const following = Promise.all([...followers.values()].map((each) => each.follow(signal)))
    setTimeout(() => origin.pause('240p'), 6000)
    setTimeout(() => origin.resume('240p'), 12_000)
    setTimeout(() => origin.broadcast.end('ended'), 20_000)
    await following
  })
  after(() => parts.disposeAsync())

  /** A segment as a demuxer of another make reads it. */
  const read = (name: string, msn: number): Mp4 => {
    const { segments, inits, bytes } = follower(name)
    const both = [inits.get(segments.get(msn)?.map ?? ''), bytes.get(msn)]
    return readByMp4box(Buffer.concat(both.map((one) => one ?? Buffer.alloc(0))))
  }

  test('the multivariant playlist has all qualities, best first, and the sound alone', () => {
    checkMultivariant(multivariant)
    const told = multivariant.variants.map(({ uri, attributes }) => [
      uri,
      attributes.get('RESOLUTION'),
      // Of its first frames, in RTMP's milliseconds: 30 or 30000/1001.
      Math.round(Number(attributes.get('FRAME-RATE') ?? 0)),
    ])
    assert.deepEqual(told, [
      ['source.m3u8', '640x360', 30],
      ['240p.m3u8', '427x240', 30],
      ['144p.m3u8', '256x144', 30],
      ['audio.m3u8', undefined, 0],
    ])
    const rates = multivariant.variants.map(({ attributes }) => Number(attributes.get('BANDWIDTH')))
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => b - a),
    )
    for (const { attributes } of multivariant.variants.slice(0, 3))
      assert.match(attributes.get('CODECS') ?? '', /^"avc1\.[0-9a-f]{6},mp4a\.40\.2"$/)
  })

  test('all segments have the same numbers and begin at the same times', () => {
    for (const name of VIDEO.slice(1)) {
      let compared = 0
      for (const [msn, segment] of follower(name).segments) {
        const other = follower('source').segments.get(msn)
        if (other === undefined || segment.gap) continue
        assert.equal(segment.programDateTime, other.programDateTime, `${name} ${msn}`)
        const starts = ['source', name].map((each) => Math.min(...read(each, msn).frames.map(({ pts }) => pts)))
        assert.equal(starts[0], starts[1], `${name} ${msn}`)
        compared++
      }
      assert.ok(compared > 5, `${name}: ${compared}`)
    }
  })

  test('every frame of the source is in every quality, at its time', () => {
    const times = (name: string): number[] =>
      [...follower(name).segments.keys()]
        .flatMap((msn) => read(name, msn).frames.map(({ pts }) => pts))
        .sort((a, b) => a - b)
    const source = times('source')
    for (const name of VIDEO.slice(1)) {
      const own = times(name)
      // What comes later has not come when the broadcast ends.
      const from = source.indexOf(own[0] ?? 0)
      assert.deepEqual(own, source.slice(from, from + own.length), name)
    }
  })

  test('a pause has another initialization section, no gap and no discontinuity', () => {
    const segments = [...follower('240p').segments.values()]
    assert.equal(new Set(segments.map(({ map }) => map)).size, 2)
    assert.equal(
      segments.some(({ gap, discontinuity }) => gap || discontinuity),
      false,
    )
  })

  test('mediabunny reads the same frames as mp4box, and ffprobe the sizes', async () => {
    for (const name of VIDEO) {
      for (const [index, { init, media }] of [...follower(name).files()].entries()) {
        const bytes = Buffer.concat([init, media])
        const boxed = readByMp4box(bytes)
        const read = await readByMediabunny(bytes)
        assert.equal(read.frames.length, boxed.frames.length, name)
        const path = join(folder, `${name}-${index}.mp4`)
        await writeFile(path, bytes)
        const { streams = [] } = await ffprobe(['-v', 'error', '-show_streams', path])
        const heights = name === '240p' ? [240, 144] : [name === 'source' ? 360 : 144]
        assert.ok(heights.includes(Number(streams[0]?.height)), `${name}: ${streams[0]?.height}`)
      }
    }
  })

  test('rendition reports say where the other renditions are', () => {
    for (const from of NAMES)
      for (const about of NAMES)
        if (from !== about) assert.ok(checkReports(follower(from), follower(about)) > 0, `${from} about ${about}`)
  })
})
