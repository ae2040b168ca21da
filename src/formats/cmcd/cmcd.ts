/** What a player tells of itself with its requests, as far as it is of use here. CTA-5004, section 2. */
export type Cmcd = {
  /** `bl`: media that is buffered ahead, in milliseconds. */
  readonly bufferMs: number | undefined
  /** `bs`: the buffer ran empty since the last request. */
  readonly starved: boolean
  /** `mtp`: measured throughput, in kilobits a second. */
  readonly throughputKbps: number | undefined
}

/** More than any player sends; what is longer is cut, not refused. */
const MAX_LENGTH = 1024
const MAX_DIGITS = 9

/**
 * Reads the value of the query argument `CMCD`, percent-encoded as it is in the address, or of the request headers joined by
 * commas. Keys that it doesn't know and values that make no sense are passed over: players send what they like.
 */
export function parseCmcd(text: string): Cmcd {
  const plain = decoded(text.slice(0, MAX_LENGTH))
  let bufferMs: number | undefined
  let throughputKbps: number | undefined
  let starved = false
  // A comma within a quoted string splits it; none of the keys looked for can be made that way by accident.
  for (const pair of plain.split(',')) {
    const equals = pair.indexOf('=')
    const key = (equals < 0 ? pair : pair.slice(0, equals)).trim()
    const value = equals < 0 ? '' : pair.slice(equals + 1).trim()
    // "If the value is TRUE, … the key name alone"
    if (key === 'bs') starved = equals < 0 || value === 'true'
    else if (key === 'bl') bufferMs = whole(value)
    else if (key === 'mtp') throughputKbps = whole(value)
  }
  return { bufferMs, starved, throughputKbps }
}

/** The value of `CMCD` in a query string, as it stands there; undefined: it has none. */
export function cmcdInQuery(query: string): string | undefined {
  const at = query.startsWith('CMCD=') ? 0 : query.indexOf('&CMCD=') + 1
  if (at === 0 && !query.startsWith('CMCD=')) return undefined
  const end = query.indexOf('&', at)
  return query.slice(at + 'CMCD='.length, end < 0 ? undefined : end)
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // Cut within an escape, or never one.
    return ''
  }
}

function whole(value: string): number | undefined {
  return value.length > 0 && value.length <= MAX_DIGITS && /^\d+$/.test(value) ? Number(value) : undefined
}
