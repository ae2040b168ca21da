import { playerId } from './player-id.ts'

/** What is known when something is asked for. Seconds of media, bits a second. */
export type CmcdState = {
  readonly content: string
  readonly url: string
  readonly ahead: number
  readonly throughput: number | null
  /** The picture stood still since the last request. */
  readonly stalled: boolean
}

/**
 * Common Media Client Data (CTA-5004) in its header form: what the player sees, for the logs of a cache or a proxy.
 *
 * As headers and not in the query, for a query would make every viewer's address another one and no cache would ever hit; and
 * to our own origin only, for elsewhere each request would first be asked about (CORS). Only with media: playlists are asked
 * for as often, and would tell the same.
 */
export function cmcdHeaders(state: CmcdState): [name: string, value: string][] {
  const request = [`bl=${Math.round(Math.max(0, state.ahead) * 10) * 100}`]
  if (state.throughput !== null) request.push(`mtp=${Math.max(1, Math.round(state.throughput / 100_000)) * 100}`)
  const headers: [string, string][] = [
    ['CMCD-Object', `ot=${objectType(state.url)}`],
    ['CMCD-Request', request.join(',')],
    ['CMCD-Session', `cid=${JSON.stringify(state.content.slice(0, 64))},sf=h,sid="${playerId}",st=l`],
  ]
  if (state.stalled) headers.push(['CMCD-Status', 'bs'])
  return headers
}

/** Object types of CTA-5004: init segment, audio, video. */
function objectType(url: string): 'i' | 'a' | 'v' {
  const [path = ''] = url.split('?')
  if (/\/init[^/]*\.mp4$/.test(path)) return 'i'
  return /\/audio\//.test(path) ? 'a' : 'v'
}
