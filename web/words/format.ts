import { language, locale } from './locale.ts'

/** 1204 → "1,204", 12340 → "12.3K", as the reader writes numbers. */
export function count(value: number): string {
  const compact = value >= 10_000
  return new Intl.NumberFormat(locale(), compact ? { notation: 'compact', maximumFractionDigits: 1 } : {}).format(value)
}

/** Seconds as a clock: 41:17, 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const minutes = Math.floor(whole / 60)
  const tail = String(whole % 60).padStart(2, '0')
  return minutes < 60
    ? `${minutes}:${tail}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${tail}`
}

/** A delay in words: "1.1 s", "14 s", "1 min 20 s". */
export function delay(seconds: number): string {
  if (seconds < 9.95) {
    const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
    return `${new Intl.NumberFormat(locale(), digits).format(Math.max(0, seconds))} s`
  }
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const rest = whole % 60
  return rest === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${rest} s`
}

/** How long, to be spoken: "3 minutes 20 seconds". */
export function spokenSpan(seconds: number): string {
  const whole = Math.round(seconds)
  const parts = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ] as const
  const said = parts.filter(([amount, unit]) => amount > 0 || (unit === 'second' && whole === 0))
  const say = (amount: number, unit: string) =>
    new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(amount)
  return said.map(([amount, unit]) => say(amount, unit)).join(' ')
}

/** Bits a second as "4.5 Mbit/s". */
export function rate(bitsPerSecond: number): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
  return `${new Intl.NumberFormat(locale(), digits).format(Math.max(0.1, bitsPerSecond / 1e6))} Mbit/s`
}

/** How long before `nowMs` a moment was: "41 minutes ago", "just now". */
export function ago(fromMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - fromMs) / 60_000)
  if (minutes < 1) return language().justNow
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'always' })
  if (minutes < 60) return relative.format(-minutes, 'minute')
  if (minutes < 48 * 60) return relative.format(-Math.floor(minutes / 60), 'hour')
  return relative.format(-Math.floor(minutes / 1440), 'day')
}

/** The time of day where the reader is: "19:17", or to the second "19:17:05". */
export function timeOfDay(iso: string, to: 'minute' | 'second' = 'minute'): string {
  const second = to === 'second' ? ({ second: '2-digit' } as const) : {}
  return new Intl.DateTimeFormat(locale(), { hour: 'numeric', minute: '2-digit', ...second }).format(new Date(iso))
}

/** A day and a time where the reader is: "23 Nov, 19:17". */
export function dayAndTime(iso: string): string {
  const form = { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit', second: '2-digit' } as const
  return new Intl.DateTimeFormat(locale(), form).format(new Date(iso))
}

/** The same without seconds: "23 Nov, 19:17". */
export function dayAndMinute(iso: string): string {
  const form = { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(locale(), form).format(new Date(iso))
}

/** "23 November 2026", where the reader is. */
export function dayOf(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(iso))
}

/** A day and a time to come where the reader is: "Sunday 29 November at 10:00"; of another year with the year. */
export function weekdayAndTime(iso: string, nowMs = Date.now()): string {
  const date = new Date(iso)
  const year = date.getFullYear() === new Date(nowMs).getFullYear() ? {} : ({ year: 'numeric' } as const)
  const form = { weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit', ...year } as const
  return new Intl.DateTimeFormat(locale(), form).format(date)
}

/** How far off a moment is: "in 6 days", "tomorrow", "in 3 hours", "in 25 minutes". Days are those of the reader's calendar. */
export function until(toMs: number, nowMs: number): string {
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' })
  const noonOf = (ms: number): number => new Date(ms).setHours(12, 0, 0, 0)
  // Noon to noon: the days on which clocks change are an hour longer or shorter.
  const days = Math.round((noonOf(toMs) - noonOf(nowMs)) / 86_400_000)
  if (days > 0) return relative.format(days, 'day')
  const minutes = Math.max(1, Math.ceil((toMs - nowMs) / 60_000))
  return minutes < 60 ? relative.format(minutes, 'minute') : relative.format(Math.round(minutes / 60), 'hour')
}

/** At most so many digits after the point, as the reader writes numbers. */
export function decimal(value: number, digits = 1): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value)
}

/** 0.0123 → "1.2 %". */
export function share(ratio: number): string {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: ratio < 0.1 ? 2 : 0 }).format(ratio)
}

/** Bytes as "1.9 GB". */
export function bytes(value: number): string {
  const step =
    value < 1e9
      ? value < 1e6
        ? (['kilobyte', 1e3] as const)
        : (['megabyte', 1e6] as const)
      : (['gigabyte', 1e9] as const)
  const [unit, size] = value >= 1e12 ? (['terabyte', 1e12] as const) : step
  const amount = value / size
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, maximumFractionDigits: amount < 10 ? 1 : 0 }).format(
    amount,
  )
}

/** How long: "43 days", "2 hours", "5 minutes". */
export function span(ms: number): string {
  const minutes = Math.max(1, Math.floor(ms / 60_000))
  const [unit, amount] =
    minutes < 120
      ? (['minute', minutes] as const)
      : minutes < 48 * 60
        ? (['hour', Math.floor(minutes / 60)] as const)
        : (['day', Math.floor(minutes / 1440)] as const)
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(amount)
}

/** Up to two letters that stand for a name. */
export function initials(name: string): string {
  const parts = name.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '')
  const letters = (parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts).map(
    (part) => [...(part ?? '')][0] ?? '',
  )
  return letters.join('').toLocaleUpperCase(locale())
}
