import {
  type AudioRendition,
  type ClosedCaptions,
  renderMultivariantPlaylist,
  type Variant,
} from '../../formats/hls/multivariant-playlist.ts'
import { parseAudioSpecificConfig } from '../../media/audio-specific-config.ts'
import { parseAvcC } from '../../media/avcc.ts'
import { codecString } from '../../media/codec-string.ts'
import type { Codec } from '../../media/packet.ts'
import { parseSps } from '../../media/sps.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'

const AUDIO_GROUP = 'audio'
const CAPTIONS_GROUP = 'captions'
/** Until a broadcast has shown its highest rate, this much is added to what was seen. */
const HEADROOM = 1.1

/** The multivariant playlist: every video rendition with the one audio, or the audio alone. */
export function multivariantPlaylist(presentation: Presentation): string {
  const { renditions } = presentation
  const audio = renditions.filter((rendition) => rendition.track.codec.kind === 'aac')
  const video = renditions.filter((rendition) => rendition.track.codec.kind === 'h264')
  const audioPeak = Math.max(0, ...audio.map((rendition) => rendition.bandwidth().peak))
  const audioAverage = Math.max(0, ...audio.map((rendition) => rendition.bandwidth().average))
  const variant = (rendition: Rendition): Variant => {
    const { peak, average } = rendition.bandwidth()
    const together = rendition.track.codec.kind === 'h264' && audio.length > 0
    const size = pictureSize(rendition.track.codec)
    return {
      uri: `${rendition.name}.m3u8`,
      bandwidth: Math.max(1, Math.ceil((peak + (together ? audioPeak : 0)) * HEADROOM)),
      averageBandwidth: Math.max(1, average + (together ? audioAverage : 0)),
      codecs: [rendition, ...(together ? audio.slice(0, 1) : [])]
        .map((each) => codecString(each.track.codec))
        .join(','),
      resolution: size,
      frameRate: size === undefined ? undefined : nominalFrameRate(presentation.frameRate),
      audioGroup: together ? AUDIO_GROUP : undefined,
    }
  }
  return renderMultivariantPlaylist({
    variants: (video.length > 0 ? video : audio).map(variant),
    audio: video.length > 0 ? audio.map(audioRendition) : [],
    closedCaptions: video.length > 0 ? closedCaptions(presentation.captions) : [],
  })
}

const FRAME_RATES = [24_000 / 1001, 24, 25, 30_000 / 1001, 30, 48, 50, 60_000 / 1001, 60]

/** Timestamps in milliseconds show a rate with an error of some thousandths: the usual one nearby is meant. */
function nominalFrameRate(measured: number): number {
  const nearest = FRAME_RATES.reduce((best, rate) =>
    Math.abs(rate - measured) < Math.abs(best - measured) ? rate : best,
  )
  return Math.abs(nearest - measured) < nearest * 0.002 ? nearest : measured
}

/** Width and height of the picture to show; undefined for sound. */
export function pictureSize(codec: Codec): { readonly width: number; readonly height: number } | undefined {
  if (codec.kind !== 'h264') return undefined
  const [sps] = parseAvcC(codec.avcC).sps
  if (sps === undefined) return undefined
  const { width, height, sampleAspectRatio } = parseSps(sps)
  return { width: Math.round((width * sampleAspectRatio[0]) / sampleAspectRatio[1]), height }
}

function audioRendition(rendition: Rendition): AudioRendition {
  const { codec } = rendition.track
  const channels = codec.kind === 'aac' ? parseAudioSpecificConfig(codec.audioSpecificConfig).channels : 2
  return { group: AUDIO_GROUP, name: 'Sound', uri: `${rendition.name}.m3u8`, channels }
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
