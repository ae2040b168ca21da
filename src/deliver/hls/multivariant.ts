import {
  type AudioRendition,
  type ClosedCaptions,
  renderMultivariantPlaylist,
  type Variant,
} from '../../formats/hls/multivariant-playlist.ts'
import { parseAudioSpecificConfig } from '../../media/audio-specific-config.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import { attributesOf, nominalFrameRate } from '../picture.ts'

const AUDIO_GROUP = 'audio'
const CAPTIONS_GROUP = 'captions'
/** Until a broadcast has shown its highest rate, this much is added to what was seen. */
const HEADROOM = 1.1

/**
 * The multivariant playlist: the source first, for players that begin with the first variant show what was sent; then its
 * other qualities, best first; last the audio alone, for who has no room for a picture.
 * @param query of the media playlists' addresses, with its question mark
 */
export function multivariantPlaylist(presentation: Presentation, query = ''): string {
  const { renditions } = presentation
  const audio = renditions.filter((rendition) => rendition.track.codec.kind === 'aac')
  const video = renditions.filter((rendition) => rendition.track.codec.kind === 'h264')
  const sounds = audio.map((rendition) => attributesOf(rendition, presentation.frameRate))
  const audioPeak = Math.max(0, ...sounds.map(({ peak }) => peak))
  const audioAverage = Math.max(0, ...sounds.map(({ average }) => average))
  const variant = (rendition: Rendition): Variant => {
    const { codecs, size, peak, average, framesPerSecond } = attributesOf(rendition, presentation.frameRate)
    const together = rendition.track.codec.kind === 'h264' && audio.length > 0
    return {
      uri: `${rendition.name}.m3u8${query}`,
      bandwidth: Math.max(1, Math.ceil((peak + (together ? audioPeak : 0)) * HEADROOM)),
      averageBandwidth: Math.max(1, average + (together ? audioAverage : 0)),
      codecs: [codecs, ...(together ? sounds.slice(0, 1).map((sound) => sound.codecs) : [])].join(','),
      resolution: size,
      frameRate: size === undefined ? undefined : nominalFrameRate(framesPerSecond),
      audioGroup: video.length > 0 && audio.length > 0 ? AUDIO_GROUP : undefined,
    }
  }
  return renderMultivariantPlaylist({
    variants: [...video, ...audio].map(variant),
    audio: video.length > 0 ? audio.map((rendition) => audioRendition(rendition, query)) : [],
    closedCaptions: video.length > 0 ? closedCaptions(presentation.captions) : [],
  })
}

function audioRendition(rendition: Rendition, query: string): AudioRendition {
  const { codec } = rendition.track
  const channels = codec.kind === 'aac' ? parseAudioSpecificConfig(codec.audioSpecificConfig).channels : 2
  return { group: AUDIO_GROUP, name: 'Sound', uri: `${rendition.name}.m3u8${query}`, channels }
}

/**
 * CEA-708 comes with the same words in CEA-608 nearly always, and every player shows those: services are named only where they
 * are all there is, so that nobody finds each language twice in a menu.
 */
function closedCaptions(channels: ReadonlySet<string>): ClosedCaptions[] {
  const all = [...channels].sort()
  const analogue = all.filter((channel) => channel.startsWith('CC'))
  return (analogue.length > 0 ? analogue : all).map((instreamId, index) => ({
    group: CAPTIONS_GROUP,
    name: index === 0 ? 'Captions' : `Captions ${index + 1}`,
    instreamId,
  }))
}
