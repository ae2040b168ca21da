import type Hls from 'hls.js'
import type {
  AudioTrackLoadedData,
  Events,
  Fragment,
  HlsConfig,
  Level,
  LevelDetails,
  LevelLoadedData,
  Part,
} from 'hls.js'

/** How hls.js is set up here. Holding back is the playlist's word (PART-HOLD-BACK), so `liveSyncDuration` is not set. */
export const hlsConfig: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // Measured: it catches up only with more than a second buffered; a little is enough and not heard.
  maxLiveSyncPlaybackRate: 1.1,
  maxBufferHole: 0.5,
  maxBufferLength: 12,
  // For who rewound; else it would load ten minutes ahead.
  maxMaxBufferLength: 30,
  backBufferLength: 30,
  // A stall is answered by the cushion; a target that grows with every stall would never come back.
  liveSyncOnStallIncrease: 0,
  testBandwidth: false,
  // More lines than the stage has cost and show nothing. More than two points for a pixel nobody sees either.
  capLevelToPlayerSize: true,
  maxDevicePixelRatio: 2,
  // Its captions come too late for live, see `captions/`; without this it would make a text track of a data: address for them.
  enableCEA708Captions: false,
  // No adverts here: one controller less between a playlist and its first part.
  enableInterstitialPlayback: false,
  // fMP4 needs no work that would be worth a worker. Without one a part is parsed in the very task that received it, so that
  // no playlist comes between the two: half of the race that `closePartRace` closes. And the page needs no blob: scripts.
  enableWorker: false,
  manifestLoadPolicy: { default: policy(1, 1) },
  // Without a running encoder a playlist asked for with `_HLS_msn` does not come, and hls.js gives up waiting after a second or two:
  // that is no failure, and must not cost the last picture. What became of the broadcast is the channel's word, not the player's.
  playlistLoadPolicy: { default: policy(600, 120) },
  fragLoadPolicy: { default: policy(1, 2) },
}

function policy(timeouts: number, errors: number) {
  return {
    maxTimeToFirstByteMs: 8000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: timeouts, retryDelayMs: 250, maxRetryDelayMs: 1000 },
    errorRetry: { maxNumRetry: errors, retryDelayMs: 500, maxRetryDelayMs: 2000 },
  }
}

/**
 * Closes a race in hls.js 1.7 that loses the last part of a segment for ever: the fragment tracker takes a fragment for complete
 * when less than `bufferPadding` (0.2 s) of it is missing, and a short last part is just that.
 *
 * The field is private. hls.js is pinned, and a test fails when the field is gone.
 * @returns whether the field was there
 */
export function closePartRace(hls: Hls): boolean {
  const { streamController, audioStreamController } = hls as unknown as Record<string, WithTracker | undefined>
  let closed = false
  for (const controller of [streamController, audioStreamController]) {
    const tracker = controller?.fragmentTracker
    if (tracker === undefined || typeof tracker.bufferPadding !== 'number') continue
    tracker.bufferPadding = 0.01
    closed = true
  }
  return closed
}

/**
 * Keeps the sound behind a discontinuity from being loaded before the picture behind it is known: hls.js 1.7 can't place it then, and
 * looks only at the segment where the sound ended. Where that is followed by a gap (a server that was killed leaves one), it loads
 * what comes after the gap, again and again, until answers of several requests are mixed and it waits for ever for one that it
 * called off. Given the segment that it is about to load, it waits for the picture by itself.
 *
 * The methods are private. hls.js is pinned, and a test fails when they are gone.
 * @returns whether they were there
 */
export function keepSoundInStep(hls: Hls): boolean {
  const { audioStreamController } = hls as unknown as Record<string, Partial<SoundLoader> | undefined>
  if (!isSoundLoader(audioStreamController)) return false
  const sound = audioStreamController
  const load = sound.loadFragment.bind(sound)
  sound.loadFragment = (fragment, track, targetBufferTime) => {
    const next = partFragment(sound, fragment, track, targetBufferTime)
    load(next !== null && sound.initPTS[next.cc] === undefined ? next : fragment, track, targetBufferTime)
  }
  return true
}

/** The segment that hls.js is about to load a part of; null: it loads none, or no parts. */
function partFragment(sound: SoundLoader, fragment: Fragment, { details }: Level, time: number): Fragment | null {
  if (!sound.loadingParts || !details?.partList) return null
  const { partList, fragmentEnd, fragmentHint } = details
  const from = Math.max(fragment.start, time)
  const place = from > fragmentEnd && fragmentHint ? fragmentHint : fragment
  return partList[sound.getNextPart(partList, place, from)]?.fragment ?? null
}

/** What of hls.js' loader of sound is needed here. */
type SoundLoader = {
  readonly loadingParts: boolean
  /** Where the time of each continuity counter begins, as far as known. */
  readonly initPTS: readonly unknown[]
  getNextPart(parts: readonly Part[], fragment: Fragment, targetBufferTime: number): number
  loadFragment(fragment: Fragment, track: Level, targetBufferTime: number): void
}

function isSoundLoader(sound: Partial<SoundLoader> | undefined): sound is SoundLoader {
  return (
    typeof sound?.loadFragment === 'function' && typeof sound.getNextPart === 'function' && Array.isArray(sound.initPTS)
  )
}

type WithTracker = { fragmentTracker?: { bufferPadding?: unknown } }

/** How far behind live (seconds) a player may fall before it jumps; never so near that the hold-back itself sets it off. */
export function setLongestDelay(hls: Hls, seconds: number): void {
  // Not in the constructor: hls.js accepts it there only together with `liveSyncDuration`, which would override PART-HOLD-BACK.
  hls.config.liveMaxLatencyDuration = seconds
}

/**
 * Lets playlists grow at their beginning, as those of a viewer who rewinds do.
 *
 * There is no media time before 0, where hls.js puts what the first playlist lists first: so that gets this much (seconds) of
 * room in front of it. (`timelineOffset` is meant for this, but is added twice where a broadcast is joined.) And a playlist that
 * begins before the one it follows is put where the segments of both say: hls.js expects playlists to lose their beginning only.
 */
export function growBackwards(hls: Hls, { LEVEL_LOADED, AUDIO_TRACK_LOADED }: typeof Events, room: number): void {
  const trigger = hls.trigger.bind(hls)
  let first = true
  hls.trigger = (event, data) => {
    if (event === LEVEL_LOADED) {
      const { details, levelInfo } = data as LevelLoadedData
      if (first) shift(details, room)
      else alignTo(levelInfo.details, details)
      first = false
    }
    if (event === AUDIO_TRACK_LOADED) {
      const { details, track } = data as AudioTrackLoadedData
      alignTo(track.details, details)
    }
    return trigger(event, data)
  }
}

function alignTo(before: LevelDetails | undefined, details: LevelDetails): void {
  if (before === undefined || details.startSN >= before.startSN || details.skippedSegments > 0) return
  const same = details.fragments[before.startSN - details.startSN]
  if (same !== undefined) shift(details, before.fragmentStart - same.start)
}

function shift(details: LevelDetails, seconds: number): void {
  for (const fragment of details.fragments) fragment.addStart(seconds)
  details.fragmentHint?.addStart(seconds)
}
