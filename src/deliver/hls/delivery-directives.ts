/** Whether the whole rewind window is asked for: `dvr=1`. */
export function asksForRewind(query: string): boolean {
  return query.includes('dvr=1') && new URLSearchParams(query).get('dvr') === '1'
}

/** What a client asks of a media playlist (RFC 8216bis 6.2.5). */
export type DeliveryDirectives = {
  /** `_HLS_msn`: answer when the playlist holds this segment. */
  readonly msn: number | undefined
  /** `_HLS_part`: … or this part of it. */
  readonly part: number | undefined
  /** `_HLS_skip=YES`: a Playlist Delta Update. */
  readonly skip: boolean
}

const NONE: DeliveryDirectives = { msn: undefined, part: undefined, skip: false }

/**
 * Reads the directives; unknown parameters are nobody's business.
 * @param query what stands behind the `?`, or ''
 * @returns a sentence when they are not usable: the answer is then 400
 */
export function parseDirectives(query: string): DeliveryDirectives | string {
  if (!query.includes('_HLS_')) return NONE
  const parameters = new URLSearchParams(query)
  const msn = integer(parameters.get('_HLS_msn'))
  const part = integer(parameters.get('_HLS_part'))
  if (msn === 'wrong') return '_HLS_msn must be a whole number'
  if (part === 'wrong') return '_HLS_part must be a whole number'
  // "If the _HLS_part directive is present without _HLS_msn … the Server MUST return Bad Request"
  if (part !== undefined && msn === undefined) return '_HLS_part needs _HLS_msn'
  return { msn, part, skip: parameters.get('_HLS_skip') === 'YES' }
}

function integer(value: string | null): number | undefined | 'wrong' {
  if (value === null) return undefined
  return /^\d{1,15}$/.test(value) ? Number(value) : 'wrong'
}
