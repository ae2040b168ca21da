/** What a multivariant playlist says (RFC 8216bis 4.4.6). */
export type MultivariantPlaylist = {
  readonly variants: readonly Variant[]
  readonly audio: readonly AudioRendition[]
  /** Captions that the video itself carries; all variants with a picture have them. */
  readonly closedCaptions: readonly ClosedCaptions[]
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
  /** Who has no preference begins with it. */
  readonly isDefault: boolean
}

/** Captions inside the video: TYPE=CLOSED-CAPTIONS of EXT-X-MEDIA (RFC 8216bis 4.4.6.1). */
export type ClosedCaptions = {
  readonly group: string
  readonly name: string
  /** `CC1` to `CC4`, or `SERVICE1` to `SERVICE63`. */
  readonly instreamId: string
}

/** No EXT-X-INDEPENDENT-SEGMENTS: a group of pictures longer than the target duration is cut without a key frame. */
export function renderMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  let out = '#EXTM3U\n#EXT-X-VERSION:9\n'
  for (const audio of playlist.audio) {
    out += `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${audio.group}",NAME="${audio.name}",DEFAULT=${audio.isDefault ? 'YES' : 'NO'},AUTOSELECT=YES,CHANNELS="${audio.channels}",URI="${audio.uri}"\n`
  }
  for (const captions of playlist.closedCaptions) {
    out += `#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="${captions.group}",NAME="${captions.name}",AUTOSELECT=YES,INSTREAM-ID="${captions.instreamId}"\n`
  }
  const [captions] = playlist.closedCaptions
  for (const variant of playlist.variants) {
    out += `#EXT-X-STREAM-INF:BANDWIDTH=${variant.bandwidth},AVERAGE-BANDWIDTH=${variant.averageBandwidth},CODECS="${variant.codecs}"`
    if (variant.resolution !== undefined) out += `,RESOLUTION=${variant.resolution.width}x${variant.resolution.height}`
    if (variant.frameRate !== undefined) out += `,FRAME-RATE=${variant.frameRate.toFixed(3)}`
    if (variant.audioGroup !== undefined) out += `,AUDIO="${variant.audioGroup}"`
    // "If the value is … NONE, all EXT-X-STREAM-INF tags MUST have this attribute with a value of NONE" (RFC 8216bis 4.4.6.2)
    out += captions === undefined ? ',CLOSED-CAPTIONS=NONE' : `,CLOSED-CAPTIONS="${captions.group}"`
    out += `\n${variant.uri}\n`
  }
  return out
}
