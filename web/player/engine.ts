import type { Captions } from './captions/captions.ts'
import type { Rung } from './rungs.ts'
import type { Range } from './watchdog.ts'

/** Why an engine gave up. `codec`: this browser will never play it. */
export type EngineFailure = 'network' | 'media' | 'codec'

/** What brings the broadcast into the video element: hls.js, or the browser itself. Times in seconds of media time. */
export type Engine = {
  readonly kind: 'hls' | 'native'
  /** Where a player should be now; null while unknown. */
  syncPosition(): number | null
  /** The wall-clock time (ms since 1970) of what is on screen; null while unknown. */
  playingAtMs(): number | null
  /** The wall-clock time (ms since 1970) of a moment of media time; null while unknown. */
  dateAt(time: number): number | null
  /** What is known of what can be reached: the whole rewind window, if that is listed, else its live end. */
  window(): Range | null
  /** The viewer may want to go back: list the whole rewind window from now on, or only its live end. */
  list(whole: boolean): void
  readonly listsWhole: boolean
  /** The playlist goes on. */
  readonly live: boolean
  /** Where the viewer is, or will be as soon as that place is listed. */
  position(): number
  /** Goes to a moment of media time. */
  seek(time: number): void
  /** Goes to live in the way that shows a picture soonest. */
  seekLive(): void
  /** The viewer is (or no longer is) behind on purpose: nothing may carry them to live. */
  stayBehind(behind: boolean): void
  /** How much (seconds) should be ahead before going on after running dry. */
  cushion(): number
  /** Stay this much (seconds) further behind than the playlist asks for, and so much in all at the least. */
  holdBack(extra: number, atLeast: number): void
  /** Qualities of the picture, best first; empty: not known, or nothing to choose. */
  rungs(): readonly Rung[]
  /** What is on screen; null: not known, or no picture. */
  rung(): Rung | null
  /** The rung of this size or the next smaller one; null: whatever the connection carries. */
  choose(size: number | null): void
  /** Bits a second of the sound; null: not known. */
  soundRate(): number | null
  /** Bits a second that the connection carried; null: not known. */
  throughput(): number | null
  /** Captions that the picture carries; null: the browser shows them itself. */
  readonly captions: Captions | null
  /** Tries to mend a failed decoder in place. False: it can't, build a new engine. */
  mend(): boolean
  /** Called four times a second. */
  tick(): void
  destroy(): void
}

export function buffered(video: HTMLVideoElement): Range[] {
  const ranges = video.buffered
  return Array.from({ length: ranges.length }, (_, i) => [ranges.start(i), ranges.end(i)] as const)
}

/** Seconds buffered without a hole in front of the playing position. */
export function bufferedAhead(video: HTMLVideoElement): number {
  for (const [start, end] of buffered(video)) {
    if (start <= video.currentTime + 0.1 && end > video.currentTime) return end - video.currentTime
  }
  return 0
}

export function holds(video: HTMLVideoElement, time: number, margin = 0.1): boolean {
  return buffered(video).some(([start, end]) => start <= time && time + margin <= end)
}
