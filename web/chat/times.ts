import { words } from '../words/chat.ts'
import { locale } from '../words/locale.ts'

/** Above a message that came after a silence: the time, with the day unless it is today. */
export function dividerTime(iso: string, nowMs: number): string {
  const at = new Date(iso)
  const today = at.toDateString() === new Date(nowMs).toDateString()
  const time = { hour: 'numeric', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(
    undefined,
    today ? time : { weekday: 'long', day: 'numeric', month: 'long', ...time },
  ).format(at)
}

/** Until when: the time, with the day when it is more than half a day away. */
export function untilTime(atMs: number, nowMs: number): string {
  const far = atMs - nowMs > 12 * 3_600_000
  const time = { hour: 'numeric', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(locale(), far ? { day: 'numeric', month: 'short', ...time } : time).format(atMs)
}

/** A pause of slow mode: "10 s", "2 min". */
export function pause(seconds: number): string {
  return seconds < 120 || seconds % 60 !== 0 ? words.chat.seconds(seconds) : words.chat.minutes(seconds / 60)
}
