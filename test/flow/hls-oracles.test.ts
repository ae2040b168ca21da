import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { Encoder } from '../light/encoder.ts'
import { ServerProcess } from '../light/server-process.ts'
import { type Frame, ffprobe, type Mp4, probedFrames, readByMediabunny, readByMp4box } from '../oracles/frames.ts'
import { checkReports, LlFollower, whenThere } from '../oracles/ll-follower.ts'
import { checkMultivariant } from '../oracles/playlist-rules.ts'
import { encodeSource, type Source } from '../oracles/sources.ts'
import { parseMultivariantPlaylist, type StrictMultivariant } from '../oracles/strict-playlist.ts'

/** The live window is short, so that segments leave playlists while they are watched; a broadcast ends when its encoder stops. */
process.env.STREAMHOST_PACKAGING_LIVE_SECONDS = '14'
process.env.STREAMHOST_INGEST_END_SECONDS = '0'
const DEADLINE_MS = 100_000

const stereo = { rate: 48_000, channels: 2 }
const SOURCES: readonly Source[] = [
  { name: 'plain', seconds: 21, video: { size: '320x180', fps: 30, gop: 60 }, audio: stereo },
  {
    name: 'b-frames',
    seconds: 12,
    video: { size: '320x180', fps: 25, gop: 50, bFrames: 2 },
    audio: { rate: 44_100, channels: 1 },
  },
  { name: 'sixty', seconds: 9, video: { size: '320x180', fps: 60, gop: 60 }, audio: stereo },
  { name: 'rare-keys', seconds: 21, video: { size: '320x180', fps: 30, gop: 250, bFrames: 2 }, audio: stereo },
  { name: 'sound', seconds: 9, audio: stereo },
  { name: 'picture', seconds: 9, video: { size: '320x180', fps: 24, gop: 48 } },
  { name: 'resize', seconds: 12, video: { size: '320x180', fps: 30, gop: 60, thenSize: '180x320' }, audio: stereo },
]

/** What one broadcast looked like from outside, from its first playlist to its end. */
type Watched = {
  readonly source: Source
  readonly file: string
  readonly multivariant: StrictMultivariant
  readonly video: LlFollower | undefined
  readonly audio: LlFollower | undefined
  /** Hashes of the packets that FFmpeg as an HLS reader got while it was live. */
  readonly copied: { readonly stream: number; readonly md5: string }[]
  readonly complaints: string
}

let folder: string
let server: ServerProcess
const watched = new Map<string, Watched | Error>()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-oracles-'))
  server = await ServerProcess.start()
  const files = new Map<string, string>()
  for (const source of SOURCES) files.set(source.name, await encodeSource(source, folder))
  await Promise.all(
    SOURCES.map(async (source) => {
      const outcome = watch(source, files.get(source.name) ?? '').catch((error: Error) => error)
      watched.set(source.name, await outcome)
    }),
  )
})

after(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function watch(source: Source, file: string): Promise<Watched> {
  using stop = new DisposableStack()
  const failed = new AbortController()
  stop.defer(() => failed.abort())
  const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(DEADLINE_MS)])
  await using encoder = new Encoder([
    '-re',
    '-i',
    file,
    '-c',
    'copy',
    '-flvflags',
    'no_duration_filesize',
    '-f',
    'flv',
    server.publishUrl(source.name),
  ])
  const url = server.playlistUrl(source.name)
  const first = parseMultivariantPlaylist(await whenThere(url, signal))
  checkMultivariant(first)
  const video = source.video && new LlFollower(new URL('source.m3u8', url).href)
  const audio = source.audio && new LlFollower(new URL('audio.m3u8', url).href)
  const followers = [video, audio].flatMap((follower) => follower ?? [])
  const named = [first.variants[0]?.uri, ...first.media.map((media) => media.get('URI')?.slice(1, -1))]
  assert.deepEqual(
    named.map((uri) => new URL(uri ?? '', url).href),
    followers.map((follower) => follower.url),
  )
  const [{ copied, complaints }] = await Promise.all([
    copyLive(url, followers, signal),
    ...followers.map((follower) => follower.follow(signal)),
  ])
  await encoder.stop()
  assert.equal(encoder.output, '', `FFmpeg as publisher complains: ${encoder.output}`)
  const multivariant = parseMultivariantPlaylist(await whenThere(url, signal))
  checkMultivariant(multivariant)
  return { source, file, multivariant, video, audio, copied, complaints }
}

/** FFmpeg as a reader of the live playlists, from their first segment to their end. */
async function copyLive(
  url: string,
  followers: readonly LlFollower[],
  signal: AbortSignal,
): Promise<Pick<Watched, 'copied' | 'complaints'>> {
  // FFmpeg takes a playlist without a complete segment for an empty one.
  while (followers.some(({ segments }) => segments.size === 0)) {
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { stdout, stderr } = await promisify(execFile)(
    'ffmpeg',
    [
      '-v',
      'warning',
      '-live_start_index',
      '0',
      '-i',
      url,
      '-map',
      '0:v?',
      '-map',
      '0:a?',
      '-c',
      'copy',
      '-f',
      'framemd5',
      '-',
    ],
    { signal, maxBuffer: 16 << 20 },
  )
  const copied = stdout
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const fields = line.split(',').map((field) => field.trim())
      return { stream: Number(fields[0]), md5: fields[5] ?? '' }
    })
  return { copied, complaints: stderr }
}

/** Every file of a rendition, read by mp4box. */
function filesOf(follower: LlFollower): { bytes: Buffer; mp4: Mp4 }[] {
  return [...follower.files()].map(({ init, media }) => {
    const bytes = Buffer.concat([init, media])
    return { bytes, mp4: readByMp4box(bytes) }
  })
}

const ms = (seconds: number): number => seconds * 1000

for (const source of SOURCES) {
  suite(`what independent readers see of ${source.name}`, () => {
    let seen: Watched
    let offset = 0
    const tracks: { kind: 'v' | 'a'; follower: LlFollower; files: { bytes: Buffer; mp4: Mp4 }[]; sent: Frame[] }[] = []

    before(async () => {
      const found = watched.get(source.name)
      assert.ok(found !== undefined, 'it was not watched')
      if (found instanceof Error) throw found
      seen = found
      for (const [kind, follower] of [
        ['v', seen.video],
        ['a', seen.audio],
      ] as const) {
        if (follower === undefined) continue
        const sent = await probedFrames(seen.file, `${kind}:0`)
        tracks.push({ kind, follower, files: filesOf(follower), sent })
      }
      const [leading] = tracks
      offset = (leading?.files[0]?.mp4.frames[0]?.pts ?? 0) - (leading?.sent[0]?.pts ?? 0)
    })

    test('every frame from the first key frame on is there once, unchanged, at its own time', () => {
      for (const { kind, files, sent } of tracks) {
        const got = files.flatMap(({ mp4 }) => mp4.frames)
        // Sound from before the first picture has nothing to be shown with.
        const start = source.video === undefined ? 0 : sent.findIndex(({ md5 }) => md5 === got[0]?.md5)
        const expected = sent.slice(start)
        assert.ok(start >= 0 && (kind === 'a' || start === 0), 'the first frame is there')
        assert.deepEqual(
          got.map(({ md5 }) => md5),
          expected.map(({ md5 }) => md5),
        )
        const [first] = expected
        // Decode times are later by what the first frame's reordering takes, so that they begin when it is shown.
        const shift = first === undefined ? 0 : first.pts - first.dts
        for (const [i, frame] of got.entries()) {
          const original = expected[i]
          assert.ok(original !== undefined)
          assert.equal(frame.size, original.size)
          assert.equal(frame.key, original.key, `frame ${i}: key`)
          const late = ms(frame.pts - offset - original.pts)
          // Sound is counted in samples, its timestamps are rounded to milliseconds.
          assert.ok(Math.abs(late) < (kind === 'v' ? 0.001 : 1.6), `${kind} frame ${i} is ${late} ms late`)
          const decoded = original.dts + shift
          if (kind === 'v') assert.ok(Math.abs(ms(frame.dts - offset - decoded)) < 0.001, `frame ${i}: dts`)
        }
      }
    })

    test('sound begins with the picture, within half a frame', () => {
      const [video, audio] = tracks
      if (video === undefined || audio === undefined) return
      const from = video.files[0]?.mp4.frames[0]?.pts ?? 0
      const frame = audio.files[0]?.mp4.frames[0]
      assert.ok(frame !== undefined)
      assert.ok(Math.abs(frame.pts - from) <= frame.duration, `${frame.pts} and ${from}`)
    })

    test('decode times go on without a hole from part to part and from segment to segment', () => {
      for (const { kind, follower, files } of tracks) {
        let end: number | undefined
        let sequence = 0
        for (const { mp4 } of files) {
          for (const fragment of mp4.fragments) {
            if (end !== undefined) assert.equal(fragment.baseMediaDecodeTime, end, `${kind}: tfdt`)
            end = fragment.baseMediaDecodeTime + fragment.durations.reduce((sum, duration) => sum + duration, 0)
            assert.ok(fragment.sequenceNumber > sequence, 'sequence_number grows')
            sequence = fragment.sequenceNumber
            if (kind === 'a') assert.deepEqual(new Set(fragment.durations), new Set([1024]))
          }
        }
        for (const [msn, segment] of follower.segments) {
          const mp4 = readByMp4box(segmentFile(follower, msn))
          const first = mp4.fragments[0]
          const ticks = mp4.fragments.flatMap(({ durations }) => durations).reduce((sum, each) => sum + each, 0)
          const difference = ticks / mp4.timescale - segment.duration
          assert.ok(first !== undefined && Math.abs(difference) < 2e-5, `EXTINF of ${msn} is off by ${difference}`)
        }
      }
    })

    test('a segment is its parts joined, and parts with INDEPENDENT begin with a key frame, no others', () => {
      for (const { follower } of tracks) {
        let joined = 0
        for (const [msn, segment] of follower.segments) {
          const parts = segment.parts.map(({ uri }) => follower.parts.get(uri))
          const listed = segment.parts.reduce((sum, { duration }) => sum + duration, 0)
          // The end of a broadcast may come before its last part was listed.
          const complete = Math.abs(listed - segment.duration) < 1e-3
          if (!complete && msn === Math.max(...follower.segments.keys())) continue
          if (parts.every((part) => part !== undefined)) {
            assert.ok(Buffer.concat(parts).equals(follower.bytes.get(msn) ?? Buffer.alloc(0)), `segment ${msn}`)
            joined++
          }
          const { fragments, frames } = readByMp4box(segmentFile(follower, msn))
          assert.equal(fragments.length, segment.parts.length, 'a fragment a part')
          let at = 0
          for (const [i, part] of segment.parts.entries()) {
            assert.equal(part.independent, frames[at]?.key, `part ${msn}.${i}`)
            const durations = fragments[i]?.durations ?? []
            at += durations.length
          }
        }
        assert.ok(joined >= follower.segments.size - 1, `only ${joined} segments could be compared`)
      }
    })

    test('boxes, brands and flags are those of CMAF', () => {
      for (const { kind, files } of tracks) {
        for (const { mp4 } of files) {
          assert.equal(mp4.tracks, 1)
          assert.ok(mp4.brands.includes('cmfc') && mp4.brands.includes('iso6'), mp4.brands.join())
          assert.deepEqual(mp4.boxes.slice(0, 2), ['ftyp', 'moov'])
          assert.match(mp4.boxes.slice(2).join(' '), /^(moof mdat ?)+$/)
          for (const fragment of mp4.fragments) {
            assert.equal(fragment.tfdtVersion, 1)
            assert.ok(fragment.tfhdFlags & 0x020000, 'default-base-is-moof')
            assert.equal(fragment.tfhdFlags & 0x000001, 0, 'no base-data-offset')
            assert.equal(fragment.trunVersion, 1)
            assert.equal(fragment.runs, 1)
            assert.ok(fragment.trunFlags & 0x000001, 'data-offset')
            for (const flags of fragment.sampleFlags) {
              const independent = ((flags >>> 24) & 3) === 2
              assert.equal(((flags >>> 16) & 1) === 0, independent, 'sync samples depend on none')
              if (kind === 'a') assert.ok(independent)
            }
          }
        }
      }
    })

    test('mediabunny reads the same frames as mp4box', async () => {
      for (const { files } of tracks) {
        for (const { bytes, mp4 } of files) {
          const { facts, frames } = await readByMediabunny(bytes)
          assert.deepEqual(facts, mp4.facts)
          assert.deepEqual(
            frames.map(({ pts, key, md5 }) => ({ pts: pts.toFixed(4), key, md5 })),
            mp4.frames.map(({ pts, key, md5 }) => ({ pts: pts.toFixed(4), key, md5 })),
          )
        }
      }
    })

    test('codecs, sizes and rates are the source’s, in files and in the multivariant playlist', async () => {
      const { streams = [] } = await ffprobe(['-show_streams', seen.file])
      const picture = streams.find((stream) => stream.codec_type === 'video')
      const sound = streams.find((stream) => stream.codec_type === 'audio')
      const [variant] = seen.multivariant.variants
      const last = tracks.map(({ files }) => files.at(-1)?.mp4.facts)
      assert.equal(variant?.attributes.get('CODECS'), `"${last.map((facts) => facts?.codec).join()}"`)
      if (picture !== undefined) {
        const first = tracks[0]?.files[0]?.mp4.facts
        assert.deepEqual([first?.width, first?.height], [picture.width, picture.height])
        const size = source.video?.thenSize ?? source.video?.size
        assert.equal(variant?.attributes.get('RESOLUTION'), size)
        assert.equal(Number(variant?.attributes.get('FRAME-RATE')), source.video?.fps)
      }
      if (sound !== undefined) {
        const facts = tracks.at(-1)?.files[0]?.mp4.facts
        assert.deepEqual([facts?.sampleRate, facts?.channels], [Number(sound.sample_rate), sound.channels])
        const channels = seen.multivariant.media[0]?.get('CHANNELS')
        if (source.video !== undefined) assert.equal(channels, `"${sound.channels}"`)
      }
    })

    test('BANDWIDTH is at least what the fastest segments take', () => {
      let peak = 0
      for (const { follower } of tracks) {
        const rates = [...follower.segments]
          .filter(([, { duration }]) => duration >= 1)
          .map(([msn, { duration }]) => ((follower.bytes.get(msn)?.byteLength ?? 0) * 8) / duration)
        peak += Math.max(0, ...rates)
      }
      const said = Number(seen.multivariant.variants[0]?.attributes.get('BANDWIDTH'))
      assert.ok(said >= peak * 0.999 && said < peak * 2 + 20_000, `${said} for ${peak}`)
    })

    test('a change of codec configuration, and nothing else, is a discontinuity with a new initialization section', () => {
      for (const { kind, follower, files } of tracks) {
        const discontinuities = [...follower.segments.values()].filter(({ discontinuity }) => discontinuity)
        const changes = source.video?.thenSize === undefined ? 0 : 1
        assert.equal(discontinuities.length, changes, `${kind}: discontinuities`)
        assert.equal(files.length, kind === 'v' ? 1 + changes : 1, `${kind}: initialization sections`)
        if (kind === 'v' && changes === 1) {
          assert.equal(files[1]?.mp4.frames[0]?.key, true)
          const second = files[1]?.mp4.facts
          assert.equal(`${second?.width}x${second?.height}`, source.video?.thenSize)
        }
      }
    })

    test('FFmpeg reads the live playlists and gets every packet once', () => {
      // FFmpeg reads the initialization section again after every reload of a live playlist, and says so.
      const known = /^\[mov.*Found duplicated MOOV Atom. Skipped it$|^\s*Last message repeated \d+ times$|^$/
      assert.deepEqual(
        seen.complaints.split('\n').filter((line) => !known.test(line)),
        [],
      )
      for (const [i, { files, kind }] of tracks.entries()) {
        const got = seen.copied.filter(({ stream }) => stream === i).map(({ md5 }) => md5)
        const expected = files.flatMap(({ mp4 }) => mp4.frames.map(({ md5 }) => md5))
        assert.deepEqual(got, expected, `stream ${kind}`)
      }
    })

    test('FFmpeg decodes all of it without a complaint', async () => {
      for (const { files, kind } of tracks) {
        for (const [i, { bytes }] of files.entries()) {
          const path = join(folder, `${source.name}-${kind}-${i}.mp4`)
          await writeFile(path, bytes)
          const { stderr } = await promisify(execFile)('ffmpeg', ['-v', 'warning', '-i', path, '-f', 'null', '-'])
          assert.equal(stderr, '')
        }
      }
    })

    test('ffprobe opens the multivariant playlist and any single segment with its initialization section', async () => {
      // Where key frames are rare, the playlist may begin without one, and the decoder says so.
      const said = source.name === 'rare-keys' ? ['-v', 'quiet'] : []
      const { streams = [] } = await ffprobe([...said, '-show_streams', server.playlistUrl(source.name)])
      // The sound beside a picture is a variant of its own, too.
      const alone = seen.video === undefined || seen.audio === undefined ? [] : ['aac']
      assert.deepEqual(
        streams.map(({ codec_name }) => codec_name).sort(),
        [...tracks.map(({ kind }) => (kind === 'v' ? 'h264' : 'aac')), ...alone].sort(),
      )
      for (const { kind, follower } of tracks) {
        const middle = [...follower.segments.keys()][follower.segments.size >> 1] ?? 0
        const path = join(folder, `${source.name}-${kind}-single.mp4`)
        const bytes = segmentFile(follower, middle)
        await writeFile(path, bytes)
        const frames = await probedFrames(path, `${kind}:0`)
        assert.deepEqual(
          frames.map(({ md5 }) => md5),
          readByMp4box(bytes).frames.map(({ md5 }) => md5),
        )
      }
    })

    test('rendition reports say where the other rendition is', () => {
      if (seen.video === undefined || seen.audio === undefined) return
      assert.ok(checkReports(seen.video, seen.audio) > 10)
      assert.ok(checkReports(seen.audio, seen.video) > 10)
    })
  })
}

test('segments left the playlists and delta updates skipped some, under the eyes of the strict reader', () => {
  for (const name of ['plain', 'rare-keys']) {
    const seen = watched.get(name)
    if (seen === undefined || seen instanceof Error) throw seen
    for (const follower of [seen.video, seen.audio]) {
      assert.ok(follower !== undefined && follower.removed > 0, `${name}: nothing was removed`)
      assert.ok(follower.deltas > 5, `${name}: only ${follower.deltas} delta updates could be compared`)
    }
  }
})

function segmentFile(follower: LlFollower, msn: number): Buffer {
  const segment = follower.segments.get(msn)
  return Buffer.concat([
    follower.inits.get(segment?.map ?? '') ?? Buffer.alloc(0),
    follower.bytes.get(msn) ?? Buffer.alloc(0),
  ])
}
