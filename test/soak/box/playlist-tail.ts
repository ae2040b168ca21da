/** What a playlist says behind a part that is known already. */
export type Tail = {
  readonly parts: readonly TailPart[]
  /** The newest part ends its segment: what comes next is the next segment's. */
  readonly closed: boolean
  readonly ended: boolean
  /** Segments without media. */
  readonly gaps: number
}

export type TailPart = {
  readonly uri: string
  /** Seconds. */
  readonly duration: number
  /** EXT-X-DISCONTINUITY stands before its segment. */
  readonly discontinuity: boolean
  /** EXT-X-MAP that stands before it, if one does. */
  readonly map: string | undefined
}

const PART = '#EXT-X-PART:'
const MAP = '#EXT-X-MAP:'
const INF = '#EXTINF:'
const GAP = '#EXT-X-GAP'
const DISCONTINUITY = '#EXT-X-DISCONTINUITY'
const END = '#EXT-X-ENDLIST'

/**
 * Reads only what is new, so that hundreds of readers of long playlists stay light.
 * @param known URI of the newest part that is known; undefined: reads all
 * @returns undefined: the known part isn't listed any more
 */
export function readTail(text: string, known?: string): Tail | undefined {
  let at = 0
  if (known !== undefined) {
    const found = text.lastIndexOf(`URI="${known}"`)
    if (found < 0) return undefined
    at = endOfLine(text, found) + 1
  }
  const parts: TailPart[] = []
  let [closed, ended, gaps, discontinuity] = [false, false, 0, false]
  let map: string | undefined
  for (let end = endOfLine(text, at); at < text.length; at = end + 1, end = endOfLine(text, at)) {
    if (text.startsWith(PART, at)) {
      const line = text.slice(at, end)
      const duration = Number(/DURATION=([\d.]+)/.exec(line)?.[1])
      const uri = /URI="([^"]+)"/.exec(line)?.[1] ?? ''
      parts.push({ uri, duration, discontinuity, map })
      ;[closed, discontinuity, map] = [false, false, undefined]
    } else if (text.startsWith(INF, at)) closed = true
    else if (text.startsWith(MAP, at)) map = /URI="([^"]+)"/.exec(text.slice(at, end))?.[1]
    else if (text.startsWith(GAP, at)) gaps++
    else if (end - at === DISCONTINUITY.length && text.startsWith(DISCONTINUITY, at)) discontinuity = true
    else if (text.startsWith(END, at)) ended = true
  }
  return { parts, closed, ended, gaps }
}

/** There will be nothing more. */
export const hasEnded = (text: string): boolean => text.trimEnd().endsWith(END)

/** Seconds of PART-HOLD-BACK. */
export const holdBackOf = (text: string): number => Number(/PART-HOLD-BACK=([\d.]+)/.exec(text)?.[1] ?? 1)

/** `…/<msn>.<part>.m4s`: the names of media are fixed. */
export function numbersOf(uri: string): { readonly msn: number; readonly part: number } {
  const [, msn, part] = /\/(\d+)\.(\d+)\.m4s$/.exec(uri) ?? []
  return { msn: Number(msn), part: Number(part) }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
