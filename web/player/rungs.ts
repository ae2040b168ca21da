/** One quality of the picture. */
export type Rung = {
  /** Of its playlist: `source` is the picture as the encoder sent it. */
  readonly name: string
  readonly width: number
  readonly height: number
  /** Bits a second, sound included. */
  readonly bitrate: number
}

/** What people call the size of a picture: its height, or its width where it stands upright. */
export const sizeOf = (rung: Rung): number => Math.min(rung.width, rung.height)

/** Best first. */
export const byQuality = (a: Rung, b: Rung): number => sizeOf(b) - sizeOf(a) || b.bitrate - a.bitrate

/** Without those that are listed again, with another form of the sound. */
export const oneOfEach = (rungs: readonly Rung[]): Rung[] =>
  rungs.filter(({ name }, index) => rungs.findIndex((other) => other.name === name) === index)

/** The one of this size, else the next smaller, else the smallest. @param rungs best first */
export function rungFor(rungs: readonly Rung[], size: number): Rung | null {
  return rungs.find((rung) => sizeOf(rung) <= size) ?? rungs.at(-1) ?? null
}

/**
 * The rung whose picture is on screen: the one that is played, or the one that stands in for it.
 * @param rungs all there are
 * @param picture what the element shows; 0 by 0: nothing yet
 */
export function shownRung(
  played: Rung,
  rungs: readonly Rung[],
  { videoWidth, videoHeight }: { readonly videoWidth: number; readonly videoHeight: number },
): Rung {
  if (videoHeight === 0 || (played.height === videoHeight && played.width === videoWidth)) return played
  return rungs.find(({ width, height }) => width === videoWidth && height === videoHeight) ?? played
}

/** Whether it offers a quality of the picture that is not among these. */
export const offersMore = (offer: Offer, rungs: readonly Rung[]): boolean =>
  offer.rungs.some(({ name }) => !rungs.some((rung) => rung.name === name))

/** The last part of a playlist's address, without its ending. */
export const playlistName = (url: string): string => /([^/?]+)\.m3u8(?:\?|$)/.exec(url)?.[1] ?? ''

/** What a multivariant playlist offers (RFC 8216bis 4.4.6): qualities of the picture, and the address of the sound alone, in its first form: every player has that. */
export type Offer = { readonly rungs: readonly Rung[]; readonly sound: string | null }

/** @param base the address of the playlist, which those in it are relative to */
export function readOffer(text: string, base: string): Offer {
  const lines = text.split(/\r?\n/)
  const rungs: Rung[] = []
  let sound: string | null = null
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#EXT-X-MEDIA:TYPE=AUDIO')) {
      const uri = /[:,]URI="([^"]+)"/.exec(line)?.[1]
      if (uri !== undefined) sound ??= new URL(uri, base).href
    }
    const [, width, height] = /^#EXT-X-STREAM-INF:.*\bRESOLUTION=(\d+)x(\d+)/.exec(line) ?? []
    if (width === undefined || height === undefined) continue
    const rate = /[:,]AVERAGE-BANDWIDTH=(\d+)/.exec(line) ?? /[:,]BANDWIDTH=(\d+)/.exec(line)
    const name = playlistName(lines[index + 1] ?? '')
    rungs.push({ name, width: Number(width), height: Number(height), bitrate: Number(rate?.[1] ?? 0) })
  }
  return { rungs: oneOfEach(rungs.sort(byQuality)), sound }
}
