/** The first rung and the first sound (RFC 8216bis, 4.4.6): nearly always there is no other. */
export function playlistsToAsk(multivariant: string): string[] {
  const rung = /^#EXT-X-STREAM-INF:.*\r?\n(?:#.*\r?\n|\r?\n)*([^#\s].*)$/m.exec(multivariant)?.[1]
  const sound = /^#EXT-X-MEDIA:(?=.*TYPE=AUDIO).*URI="([^"]+)"/m.exec(multivariant)?.[1]
  return [rung, sound].filter((uri) => uri !== undefined)
}

/** The newest EXT-X-MAP (4.4.4.5). */
export function initOf(playlist: string): string | null {
  return [...playlist.matchAll(/^#EXT-X-MAP:.*URI="([^"]+)"/gm)].at(-1)?.[1] ?? null
}
