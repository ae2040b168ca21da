import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { Broadcast } from '../../src/live/broadcast.ts'
import { LADDERS } from '../../src/transcode/ladder.ts'
import type { LadderStatus } from '../../src/transcode/status.ts'
import { Transcoder } from '../../src/transcode/transcoder.ts'
import { encoded } from '../light/encoder.ts'
import { RungFrames, type Told, tell, toldBy, videoOf } from '../light/rung-frames.ts'
import { until } from '../light/server-process.ts'

/** 640x360, a key frame every 2 s, sound beside it. */
const told = async (seconds: number): Promise<Told[]> => {
  const all = toldBy(await encoded('gop2'))
  return all.filter(
    (each) => 'track' in each || each.packet.dts / (each.packet.trackId === 1 ? 90_000 : 48_000) < 10 + seconds,
  )
}

/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000

let number = 0
function broadcast(slug = 'main'): Broadcast {
  const start = {
    id: `b${++number}`,
    ...{ mediaSequence: 0, mediaSequenceLimit: 1000, discontinuitySequence: 0, longestGopMs: 0 },
  }
  return new Broadcast({ id: slug, slug }, start, Date.now())
}

type Setup = {
  readonly ladder?: string
  readonly ffmpeg?: string
  readonly maxBroadcasts?: number | 'auto'
  readonly onDemand?: 'all' | 'off'
}

/** A transcoder of its own, and what it says. */
async function transcoder({ ladder = 'low', ffmpeg = 'ffmpeg', maxBroadcasts = 10, onDemand = 'off' }: Setup = {}) {
  const said: string[] = []
  const log: typeof silentLog = {
    ...silentLog,
    warn: (fields, message) => said.push(`${message} ${JSON.stringify(fields)}`),
    child: () => log,
  }
  // So long that nothing gives way here, however busy the machine is.
  const settings = { ffmpeg, maxBroadcasts, segmentSeconds: 60, onDemand, idleSeconds: 1 }
  const made = new Transcoder({
    settings,
    ladderOf: () => LADDERS.get(ladder) ?? 'auto',
    opusOf: () => false,
    wantsOpus: () => true,
    ffmpeg: () => settings.ffmpeg,
    log,
  })
  await made.start()
  if (ffmpeg === 'ffmpeg') {
    made.lookForEncoders()
    await until(() => made.encoders.length > 0, LONG_MS, 'no encoder was found')
  }
  return { transcoder: made, said, settings, [Symbol.asyncDispose]: () => made.stop() }
}

const attach = (to: Transcoder, of: Broadcast): RungFrames => {
  const sink = new RungFrames()
  const reader = to.reader(of, sink)
  if (reader !== undefined) of.attach(reader)
  return sink
}

const sizesOf = ({ rungs }: LadderStatus): string[] =>
  rungs.map(({ name, width, height, framesPerSecond }) => `${name} ${width}x${height}@${framesPerSecond}`)

// Most of it is waiting: a broadcast takes as long as it takes.
describe('the transcoder', { concurrency: true }, () => {
  test('makes a ladder of a broadcast, says what runs, and lets go of it at the end', async () => {
    await using bench = await transcoder()
    const { transcoder: ours } = bench
    const live = broadcast()
    const changes: string[] = []
    ours.observe((slug) => changes.push(`${slug} ${ours.describe(slug).state}`))
    const sink = attach(ours, live)
    const media = await told(6)
    const playing = tell(media, { track: (track) => live.track(track), packet: (packet) => live.write(packet) })
    await until(() => ours.describe('main').state === 'running', LONG_MS, 'nothing runs')
    const [entry] = ours.all()
    assert.deepEqual(sizesOf(ours.describe('main')), ['240p 426x240@15'])
    assert.equal(ours.describe('main').encoder, 'libx264')
    // Once more when the source's rate is known.
    assert.deepEqual([...new Set(sink.expected.flat())], ['240p'])
    assert.deepEqual(sink.promised.at(-1)?.framesPerSecond, 15)
    const [pid] = entry?.pids ?? []
    assert.ok(existsSync(`/proc/${pid}`))
    await playing
    const count = videoOf(media).length
    await until(() => ours.describe('main').framesOut >= count / 2, LONG_MS, 'frames are missing')
    assert.equal(sink.of('240p').length, count / 2)
    live.end('ended')
    assert.equal(ours.describe('main').state, 'off')
    await until(() => !existsSync(`/proc/${pid}`), LONG_MS, 'the child is still there')
    assert.ok(changes.includes('main running') && changes.at(-1) === 'main off', changes.join())
  })

  test('of a picture that is small already nothing is made', async () => {
    await using bench = await transcoder({ ladder: '480p' })
    const live = broadcast()
    const sink = attach(bench.transcoder, live)
    await tell(
      await told(3),
      { track: (track) => live.track(track), packet: (packet) => live.write(packet) },
      { speed: 4 },
    )
    await until(() => bench.transcoder.describe('main').state === 'off', LONG_MS, 'something is to be made')
    assert.deepEqual(sink.expected, [])
  })

  test('who comes when there is no room waits, is told its place, and has its turn', async () => {
    await using bench = await transcoder({ maxBroadcasts: 1 })
    const { transcoder: ours } = bench
    const lives = ['a', 'b', 'c'].map((slug) => broadcast(slug))
    const sinks = lives.map((live) => attach(ours, live))
    const media = await told(12)
    const playing = tell(media, {
      track: (track) => {
        for (const live of lives) live.track(track)
      },
      packet: (packet) => {
        for (const live of lives) live.write(packet)
      },
    })
    await until(() => ours.describe('a').state === 'running', LONG_MS, 'nothing runs')
    const places = ['a', 'b', 'c'].map((slug) => [ours.describe(slug).state, ours.describe(slug).position])
    assert.deepEqual(places, [
      ['running', undefined],
      ['waiting', 1],
      ['waiting', 2],
    ])
    assert.deepEqual(
      sinks.map(({ expected }) => expected.flat().includes('240p')),
      [true, false, false],
    )
    lives[0]?.end('ended')
    assert.equal(ours.describe('c').position, 1)
    await until(() => ours.describe('b').state === 'running', LONG_MS, 'the next one has no turn')
    assert.deepEqual(sinks[1]?.expected.at(-1), ['240p'])
    await playing
    assert.ok((sinks[1]?.of('240p').length ?? 0) > 0)
  })

  test('without FFmpeg the source goes on alone, which is said once; with one it is made up for', async () => {
    await using bench = await transcoder({ ffmpeg: '/nowhere/ffmpeg' })
    const { transcoder: ours, settings, said } = bench
    const live = broadcast()
    attach(ours, live)
    attach(ours, broadcast('other'))
    const media = await told(12)
    const playing = tell(media, { track: (track) => live.track(track), packet: (packet) => live.write(packet) })
    await until(() => ours.describe('main').state === 'failed', LONG_MS, 'it has not failed')
    assert.equal(said.filter((line) => line.includes('no FFmpeg that can be used')).length, 1)
    assert.match(said[0] ?? '', /no sound in Opus.* install ffmpeg/)
    assert.equal(ours.missing('main')?.what, 'ffmpeg')
    assert.match(ours.missing('main')?.todo ?? '', /source’s quality alone, and.* install ffmpeg/)
    settings.ffmpeg = 'ffmpeg'
    ours.ffmpegChanged()
    await until(() => ours.describe('main').state === 'running', LONG_MS, 'nothing runs')
    assert.equal(ours.missing('main'), undefined)
    await playing
    assert.equal(said.length, 1)
  })
})
