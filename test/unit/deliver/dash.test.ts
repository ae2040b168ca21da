import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Manifests } from '../../../src/deliver/dash/manifests.ts'
import type { Broadcast } from '../../../src/live/broadcast.ts'
import type { Presentation } from '../../../src/packager/presentation.ts'
import { copyTrack, writeWithCopies } from '../../light/ladder-packets.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { type SyntheticOptions, synthetic } from '../../light/synthetic.ts'
import { parseMpd, type StrictMpd, secondsOf } from '../../oracles/strict-mpd.ts'

type Step = SyntheticOptions | 'lost' | 'ended'

/** Plays the steps into a presentation, with somebody reading the manifest after each packet of `read` or at the end. */
function play(steps: readonly Step[], often = false): { mpds: StrictMpd[]; presentation: Presentation; all: string[] } {
  const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
  const manifests = new Manifests()
  const mpds: StrictMpd[] = []
  const all: string[] = []
  const read = (): void => {
    const text = manifests.render(presentation)?.plain.toString()
    if (text === undefined || text === all.at(-1)) return
    all.push(text)
    mpds.push(parseMpd(text))
  }
  let from = 10
  for (const step of steps) {
    if (step === 'lost') broadcast.discontinuity()
    else if (step === 'ended') broadcast.end('ended')
    else from = send(broadcast, { from, ...step }, often ? read : () => {})
    read()
  }
  return { mpds, presentation, all }
}

function send(broadcast: Broadcast, options: SyntheticOptions & { from: number }, sent: () => void): number {
  const packets = synthetic(options)
  announce(broadcast, packets)
  for (const packet of packets) {
    broadcast.write(packet)
    sent()
  }
  return options.from + options.seconds
}

/** What a Period's first track is addressed by. */
const kinds = (mpd: StrictMpd | undefined): string[] =>
  (mpd?.periods ?? []).map(({ sets }) => sets.map(({ template }) => template.kind).join('+'))

const CASES: readonly {
  readonly name: string
  readonly steps: readonly Step[]
  readonly periods: readonly string[]
}[] = [
  { name: 'a key frame every 2 s: numbers', steps: [{ seconds: 12 }], periods: ['number+number'] },
  { name: 'every second: two groups a segment, numbers', steps: [{ seconds: 12, gop: 1 }], periods: ['number+number'] },
  {
    name: '50 frames at 30 a second: not a whole number of milliseconds',
    steps: [{ seconds: 30, gop: 5 / 3 }],
    periods: ['number+number'],
  },
  {
    name: '29.97 frames a second',
    steps: [{ seconds: 12, fps: 30_000 / 1001, gop: 2.002 }],
    periods: ['number+number'],
  },
  { name: 'with B-frames', steps: [{ seconds: 12, reorder: 1 }], periods: ['number+number'] },
  { name: 'sound alone', steps: [{ seconds: 12, video: false }], periods: ['number'] },
  { name: 'picture alone', steps: [{ seconds: 12, audio: false }], periods: ['number'] },
  { name: 'too short to tell: nothing yet', steps: [{ seconds: 1.9 }], periods: [] },
  { name: 'too short, and over', steps: [{ seconds: 1.9 }, 'ended'], periods: ['timeline+timeline'] },
  { name: 'one segment and a little: a guess', steps: [{ seconds: 3 }], periods: ['number+number'] },
  {
    name: 'key frames at odd times: listed',
    steps: [{ seconds: 14, gop: [0, 2, 4.5, 6.5, 9, 11.2, 13] }],
    periods: ['timeline+timeline'],
  },
  {
    name: 'a key frame every 8.3 s: listed, cut between them',
    steps: [{ seconds: 26, gop: 250 / 30 }],
    periods: ['timeline+timeline'],
  },
  {
    name: 'a connection lost and back',
    steps: [{ seconds: 10 }, 'lost', { seconds: 7 }],
    periods: ['number+number', 'number+number'],
  },
  {
    name: 'back with another distance of key frames',
    steps: [{ seconds: 10 }, 'lost', { seconds: 14, gop: [0, 2.5, 4.6, 7, 9.1, 11.6] }],
    periods: ['number+number', 'timeline+timeline'],
  },
  { name: 'the end', steps: [{ seconds: 11 }, 'ended'], periods: ['number+number'] },
  {
    name: 'back with sound alone: not told, as if it were away',
    steps: [{ seconds: 10 }, 'lost', { seconds: 7, video: false }],
    periods: ['number+number'],
  },
  {
    name: 'back with sound alone until nothing else is left: told',
    steps: [{ seconds: 10 }, 'lost', { seconds: 60, video: false }],
    periods: ['number'],
  },
  {
    name: 'back with sound alone, then whole again',
    steps: [{ seconds: 10 }, 'lost', { seconds: 4, video: false }, 'lost', { seconds: 7 }],
    periods: ['number+number', 'number+number'],
  },
  {
    name: 'sound that comes late',
    steps: [{ seconds: 10, audio: false }, { seconds: 9 }],
    periods: ['number', 'number+number'],
  },
]

suite('a DASH manifest', () => {
  for (const { name, steps, periods } of CASES) {
    test(name, () => assert.deepEqual(kinds(play(steps).mpds.at(-1)), periods))
  }

  test('what it has said stays true while a broadcast goes on, whatever comes', () => {
    const steps: Step[] = [
      { seconds: 9 },
      { seconds: 9, gop: [0, 2.3, 4.1, 6.9] },
      'lost',
      { seconds: 8, reorder: 1 },
      'lost',
      { seconds: 12, video: false },
      'ended',
    ]
    const { mpds } = play(steps, true)
    assert.ok(mpds.length > 10)
    const starts = new Map<string, string>()
    const times = new Map<string, string>()
    for (const mpd of mpds) {
      assert.equal(mpd.availabilityStartTime, mpds[0]?.availabilityStartTime)
      for (const { id, start, sets } of mpd.periods) {
        assert.equal(starts.get(id) ?? start, start, `the start of ${id}`)
        starts.set(id, start)
        for (const { representation, template } of sets) {
          for (const { number, time, duration } of template.kind === 'timeline' ? template.segments : []) {
            const key = `${id} ${representation} ${number}`
            assert.equal(times.get(key) ?? `${time} ${duration}`, `${time} ${duration}`, key)
            times.set(key, `${time} ${duration}`)
          }
        }
      }
    }
    assert.equal(mpds.at(-1)?.type, 'static')
  })

  test('listed segments lie where the files say, to the tick', () => {
    const { mpds, presentation } = play([{ seconds: 16, gop: [0, 2, 4.5, 6.5, 9, 11.2, 13, 15.1], reorder: 1 }])
    const sets = mpds.at(-1)?.periods[0]?.sets ?? []
    assert.equal(sets.length, 2)
    for (const { representation, template } of sets) {
      assert.equal(template.kind, 'timeline')
      let end: number | undefined
      for (const { number, time, duration } of template.kind === 'timeline' ? template.segments : []) {
        const part = presentation.rendition(representation)?.window.segment(number)?.parts[0]
        assert.ok(part !== undefined)
        const { bytes, independent } = part
        const tfdt = Number(bytes.readBigUInt64BE(bytes.indexOf('tfdt') + 8))
        const firstOffset = bytes.readInt32BE(bytes.indexOf('trun') + 12 + 16)
        // Where a segment begins without a key frame, decode times and presentation times are rounded apart: a millisecond.
        assert.ok(Math.abs(tfdt + firstOffset - time) <= (independent ? 0 : 90), `${representation} ${number}`)
        if (end !== undefined) assert.equal(time, end, 'without a hole')
        end = time + duration
      }
    }
  })

  test('says where the media of a Period ends when an absence follows', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) })
    const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
    const manifests = new Manifests()
    send(broadcast, { from: 10, seconds: 9 }, () => t.mock.timers.setTime(Date.now() + 10))
    broadcast.discontinuity()
    t.mock.timers.setTime(Date.now() + 30_000)
    manifests.render(presentation)
    send(broadcast, { from: 19, seconds: 5 }, () => {})
    const [before, after] = parseMpd(manifests.render(presentation)?.plain.toString() ?? '').periods
    const length = secondsOf(before?.duration ?? '')
    assert.ok(length >= 9 && length < 9.1, `${length}`)
    assert.ok(secondsOf(after?.start ?? '') >= length + 25)
    assert.equal(after?.duration, undefined)
  })

  test('the end lies where all tracks still have media, and no Period says so by itself', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) })
    const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
    const manifests = new Manifests()
    send(broadcast, { from: 10, seconds: 9 }, () => t.mock.timers.setTime(Date.now() + 10))
    broadcast.discontinuity()
    t.mock.timers.setTime(Date.now() + 30_000)
    send(broadcast, { from: 19, seconds: 5 }, () => {})
    broadcast.end('ended')
    for (const ofThoseWhoPlay of [true, false]) {
      if (!ofThoseWhoPlay) t.mock.timers.setTime(Date.now() + 60_000)
      const { type, attributes, periods } = parseMpd(manifests.render(presentation)?.plain.toString() ?? '')
      assert.equal(type, 'static')
      // dash.js adds up Periods that all say how long they are, and takes that for the end: it has no absences in it.
      assert.equal(periods.at(-1)?.duration, undefined)
      const end = secondsOf(attributes.get('mediaPresentationDuration') ?? '')
      const begins = secondsOf(periods.at(-1)?.start ?? '')
      const ends = presentation.renditions.map(({ window }) => {
        const last = window.shown.at(-1)
        return (last?.cut.time ?? 0) / 90_000 - 19 + (last?.duration ?? 0)
      })
      assert.ok(Math.abs(end - begins - Math.min(...ends)) < 0.03, `${end - begins} of ${ends}`)
    }
  })

  test('nothing of it changes while numbered segments come', () => {
    const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
    const manifests = new Manifests()
    send(broadcast, { from: 10, seconds: 10 }, () => {})
    const before = manifests.render(presentation)
    send(broadcast, { from: 20, seconds: 30 }, () => {})
    assert.equal(manifests.render(presentation), before)
  })
})

suite('a ladder', () => {
  /** One copy of the picture that stops for some time, and what manifests say meanwhile. */
  function ladder(only: (time: number) => boolean, source: Partial<SyntheticOptions> = {}): StrictMpd[] {
    const { broadcast, presentation } = openPresentation({ liveSeconds: 60 })
    const manifests = new Manifests()
    const packets = synthetic({ seconds: 40, ...source })
    announce(broadcast, packets)
    presentation.rungs.expect(['480p'])
    presentation.rungs.track('480p', copyTrack)
    const mpds: StrictMpd[] = []
    let last = ''
    let paused = false
    writeWithCopies(broadcast, presentation, packets, [{ name: '480p', lag: 0.2, only }], (time) => {
      if (!paused && time > 20.1 && !only(20)) {
        paused = true
        presentation.rungs.pause('480p')
      }
      const text = manifests.render(presentation)?.plain.toString() ?? ''
      if (text !== '' && text !== last) mpds.push(parseMpd(text))
      last = text
    })
    return mpds
  }
  const names = (mpd: StrictMpd | undefined): string[][] =>
    (mpd?.periods ?? []).map(({ sets }) => sets.flatMap(({ representations }) => representations.map(({ id }) => id)))

  test('is one AdaptationSet whose Representations have the same segments', () => {
    for (const source of [{}, { gop: 250 / 30, reorder: 2 }, { reorder: 2 }]) {
      const last = ladder(() => true, source).at(-1)
      assert.deepEqual(names(last), [['source', '480p', 'audio']])
      const [source480, own] = last?.periods[0]?.sets[0]?.representations ?? []
      const { initialization: _, media: __, ...template } = source480?.template ?? assert.fail()
      const { initialization: ___, media: ____, ...other } = own?.template ?? assert.fail()
      if (template.kind === 'number') assert.deepEqual(other, template)
      else if (other.kind === 'timeline')
        for (const [i, segment] of other.segments.entries())
          assert.ok(Math.abs(segment.time - (template.segments[i]?.time ?? 0)) <= 90, `${i}`)
    }
  })

  test('a Representation that pauses is in no Period meanwhile, and the segments stay numbered', () => {
    const mpds = ladder((time) => time < 19.999 || time > 29.99)
    const last = mpds.at(-1)
    assert.deepEqual(names(last), [
      ['source', '480p', 'audio'],
      ['source', 'audio'],
      ['source', '480p', 'audio'],
    ])
    assert.deepEqual(kinds(last), ['number+number', 'number+number', 'number+number'])
    const starts = new Set(mpds.map(({ availabilityStartTime }) => availabilityStartTime))
    assert.equal(starts.size, 1)
  })
})
