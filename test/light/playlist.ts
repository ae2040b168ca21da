/** A media playlist as a reader understands it (RFC 8216bis): written apart from the server's own, which it checks. */
export type ReadPlaylist = {
  readonly targetDuration: number
  readonly partTarget: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly canSkipUntil: number | undefined
  readonly partHoldBack: number | undefined
  /** EXT-X-SKIP: so many of the oldest segments are left out. */
  readonly skipped: number
  /** Complete ones first; the last one is open when it has no `uri`. */
  readonly segments: readonly ReadSegment[]
  /** URI of the part that comes next. */
  readonly hint: string | undefined
  readonly reports: readonly { readonly uri: string; readonly lastMsn: number; readonly lastPart: number | undefined }[]
  readonly ended: boolean
}

export type ReadSegment = {
  readonly msn: number
  readonly uri: string | undefined
  /** EXTINF in seconds; 0 while the segment is open. */
  readonly duration: number
  readonly gap: boolean
  readonly discontinuity: boolean
  readonly programDateTime: string | undefined
  readonly map: string | undefined
  readonly parts: readonly ReadPart[]
}

export type ReadPart = { readonly uri: string; readonly duration: number; readonly independent: boolean }

type OpenSegment = { -readonly [K in keyof ReadSegment]: ReadSegment[K] } & { parts: ReadPart[] }

/** @throws Error when it is no playlist, or lacks what a low-latency one must have */
export function readPlaylist(text: string): ReadPlaylist {
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines[0] !== '#EXTM3U') throw new Error('a playlist begins with #EXTM3U')
  const tag = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`#${name}:`))?.slice(name.length + 2)
  const control = attributes(tag('EXT-X-SERVER-CONTROL') ?? '')
  const mediaSequence = Number(tag('EXT-X-MEDIA-SEQUENCE') ?? 0)
  const skipped = Number(attributes(tag('EXT-X-SKIP') ?? '').get('SKIPPED-SEGMENTS') ?? 0)
  const segments: ReadSegment[] = []
  let map: string | undefined
  let open = fresh(mediaSequence + skipped, map)
  let duration = 0
  for (const line of lines) {
    const [, name = '', value = ''] = /^#(EXT[A-Z0-9-]*):?(.*)$/.exec(line) ?? []
    if (name === 'EXT-X-MAP') {
      map = attributes(value).get('URI')
      open.map = map
    } else if (name === 'EXT-X-PROGRAM-DATE-TIME') open.programDateTime = value
    else if (name === 'EXT-X-DISCONTINUITY') open.discontinuity = true
    else if (name === 'EXT-X-GAP') open.gap = true
    else if (name === 'EXT-X-PART') open.parts.push(partOf(attributes(value)))
    else if (name === 'EXTINF') duration = Number.parseFloat(value)
    else if (!line.startsWith('#')) {
      segments.push({ ...open, uri: line, duration })
      open = fresh(open.msn + 1, map)
    }
  }
  if (open.parts.length > 0) segments.push(open)
  const number = (value: string | undefined): number | undefined => (value === undefined ? undefined : Number(value))
  return {
    targetDuration: Number(tag('EXT-X-TARGETDURATION')),
    partTarget: Number(attributes(tag('EXT-X-PART-INF') ?? '').get('PART-TARGET')),
    mediaSequence,
    discontinuitySequence: Number(tag('EXT-X-DISCONTINUITY-SEQUENCE') ?? 0),
    canSkipUntil: number(control.get('CAN-SKIP-UNTIL')),
    partHoldBack: number(control.get('PART-HOLD-BACK')),
    skipped,
    segments,
    hint: attributes(tag('EXT-X-PRELOAD-HINT') ?? '').get('URI'),
    reports: lines
      .filter((line) => line.startsWith('#EXT-X-RENDITION-REPORT:'))
      .map((line) => attributes(line.slice(line.indexOf(':') + 1)))
      .map((report) => ({
        uri: report.get('URI') ?? '',
        lastMsn: Number(report.get('LAST-MSN')),
        lastPart: number(report.get('LAST-PART')),
      })),
    ended: lines.includes('#EXT-X-ENDLIST'),
  }
}

/** The media playlists that a multivariant playlist names, as they are written there. */
export function readMultivariant(text: string): string[] {
  const lines = text.split('\n')
  const audio = lines
    .filter((line) => line.startsWith('#EXT-X-MEDIA:'))
    .map((line) => attributes(line.slice(line.indexOf(':') + 1)).get('URI'))
  const variants = lines.filter((_line, i) => lines[i - 1]?.startsWith('#EXT-X-STREAM-INF:') === true)
  return [...new Set([...variants, ...audio.filter((uri) => uri !== undefined)])]
}

function attributes(list: string): Map<string, string> {
  const pairs = list.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)
  return new Map(Array.from(pairs, ([, name = '', value = '']) => [name, value.replace(/^"|"$/g, '')]))
}

function partOf(list: Map<string, string>): ReadPart {
  return {
    uri: list.get('URI') ?? '',
    duration: Number(list.get('DURATION')),
    independent: list.get('INDEPENDENT') === 'YES',
  }
}

function fresh(msn: number, map: string | undefined): OpenSegment {
  return {
    ...{ msn, map, uri: undefined, duration: 0, gap: false, discontinuity: false, programDateTime: undefined },
    parts: [],
  }
}
