/** A small picture of the rewind window, and when what it shows began, ms since 1970. */
export type Thumbnail = { readonly atMs: number; readonly url: string }

/** More of them no server lists. */
const mostThumbnails = 2000

/** The pictures that a storyboard names, oldest first: WebVTT whose cues have dates as identifiers. */
export function thumbnailsOf(vtt: string, address: string): Thumbnail[] {
  const cues = vtt.matchAll(/^(\d{4}-\d\d-\d\dT\S+)\r?\n[\d:.]+ --> [\d:.]+.*\r?\n(\S+)/gm)
  return [...cues].slice(-mostThumbnails).flatMap(([, date = '', path = '']) => {
    const atMs = Date.parse(date)
    return Number.isNaN(atMs) ? [] : [{ atMs, url: new URL(path, address).href }]
  })
}

/** What was to see at a moment; null: nothing is known of it. */
export function thumbnailAt(thumbnails: readonly Thumbnail[], dateMs: number): string | null {
  return thumbnails.findLast(({ atMs }) => atMs <= dateMs)?.url ?? null
}
