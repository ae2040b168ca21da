import { type CoachView, figure, median, type Rule, type Verdict } from './rule.ts'

/** Seconds. Players start, switch and rewind at key frames, and segments are cut there. */
const WANTED_DISTANCE = '2'
const TOO_FAR = 4.2
const NEAR_ENOUGH = 3.2
const MUCH_TOO_FAR = 10
/** Between the shortest and the longest of the newest distances. */
const IRREGULAR = 0.6
const REGULAR = 0.3

const keyFramesTooFar: Rule = {
  kind: 'key-frames-too-far',
  afterSeconds: 2,
  goneSeconds: 2,
  judge(view, active) {
    if (isWithoutIdr(view)) return 'fine'
    const { keyFrameDistances, sinceKeyFrame } = view.encoder
    const usual = keyFrameDistances.length > 0 ? median(keyFrameDistances.slice(-3)) : 0
    const distance = Math.max(usual, sinceKeyFrame ?? 0)
    if (distance > (active ? NEAR_ENOUGH : TOO_FAR)) {
      const severity = distance > MUCH_TOO_FAR ? 'trouble' : 'look'
      return { severity, found: figure(distance), wanted: WANTED_DISTANCE }
    }
    return keyFrameDistances.length > 0 ? 'fine' : 'unknown'
  },
}

const keyFramesIrregular: Rule = {
  kind: 'key-frames-irregular',
  afterSeconds: 10,
  goneSeconds: 5,
  judge(view, active) {
    const { keyFrameDistances } = view.encoder
    if (keyFrameDistances.length < 4) return 'unknown'
    const shortest = Math.min(...keyFrameDistances)
    const longest = Math.max(...keyFrameDistances)
    if (longest > TOO_FAR || longest - shortest <= (active ? REGULAR : IRREGULAR)) return 'fine'
    return { severity: 'hint', found: `${figure(shortest)}–${figure(longest)}`, wanted: WANTED_DISTANCE }
  },
}

const noIdr: Rule = {
  kind: 'no-idr',
  afterSeconds: 2,
  goneSeconds: 2,
  judge(view) {
    if (isWithoutIdr(view)) return { severity: 'trouble', found: 'none', wanted: WANTED_DISTANCE }
    return view.encoder.sinceKeyFrame === undefined ? 'unknown' : 'fine'
  },
}

const bFrames: Rule = {
  kind: 'b-frames',
  afterSeconds: 3,
  goneSeconds: 3,
  judge({ encoder }) {
    if (encoder.video === undefined) return 'unknown'
    return encoder.bFrames > 0 ? { severity: 'hint', found: String(encoder.bFrames), wanted: '0' } : 'fine'
  },
}

const codecUnusual: Rule = {
  kind: 'codec-unusual',
  afterSeconds: 2,
  goneSeconds: 2,
  judge({ encoder: { video, audio } }): Verdict {
    if (video?.unusual === 'interlaced') return { severity: 'look', found: 'interlaced', wanted: 'progressive' }
    if (video?.unusual !== undefined) return { severity: 'trouble', found: video.unusual, wanted: 'High' }
    if (audio !== undefined && audio.channels > 2) {
      return { severity: 'look', found: `${audio.channels} ch`, wanted: '2 ch' }
    }
    if (audio !== undefined && audio.sampleRate !== 44_100 && audio.sampleRate !== 48_000) {
      return { severity: 'hint', found: `${audio.sampleRate} Hz`, wanted: '48000 Hz' }
    }
    return video === undefined && audio === undefined ? 'unknown' : 'fine'
  },
}

const noPicture: Rule = {
  kind: 'no-picture',
  afterSeconds: 3,
  goneSeconds: 1,
  judge(view) {
    if (view.connectedSeconds < 5) return 'unknown'
    if (view.encoder.video === undefined) return { severity: 'look', found: 'none', wanted: 'picture' }
    if (view.sum('framesPerSecond', 5) > 0) return 'fine'
    // Without sound either the connection is silent, which is another matter.
    return view.sum('audioBitrate', 5) > 0 ? { severity: 'trouble', found: 'stopped', wanted: 'picture' } : 'unknown'
  },
}

/** Key frames by name only, for longer than any group of pictures may be. */
function isWithoutIdr({ encoder }: CoachView): boolean {
  return encoder.keyFramesWithoutIdr >= 2 && (encoder.sinceKeyFrame ?? Number.POSITIVE_INFINITY) > MUCH_TOO_FAR
}

export const PICTURE_RULES: readonly Rule[] = [
  keyFramesTooFar,
  keyFramesIrregular,
  noIdr,
  bFrames,
  codecUnusual,
  noPicture,
]
