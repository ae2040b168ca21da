import { AUDIO_CONFIG_HEAD, AUDIO_FRAME_HEAD } from '../../formats/flv/audio-tag.ts'
import { TagType } from '../../formats/flv/flv-file.ts'
import { type FlvMessage, NOTHING } from '../../formats/flv/flv-message.ts'
import { writeMetadata } from '../../formats/flv/script-tag.ts'
import { videoConfigHead, videoFrameHead } from '../../formats/flv/video-tag.ts'
import type { AmfValue } from '../../formats/rtmp/amf-value.ts'
import { parseAudioSpecificConfig } from '../../media/audio-specific-config.ts'
import { type Aac, type H264, type Packet, rescale, type Track } from '../../media/packet.ts'
import { pictureSize } from '../picture.ts'

/** Codecs by their FLV numbers, Adobe FLV 10.1 E.4.2.1 and E.4.3.1. */
const AVC = 7
const AAC = 10

/** Milliseconds as FLV and RTMP count them: they begin anew every 49.7 days. */
export const flvTime = (ticks: number, timescale: number): number => rescale(ticks, timescale, 1000) % 2 ** 32

/** What players of FLV and RTMP know: they would take another codec for a broken one. */
export type FlvTrack = Track & { readonly codec: H264 | Aac }

export const isFlvTrack = (track: Track): track is FlvTrack => track.codec.kind !== 'opus'

/** What a decoder must know before the first frame of a track. */
export function configMessage({ codec }: FlvTrack, timestamp: number): FlvMessage {
  return codec.kind === 'h264'
    ? { typeId: TagType.video, timestamp, head: videoConfigHead(), data: codec.avcC }
    : { typeId: TagType.audio, timestamp, head: AUDIO_CONFIG_HEAD, data: codec.audioSpecificConfig }
}

/** One frame, its bytes as they came. */
export function frameMessage({ dts, cts, isSync, data }: Packet, { codec, timescale }: FlvTrack): FlvMessage {
  const timestamp = flvTime(dts, timescale)
  if (codec.kind === 'aac') return { typeId: TagType.audio, timestamp, head: AUDIO_FRAME_HEAD, data }
  // The difference of what is shown, not a rounded difference: so no picture moves against another.
  const compositionTime = rescale(dts + cts, timescale, 1000) - rescale(dts, timescale, 1000)
  return { typeId: TagType.video, timestamp, head: videoFrameHead(isSync, compositionTime), data }
}

/**
 * `onMetaData`, Adobe FLV 10.1 E.5: what players show before they have decoded anything. At time 0, whatever the time of the
 * media: FFmpeg takes one of another time for a track of texts.
 */
export function metadataMessage(tracks: readonly FlvTrack[]): FlvMessage {
  const properties: Record<string, AmfValue> = { encoder: 'StreamHost' }
  for (const { codec } of tracks) {
    if (codec.kind === 'h264') Object.assign(properties, { hasVideo: true, videocodecid: AVC, ...pictureSize(codec) })
    else {
      const { sampleRate, extensionSampleRate, channels } = parseAudioSpecificConfig(codec.audioSpecificConfig)
      const audiosamplerate = extensionSampleRate ?? sampleRate
      Object.assign(properties, { hasAudio: true, audiocodecid: AAC, audiosamplerate, stereo: channels > 1 })
    }
  }
  return { typeId: TagType.script, timestamp: 0, head: NOTHING, data: writeMetadata(properties) }
}
