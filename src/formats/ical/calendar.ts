/** iCalendar, RFC 5545, as far as an announcement needs it. */

/** Section 3.1: "Lines of text SHOULD NOT be longer than 75 octets, excluding the line break." */
const LINE_OCTETS = 75

/** Section 3.6.1. Times in milliseconds since 1970. */
export type CalendarEvent = {
  /** "A persistent, globally unique identifier" (3.8.4.7). */
  readonly uid: string
  /** How often it was revised (3.8.7.4). */
  readonly sequence: number
  /** When it was revised last: DTSTAMP, as without a METHOD it is that (3.8.7.2). */
  readonly revisedAtMs: number
  readonly startsAtMs: number
  readonly minutes: number
  readonly summary: string
  readonly description?: string | undefined
  readonly url?: string | undefined
  readonly categories?: readonly string[] | undefined
}

export type Calendar = {
  /** The calendar's name for people (RFC 7986, section 5.1). */
  readonly name: string
  readonly events: readonly CalendarEvent[]
}

/** The text of a calendar, for `text/calendar; charset=utf-8`. */
export function calendarText({ name, events }: Calendar): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//StreamHost//Schedule//EN',
    'CALSCALE:GREGORIAN',
    `NAME:${escapeText(name)}`,
    // What programs read that are older than RFC 7986.
    `X-WR-CALNAME:${escapeText(name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...events.flatMap(eventLines),
    // Section 3.6: "an iCalendar object MUST include […] at least one calendar component".
    ...(events.length === 0 ? UTC_ALONE : []),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${foldLine(line)}\r\n`).join('')
}

const UTC_ALONE = [
  ...['BEGIN:VTIMEZONE', 'TZID:Etc/UTC', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
  ...['TZOFFSETFROM:+0000', 'TZOFFSETTO:+0000', 'TZNAME:UTC', 'END:STANDARD', 'END:VTIMEZONE'],
]

function eventLines(event: CalendarEvent): string[] {
  const { uid, sequence, revisedAtMs, startsAtMs, minutes, summary, description = '', url, categories = [] } = event
  return [
    'BEGIN:VEVENT',
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${utc(revisedAtMs)}`,
    `LAST-MODIFIED:${utc(revisedAtMs)}`,
    `SEQUENCE:${sequence}`,
    `DTSTART:${utc(startsAtMs)}`,
    `DURATION:PT${minutes}M`,
    `SUMMARY:${escapeText(summary)}`,
    ...(description === '' ? [] : [`DESCRIPTION:${escapeText(description)}`]),
    ...(url === undefined ? [] : [`URL:${url}`]),
    ...(categories.length === 0 ? [] : [`CATEGORIES:${categories.map(escapeText).join(',')}`]),
    // It takes nobody's time: who watches decides for themselves.
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ]
}

/** Section 3.3.11, TEXT; control characters may not be in it at all (3.1, CONTROL). */
export function escapeText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\\;,]/g, (sign) => `\\${sign}`)
    .replaceAll('\n', '\\n')
    .replace(/\p{Cc}/gu, (sign) => (sign === '\t' ? sign : ''))
}

/** Section 3.1: a long line goes on in the next, which begins with a space. No character is cut in two. */
export function foldLine(line: string): string {
  let folded = ''
  let octets = 0
  for (const sign of line) {
    const size = Buffer.byteLength(sign)
    if (octets + size > LINE_OCTETS) {
      folded += '\r\n '
      octets = 1
    }
    folded += sign
    octets += size
  }
  return folded
}

/** Section 3.3.5, form 2: `20261129T090000Z`. */
function utc(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
}
