/** What a multivariant playlist says (RFC 8216bis 4.4.6). */
export type MultivariantPlaylist = {
  readonly variants: readonly Variant[]
  readonly audio: readonly AudioRendition[]
}

export type Variant = {
  readonly uri: string
  /** Peak, bits per second, audio included. */
  readonly bandwidth: number
  readonly averageBandwidth: number
  /** RFC 6381, comma separated, audio included. */
  readonly codecs: string
  readonly resolution: { readonly width: number; readonly height: number } | undefined
  readonly frameRate: number | undefined
  /** Group of the audio renditions that belong to it. */
  readonly audioGroup: string | undefined
}

export type AudioRendition = {
  readonly group: string
  readonly name: string
  readonly uri: string
  readonly channels: number
}

/** No EXT-X-INDEPENDENT-SEGMENTS: a group of pictures longer than the target duration is cut without a key frame. */
export function renderMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  let out = '#EXTM3U\n#EXT-X-VERSION:9\n'
  for (const audio of playlist.audio) {
    out += `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${audio.group}",NAME="${audio.name}",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${audio.channels}",URI="${audio.uri}"\n`
  }
  for (const variant of playlist.variants) {
    out += `#EXT-X-STREAM-INF:BANDWIDTH=${variant.bandwidth},AVERAGE-BANDWIDTH=${variant.averageBandwidth},CODECS="${variant.codecs}"`
    if (variant.resolution !== undefined) out += `,RESOLUTION=${variant.resolution.width}x${variant.resolution.height}`
    if (variant.frameRate !== undefined) out += `,FRAME-RATE=${variant.frameRate.toFixed(3)}`
    if (variant.audioGroup !== undefined) out += `,AUDIO="${variant.audioGroup}"`
    out += `\n${variant.uri}\n`
  }
  return out
}
