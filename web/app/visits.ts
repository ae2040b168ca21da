/** What is known of a person's visits, on their device alone: when to offer the app. */
export type Visits = {
  /** Visits with enough watched. */
  readonly full: number
  /** Seconds watched in this one. */
  readonly watched: number
  readonly declined: boolean
}

/** A visit counts with so much watched. */
export const enoughSeconds = 180
const key = 'visits'
const none: Visits = { full: 0, watched: 0, declined: false }

/** The offer is made once, in the second visit with three minutes watched. */
export function isOffered({ full, watched, declined }: Visits): boolean {
  return !declined && full >= 1 && watched >= enoughSeconds
}

export function watchedMore(visits: Visits, seconds: number): Visits {
  return { ...visits, watched: visits.watched + seconds }
}

export function parseVisits(full: string | null): Visits {
  if (full === 'declined') return { ...none, full: 2, declined: true }
  const count = Number(full ?? 0)
  return { ...none, full: Number.isInteger(count) && count > 0 ? count : 0 }
}

export function recallVisits(): Visits {
  try {
    return parseVisits(localStorage.getItem(key))
  } catch {
    return none
  }
}

/** A visit has become a full one, or the offer was declined. */
export function keepVisits(value: number | 'declined'): void {
  try {
    localStorage.setItem(key, String(value))
  } catch {
    // A private window keeps nothing, and is offered nothing.
  }
}
