import assert from 'node:assert/strict'
import { test } from 'node:test'

// hls.js asks for the browser's global name as soon as it is read.
Object.assign(globalThis, { self: globalThis })
const { default: Hls } = await import('hls.js')
const { closePartRace, growBackwards, hlsConfig, keepSoundInStep, setLongestDelay } = await import(
  '../../../web/player/tame-hls.ts'
)

type Inside = Record<'streamController' | 'audioStreamController', { fragmentTracker: { bufferPadding: number } }>

test('the field that sets off the race in hls.js is where we think it is, in both controllers', () => {
  const hls = new Hls(hlsConfig)
  const { streamController, audioStreamController } = hls as unknown as Inside
  assert.equal(streamController.fragmentTracker.bufferPadding, 0.2)
  assert.equal(closePartRace(hls), true)
  assert.equal(streamController.fragmentTracker.bufferPadding, 0.01)
  assert.equal(audioStreamController.fragmentTracker.bufferPadding, 0.01)
  hls.destroy()
})

test('without that field nothing is touched', () => {
  assert.equal(closePartRace({ streamController: { fragmentTracker: {} } } as never), false)
  assert.equal(closePartRace({} as never), false)
})

test('how far to hold back stays the playlist’s word', () => {
  const hls = new Hls(hlsConfig)
  setLongestDelay(hls, 4)
  assert.equal(hls.config.liveMaxLatencyDuration, 4)
  assert.equal(hls.config.liveSyncDuration, undefined)
  hls.destroy()
})

/** A playlist as hls.js reads it: one segment of two seconds after the other, from 0 on. */
function details(startSN: number, count: number) {
  const fragments = Array.from({ length: count }, (_, i) => {
    const fragment = {
      start: i * 2,
      addStart: (seconds: number) => {
        fragment.start += seconds
      },
    }
    return fragment
  })
  return {
    startSN,
    skippedSegments: 0,
    fragments,
    get fragmentStart() {
      return this.fragments[0]?.start ?? 0
    },
  }
}

test('playlists may grow at their beginning: the first leaves room, a longer one is put where the segments of both say', () => {
  const hls = new Hls(hlsConfig)
  growBackwards(hls, Hls.Events, 100)
  const heard: string[] = []
  hls.trigger = ((trigger) => (event: never, data: never) => {
    heard.push(event)
    return trigger(event, data)
  })(hls.trigger.bind(hls)) as typeof hls.trigger
  hls.removeAllListeners()
  const say = (event: string, data: object) => hls.trigger(event as never, data as never)
  const live = details(40, 10)
  say(Hls.Events.LEVEL_LOADED, { details: live, levelInfo: {} })
  assert.deepEqual([live.fragments[0]?.start, live.fragments[9]?.start], [100, 118])
  const whole = details(0, 51)
  say(Hls.Events.LEVEL_LOADED, { details: whole, levelInfo: { details: live } })
  assert.deepEqual([whole.fragments[0]?.start, whole.fragments[40]?.start], [20, 100])
  const sound = details(0, 51)
  say(Hls.Events.AUDIO_TRACK_LOADED, { details: sound, track: { details: live } })
  assert.equal(sound.fragments[40]?.start, 100)
  const later = details(41, 10)
  say(Hls.Events.LEVEL_LOADED, { details: later, levelInfo: { details: live } })
  assert.equal(later.fragments[0]?.start, 0, 'one that lost its beginning is left to hls.js')
  assert.equal(heard.length, 4)
  hls.destroy()
})

/** As far as hls.js looks at them before it loads the sound of a broadcast: a segment that was played, a gap, what comes behind it. */
function afterGap(known: unknown[]) {
  const hls = new Hls(hlsConfig)
  const inside = hls as unknown as { audioStreamController: SoundInside }
  const sound = inside.audioStreamController
  sound.loadingParts = true
  sound.initPTS = known
  sound.levels = []
  const segment = (sn: number, cc: number, start: number) => ({
    sn,
    cc,
    start,
    end: start + 1,
    type: 'audio',
    level: 0,
  })
  const [played, gap, next] = [segment(1, 0, 0), segment(2, 0, 1), segment(3, 1, 2)] as const
  const partList = [
    { fragment: played, start: 0, loaded: true, independent: true },
    { fragment: next, start: 2, loaded: false, independent: true },
  ]
  const track = { details: { live: true, partList, fragmentEnd: 3, fragmentStart: 0, fragments: [played, gap, next] } }
  const loaded: unknown[] = []
  sound._doFragLoad = async (fragment) => {
    loaded.push(fragment)
    return null
  }
  return { hls, sound, gap, track, loaded }
}

type SoundInside = {
  state: string
  loadingParts: boolean
  initPTS: unknown[]
  levels: unknown[]
  _doFragLoad: (fragment: unknown) => Promise<null>
  loadFragment: (fragment: unknown, track: unknown, time: number) => void
}

test('hls.js by itself loads sound from behind a gap and a discontinuity before the picture behind them is known', () => {
  const { hls, sound, gap, track, loaded } = afterGap([{}])
  sound.loadFragment(gap, track, 1)
  assert.deepEqual(loaded, [gap])
  hls.destroy()
})

test('ours waits for the picture, and loads as before once it is known', () => {
  const { hls, sound, gap, track, loaded } = afterGap([{}])
  assert.equal(keepSoundInStep(hls), true)
  sound.loadFragment(gap, track, 1)
  assert.deepEqual(loaded, [])
  assert.equal(sound.state, 'WAITING_INIT_PTS')
  sound.initPTS = [{}, {}]
  sound.loadFragment(gap, track, 1)
  assert.deepEqual(loaded, [gap])
  hls.destroy()
})

test('where there is no loader of sound as we know it, nothing is touched', () => {
  assert.equal(keepSoundInStep({} as never), false)
  assert.equal(keepSoundInStep({ audioStreamController: { loadFragment: () => {} } } as never), false)
})
