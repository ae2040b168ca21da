/** A buffered range in seconds of media time. */
export type Range = readonly [start: number, end: number]

/** What the watchdog sees at one moment. Times of media in seconds. */
export type Look = {
  /** A monotonic clock in milliseconds. */
  readonly nowMs: number
  readonly currentTime: number
  /** The viewer wants motion: started, not paused, not ended, not held on purpose. */
  readonly wantsMotion: boolean
  readonly buffered: readonly Range[]
  /** Where the player should be now; null while unknown. */
  readonly syncPosition: number | null
  /** The viewer went back on purpose: live is not where they want to be. */
  readonly rewound: boolean
}

export type Rescue = { readonly to: number; readonly why: 'live' | 'gap' }

/** Standing still for this long while motion is wanted is a freeze. */
export const stillMs = 1000
/** A seek needs time to show its effect. */
const patienceMs = 1500
/** A viewer who went back is carried over no more than this (seconds): what lies further on may be buffered, but was not reached yet. */
const longestGap = 3
/** Less than this is no way ahead, only rounding. */
const ahead = 0.1

/**
 * The second line behind everything that keeps the picture moving: when nothing moved for a second, it names the place to go on.
 * It decides, it does not act: the caller seeks, and counts the rescue as a stall.
 */
export class Watchdog {
  #time = Number.NaN
  #movedMs = 0
  #rescuedMs = Number.NEGATIVE_INFINITY

  look(look: Look): Rescue | null {
    if (!look.wantsMotion || look.currentTime !== this.#time) {
      this.#time = look.currentTime
      this.#movedMs = look.nowMs
      return null
    }
    if (look.nowMs - this.#movedMs < stillMs || look.nowMs - this.#rescuedMs < patienceMs) return null
    const rescue = wayOn(look)
    if (rescue !== null) this.#rescuedMs = look.nowMs
    return rescue
  }
}

function wayOn(look: Look): Rescue | null {
  if (!look.rewound && look.syncPosition !== null && look.syncPosition > look.currentTime + ahead) {
    return { to: look.syncPosition, why: 'live' }
  }
  for (const [start] of look.buffered) {
    if (start <= look.currentTime) continue
    return look.rewound && start - look.currentTime > longestGap ? null : { to: start, why: 'gap' }
  }
  return null
}
