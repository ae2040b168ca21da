import {
  type AudioRendition,
  type ClosedCaptions,
  renderMultivariantPlaylist,
  type Variant,
} from '../../formats/hls/multivariant-playlist.ts'
import { isSound, soundShape } from '../../media/sound.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import { attributesOf, nominalFrameRate } from '../picture.ts'

const CAPTIONS_GROUP = 'captions'
/** Until a broadcast has shown its highest rate, this much is added to what was seen. */
const HEADROOM = 1.1

/**
 * The multivariant playlist: the source first, for players that begin with the first variant show what was sent; then its
 * other qualities, best first; then the sound alone, for who has no room for a picture. Where there is another form of the
 * sound, all of it once more with that: "CODECS … every media format in any of the Renditions" (RFC 8216bis 4.4.6.2), so that
 * players which don't know it leave these variants alone, and find the others.
 * @param query of the media playlists' addresses, with its question mark
 */
export function multivariantPlaylist(presentation: Presentation, query = ''): string {
  const { renditions } = presentation
  const sounds = renditions.filter(({ track }) => isSound(track.codec))
  const video = renditions.filter(({ track }) => !isSound(track.codec))
  const variant = (rendition: Rendition, sound: Rendition | undefined): Variant => {
    const own = attributesOf(rendition, presentation.frameRate)
    const all = sound === undefined || sound === rendition ? [own] : [own, attributesOf(sound, presentation.frameRate)]
    return {
      uri: `${rendition.name}.m3u8${query}`,
      bandwidth: Math.max(1, Math.ceil(all.reduce((sum, { peak }) => sum + peak, 0) * HEADROOM)),
      averageBandwidth: Math.max(
        1,
        all.reduce((sum, { average }) => sum + average, 0),
      ),
      codecs: all.map(({ codecs }) => codecs).join(','),
      resolution: own.size,
      frameRate: own.size === undefined ? undefined : nominalFrameRate(own.framesPerSecond),
      audioGroup: video.length > 0 ? sound?.name : undefined,
    }
  }
  return renderMultivariantPlaylist({
    variants:
      sounds.length === 0
        ? video.map((each) => variant(each, undefined))
        : sounds.flatMap((sound) => [...video, sound].map((each) => variant(each, sound))),
    audio: video.length > 0 ? sounds.map((sound, index) => audioRendition(sound, index === 0, query)) : [],
    closedCaptions: video.length > 0 ? closedCaptions(presentation.captions) : [],
  })
}

/** A group for each form: what is in one group is the same to a player, but for language and the like. */
function audioRendition({ name, track }: Rendition, isDefault: boolean, query: string): AudioRendition {
  const channels = isSound(track.codec) ? soundShape(track.codec).channels : 2
  return { group: name, name: 'Sound', uri: `${name}.m3u8${query}`, channels, isDefault }
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
