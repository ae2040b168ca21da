/**
 * A reader of HLS playlists that forgives nothing: written from RFC 8216bis section 4 alone, so that it can't agree with
 * a mistake of our writer. Unknown tags, wrong types, wrong order and wrong places throw.
 */
export class PlaylistError extends Error {}

export type StrictPart = { readonly uri: string; readonly duration: number; readonly independent: boolean }
export type StrictSegment = {
  readonly msn: number
  readonly uri: string
  readonly duration: number
  /** Milliseconds since 1970. */
  readonly programDateTime: number | undefined
  readonly discontinuity: boolean
  readonly gap: boolean
  readonly map: string | undefined
  readonly parts: readonly StrictPart[]
}
export type RenditionReport = { readonly uri: string; readonly lastMsn: number; readonly lastPart: number | undefined }
export type ServerControl = {
  readonly canSkipUntil: number | undefined
  readonly holdBack: number | undefined
  readonly partHoldBack: number | undefined
  readonly canBlockReload: boolean
}
export type StrictMedia = {
  readonly version: number
  readonly targetDuration: number
  readonly partTarget: number | undefined
  readonly serverControl: ServerControl | undefined
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly skippedSegments: number
  readonly segments: readonly StrictSegment[]
  /** Parts of the segment that is not complete, and the tags that apply to it. */
  readonly open: Omit<StrictSegment, 'uri' | 'duration' | 'gap'>
  readonly preloadHint: string | undefined
  readonly reports: readonly RenditionReport[]
  readonly ended: boolean
}

const ONCE = new Set([
  '#EXT-X-VERSION',
  '#EXT-X-TARGETDURATION',
  '#EXT-X-MEDIA-SEQUENCE',
  '#EXT-X-DISCONTINUITY-SEQUENCE',
  '#EXT-X-ENDLIST',
  '#EXT-X-PART-INF',
  '#EXT-X-SERVER-CONTROL',
  '#EXT-X-SKIP',
])

/** Reads a media playlist. @throws PlaylistError naming the line */
export function parseMediaPlaylist(text: string): StrictMedia {
  const seen = new Set<string>()
  const segments: StrictSegment[] = []
  const reports: RenditionReport[] = []
  let version = 1
  let targetDuration: number | undefined
  let partTarget: number | undefined
  let serverControl: ServerControl | undefined
  let mediaSequence = 0
  let discontinuitySequence = 0
  let skippedSegments = 0
  let preloadHint: string | undefined
  let ended = false
  let map: string | undefined
  let next = fresh()
  let hasMediaTags = false

  for (const [tag, value, line] of linesOf(text)) {
    const fail = (words: string): never => {
      throw new PlaylistError(`${words}: ${line}`)
    }
    if (ONCE.has(tag)) {
      if (seen.has(tag)) fail('this tag MUST NOT appear more than once')
      seen.add(tag)
    }
    switch (tag) {
      case '':
        if (next.duration === undefined) fail('a URI line without its EXTINF')
        segments.push({
          msn: mediaSequence + skippedSegments + segments.length,
          uri: line,
          duration: next.duration ?? 0,
          programDateTime: next.programDateTime,
          discontinuity: next.discontinuity,
          gap: next.gap,
          map,
          parts: next.parts,
        })
        next = fresh()
        break
      case '#EXT-X-VERSION':
        version = integer(value, line)
        break
      case '#EXT-X-TARGETDURATION':
        targetDuration = integer(value, line)
        break
      case '#EXT-X-MEDIA-SEQUENCE':
        // "MUST appear before the first Media Segment in the Playlist" (4.4.3.2)
        if (hasMediaTags) fail('behind the first media segment')
        mediaSequence = integer(value, line)
        break
      case '#EXT-X-DISCONTINUITY-SEQUENCE':
        // "MUST appear before the first Media Segment … MUST appear before any EXT-X-DISCONTINUITY tag" (4.4.3.3)
        if (hasMediaTags) fail('behind the first media segment')
        discontinuitySequence = integer(value, line)
        break
      case '#EXT-X-ENDLIST':
        if (value !== undefined) fail('takes no value')
        ended = true
        break
      case '#EXT-X-PART-INF':
        partTarget = float(attributes(value, line, ['PART-TARGET']).get('PART-TARGET'), line)
        break
      case '#EXT-X-SERVER-CONTROL':
        serverControl = readServerControl(value, line)
        break
      case '#EXT-X-SKIP':
        // "replaces the Skipped Segments": what follows are the newer ones (4.4.5.2)
        if (hasMediaTags) fail('behind a media segment')
        skippedSegments = integer(attributes(value, line, ['SKIPPED-SEGMENTS']).get('SKIPPED-SEGMENTS'), line)
        hasMediaTags = true
        break
      case '#EXT-X-DISCONTINUITY':
        if (value !== undefined) fail('takes no value')
        if (next.discontinuity) fail('twice for one segment')
        if (next.parts.length > 0) fail("a segment's tags come before its parts")
        next.discontinuity = true
        hasMediaTags = true
        break
      case '#EXT-X-GAP':
        if (value !== undefined) fail('takes no value')
        next.gap = true
        hasMediaTags = true
        break
      case '#EXT-X-PROGRAM-DATE-TIME':
        if (next.programDateTime !== undefined) fail('twice for one segment')
        if (next.parts.length > 0) fail("a segment's tags come before its parts")
        next.programDateTime = dateTime(value, line)
        hasMediaTags = true
        break
      case '#EXT-X-MAP':
        if (next.parts.length > 0) fail("a segment's tags come before its parts")
        map = quoted(attributes(value, line, ['URI']).get('URI'), line)
        hasMediaTags = true
        break
      case '#EXT-X-PART': {
        if (next.duration !== undefined) fail('between an EXTINF and its URI')
        if (preloadHint !== undefined) fail('behind the preload hint')
        const list = attributes(value, line, ['URI', 'DURATION'], ['INDEPENDENT'])
        const independent = list.get('INDEPENDENT')
        if (independent !== undefined && independent !== 'YES') fail('INDEPENDENT is YES or absent')
        next.parts.push({
          uri: quoted(list.get('URI'), line),
          duration: float(list.get('DURATION'), line),
          independent: independent === 'YES',
        })
        hasMediaTags = true
        break
      }
      case '#EXTINF': {
        if (next.duration !== undefined) fail('two EXTINF for one segment')
        const match = /^([^,]*),([^,]*)$/.exec(value ?? '')
        if (match === null) fail('not <duration>,[<title>]')
        next.duration = float(match?.[1], line)
        hasMediaTags = true
        break
      }
      case '#EXT-X-PRELOAD-HINT': {
        if (preloadHint !== undefined) fail('a second hint of the same type')
        const list = attributes(value, line, ['TYPE', 'URI'])
        if (list.get('TYPE') !== 'PART') fail('not a hint at a part')
        preloadHint = quoted(list.get('URI'), line)
        break
      }
      case '#EXT-X-RENDITION-REPORT': {
        const list = attributes(value, line, ['URI', 'LAST-MSN'], ['LAST-PART'])
        const uri = quoted(list.get('URI'), line)
        if (/^[a-z]+:|^\//i.test(uri)) fail('the URI MUST be relative to the playlist')
        const lastPart = list.get('LAST-PART')
        reports.push({
          uri,
          lastMsn: integer(list.get('LAST-MSN'), line),
          lastPart: lastPart === undefined ? undefined : integer(lastPart, line),
        })
        break
      }
      default:
        fail('a tag that RFC 8216bis does not know in a media playlist')
    }
  }
  if (targetDuration === undefined) throw new PlaylistError('EXT-X-TARGETDURATION is REQUIRED')
  if (next.duration !== undefined || next.gap) throw new PlaylistError('the last segment has no URI')
  return {
    version,
    targetDuration,
    partTarget,
    serverControl,
    mediaSequence,
    discontinuitySequence,
    skippedSegments,
    segments,
    open: {
      msn: mediaSequence + skippedSegments + segments.length,
      programDateTime: next.programDateTime,
      discontinuity: next.discontinuity,
      map,
      parts: next.parts,
    },
    preloadHint,
    reports,
    ended,
  }
}

export type StrictVariant = { readonly uri: string; readonly attributes: ReadonlyMap<string, string> }
export type StrictMultivariant = {
  readonly version: number
  readonly variants: readonly StrictVariant[]
  readonly media: readonly ReadonlyMap<string, string>[]
}

/** Reads a multivariant playlist. Quoted strings keep their quotes. @throws PlaylistError naming the line */
export function parseMultivariantPlaylist(text: string): StrictMultivariant {
  const variants: StrictVariant[] = []
  const media: ReadonlyMap<string, string>[] = []
  let version = 1
  let streamInf: ReadonlyMap<string, string> | undefined
  for (const [tag, value, line] of linesOf(text)) {
    const fail = (words: string): never => {
      throw new PlaylistError(`${words}: ${line}`)
    }
    if (streamInf !== undefined && tag !== '') fail('a URI line MUST follow EXT-X-STREAM-INF')
    switch (tag) {
      case '':
        if (streamInf === undefined) fail('a URI line without its EXT-X-STREAM-INF')
        variants.push({ uri: line, attributes: streamInf ?? new Map() })
        streamInf = undefined
        break
      case '#EXT-X-VERSION':
        version = integer(value, line)
        break
      case '#EXT-X-MEDIA': {
        const optional = ['DEFAULT', 'AUTOSELECT', 'CHANNELS', 'URI', 'LANGUAGE', 'INSTREAM-ID']
        const list = attributes(value, line, ['TYPE', 'GROUP-ID', 'NAME'], optional)
        for (const name of ['GROUP-ID', 'NAME', 'URI', 'CHANNELS']) quoted(list.get(name) ?? '""', line)
        if (list.get('DEFAULT') === 'YES' && list.get('AUTOSELECT') !== 'YES') fail('DEFAULT without AUTOSELECT')
        if (list.get('TYPE') === 'CLOSED-CAPTIONS') {
          // "This attribute is REQUIRED if the TYPE attribute is CLOSED-CAPTIONS"; "the URI attribute MUST NOT be present" (4.4.6.1)
          if (!/^"(CC[1-4]|SERVICE([1-9]|[1-5]\d|6[0-3]))"$/.test(list.get('INSTREAM-ID') ?? '')) fail('no INSTREAM-ID')
          if (list.has('URI')) fail('a URI of closed captions')
        } else if (list.has('INSTREAM-ID')) fail('an INSTREAM-ID of no closed captions')
        media.push(list)
        break
      }
      case '#EXT-X-STREAM-INF': {
        const optional = ['AVERAGE-BANDWIDTH', 'CODECS', 'RESOLUTION', 'FRAME-RATE', 'AUDIO', 'CLOSED-CAPTIONS']
        const list = attributes(value, line, ['BANDWIDTH'], optional)
        integer(list.get('BANDWIDTH'), line)
        if (list.has('AVERAGE-BANDWIDTH')) integer(list.get('AVERAGE-BANDWIDTH'), line)
        for (const name of ['CODECS', 'AUDIO']) quoted(list.get(name) ?? '""', line)
        if (list.has('RESOLUTION') && !/^[1-9]\d*x[1-9]\d*$/.test(list.get('RESOLUTION') ?? '')) fail('no resolution')
        // "decimal-floating-point describing the maximum frame rate …, rounded to three decimal places" (4.4.6.2)
        if (list.has('FRAME-RATE') && !/^\d+\.\d{3}$/.test(list.get('FRAME-RATE') ?? '')) fail('no frame rate')
        streamInf = list
        break
      }
      default:
        fail('a tag that RFC 8216bis does not know in a multivariant playlist')
    }
  }
  if (streamInf !== undefined) throw new PlaylistError('the last EXT-X-STREAM-INF has no URI')
  const captions = variants.map((variant) => variant.attributes.get('CLOSED-CAPTIONS'))
  if (captions.includes('NONE') && captions.some((value) => value !== 'NONE'))
    throw new PlaylistError('CLOSED-CAPTIONS=NONE in some variants only')
  for (const group of captions) {
    if (group === undefined || group === 'NONE') continue
    if (!media.some((one) => one.get('TYPE') === 'CLOSED-CAPTIONS' && one.get('GROUP-ID') === group))
      throw new PlaylistError(`no closed captions in the group ${group}`)
  }
  return { version, variants, media }
}

type Fresh = {
  duration: number | undefined
  programDateTime: number | undefined
  discontinuity: boolean
  gap: boolean
  parts: StrictPart[]
}
const fresh = (): Fresh => ({
  duration: undefined,
  programDateTime: undefined,
  discontinuity: false,
  gap: false,
  parts: [],
})

/** Tag, value and whole line of each line behind EXTM3U; '' as the tag of URI lines. Section 4.1. */
function* linesOf(text: string): Generator<readonly [string, string | undefined, string]> {
  if (text.startsWith('\uFEFF')) throw new PlaylistError('a byte order mark')
  if (text.normalize('NFC') !== text) throw new PlaylistError('not normalized')
  if (!text.endsWith('\n')) throw new PlaylistError('the last line is not terminated')
  const lines = text.slice(0, -1).split(/\r?\n/)
  if (lines[0] !== '#EXTM3U') throw new PlaylistError('EXTM3U MUST be the first line')
  for (const line of lines.slice(1)) {
    if (line === '') continue
    for (const character of line) {
      const code = character.codePointAt(0) ?? 0
      if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) throw new PlaylistError(`a control character: ${line}`)
    }
    if (/^\s|\s$/.test(line)) throw new PlaylistError(`white space around a line: ${line}`)
    if (!line.startsWith('#')) yield ['', undefined, line]
    else if (line.startsWith('#EXT')) {
      const colon = line.indexOf(':')
      yield colon < 0 ? [line, undefined, line] : [line.slice(0, colon), line.slice(colon + 1), line]
    }
  }
}

const ATTRIBUTE = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,(?=.)|$)/y

/** An attribute list (4.2): names once, only known ones, the required ones there. */
function attributes(
  value: string | undefined,
  line: string,
  required: readonly string[],
  optional: readonly string[] = [],
): ReadonlyMap<string, string> {
  const list = new Map<string, string>()
  const text = value ?? ''
  ATTRIBUTE.lastIndex = 0
  while (ATTRIBUTE.lastIndex < text.length) {
    const match = ATTRIBUTE.exec(text)
    if (match === null) throw new PlaylistError(`not an attribute list: ${line}`)
    const [, name = '', content = ''] = match
    if (list.has(name)) throw new PlaylistError(`${name} twice: ${line}`)
    if (!required.includes(name) && !optional.includes(name)) throw new PlaylistError(`unknown ${name}: ${line}`)
    list.set(name, content)
  }
  for (const name of required) if (!list.has(name)) throw new PlaylistError(`${name} is REQUIRED: ${line}`)
  return list
}

function readServerControl(value: string | undefined, line: string): ServerControl {
  const list = attributes(value, line, [], ['CAN-SKIP-UNTIL', 'HOLD-BACK', 'PART-HOLD-BACK', 'CAN-BLOCK-RELOAD'])
  const seconds = (name: string): number | undefined => (list.has(name) ? float(list.get(name), line) : undefined)
  const block = list.get('CAN-BLOCK-RELOAD')
  if (block !== undefined && block !== 'YES') throw new PlaylistError(`CAN-BLOCK-RELOAD is YES or absent: ${line}`)
  return {
    canSkipUntil: seconds('CAN-SKIP-UNTIL'),
    holdBack: seconds('HOLD-BACK'),
    partHoldBack: seconds('PART-HOLD-BACK'),
    canBlockReload: block === 'YES',
  }
}

function integer(value: string | undefined, line: string): number {
  if (!/^\d{1,20}$/.test(value ?? '')) throw new PlaylistError(`not a decimal-integer: ${line}`)
  return Number(value)
}

function float(value: string | undefined, line: string): number {
  if (!/^\d+(\.\d+)?$/.test(value ?? '')) throw new PlaylistError(`not a decimal-floating-point: ${line}`)
  return Number(value)
}

function quoted(value: string | undefined, line: string): string {
  const match = /^"([^"\r\n]*)"$/.exec(value ?? '')
  if (match === null) throw new PlaylistError(`not a quoted-string: ${line}`)
  return match[1] ?? ''
}

/** "ISO/IEC 8601:2004 … SHOULD indicate a time zone and fractional parts of seconds, to millisecond accuracy" (4.4.4.6) */
function dateTime(value: string | undefined, line: string): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$/.test(value ?? '')) {
    throw new PlaylistError(`not a date with zone and milliseconds: ${line}`)
  }
  return Date.parse(value ?? '')
}
