import { ByteReader } from '../../base/byte-reader.ts'
import { assertNever, MalformedError } from '../../base/errors.ts'

/** AUDIODATA of FLV and of RTMP audio messages. Specification: Adobe FLV 10.1, E.4.2.1; ExHeader: Enhanced RTMP v2. */
export type AudioTag =
  | { readonly kind: 'config'; readonly audioSpecificConfig: Uint8Array }
  /** One raw_data_block. */
  | { readonly kind: 'frame'; readonly data: Uint8Array }
  /** Empty body, end of sequence, channel map: nothing to decode. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unsupported'; readonly codec: string }

const FORMAT_EX_HEADER = 9
const FORMAT_AAC = 10
/** SoundFormat and its kin, AACPacketType. */
const AAC_HEADER = 2
const FORMAT_NAMES: readonly (string | undefined)[] = [
  'PCM',
  'ADPCM',
  'MP3',
  'PCM',
  'Nellymoser',
  'Nellymoser',
  'Nellymoser',
  'G.711 A-law',
  'G.711 mu-law',
  undefined,
  undefined,
  'Speex',
  undefined,
  undefined,
  'MP3',
]
const FOURCC_NAMES: Readonly<Record<string, string>> = {
  Opus: 'Opus',
  fLaC: 'FLAC',
  '.mp3': 'MP3',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
}
/** E.4.2.1: "If the SoundFormat indicates AAC, the SoundType should be 1 (stereo) and the SoundRate should be 3 (44 kHz)". */
const AAC_HEAD = (FORMAT_AAC << 4) | 0x0f

/**
 * Reads an audio tag's body. Payloads are views of `body`.
 * @throws MalformedError
 */
export function readAudioTag(body: Uint8Array): AudioTag {
  // Some encoders send an empty audio message before the first sound.
  if (body.byteLength === 0) return { kind: 'none' }
  const head = body[0] ?? 0
  const soundFormat = head >> 4
  if (soundFormat === FORMAT_EX_HEADER) return readExAudioTag(body, head & 0x0f)
  if (soundFormat !== FORMAT_AAC) {
    return { kind: 'unsupported', codec: FORMAT_NAMES[soundFormat] ?? `audio format ${soundFormat}` }
  }
  // Every frame comes by here: its header is read without making a reader for it.
  if (body.byteLength < AAC_HEADER) throw new MalformedError('an AAC audio tag of one byte')
  const aacPacketType = body[1] ?? 0
  switch (aacPacketType) {
    case 0:
      return { kind: 'config', audioSpecificConfig: body.subarray(AAC_HEADER) }
    case 1:
      return { kind: 'frame', data: body.subarray(AAC_HEADER) }
    default:
      throw new MalformedError(`AACPacketType ${aacPacketType}`)
  }
}

/** ExAudioTagHeader: a FourCC instead of a format. `mp4a` is the same AAC. */
function readExAudioTag(body: Uint8Array, packetType: number): AudioTag {
  const r = new ByteReader(body)
  r.u8()
  const fourCc = String.fromCharCode(...r.bytes(4))
  if (packetType === 5 || packetType > 6) return { kind: 'unsupported', codec: 'multitrack audio' }
  if (fourCc !== 'mp4a') return { kind: 'unsupported', codec: FOURCC_NAMES[fourCc] ?? 'an unknown audio codec' }
  switch (packetType) {
    case 0: // SequenceStart
      return { kind: 'config', audioSpecificConfig: r.rest() }
    case 1: // CodedFrames
      return { kind: 'frame', data: r.rest() }
    default: // SequenceEnd, MultichannelConfig
      return { kind: 'none' }
  }
}

/** What stands before an AudioSpecificConfig, and before a frame, in the body of an AAC tag. */
export const AUDIO_CONFIG_HEAD: Uint8Array = Uint8Array.of(AAC_HEAD, 0)
export const AUDIO_FRAME_HEAD: Uint8Array = Uint8Array.of(AAC_HEAD, 1)

/** Writes the body of an AAC audio tag in its legacy form. `none` becomes the empty body. */
export function writeAudioTag(tag: Exclude<AudioTag, { readonly kind: 'unsupported' }>): Uint8Array {
  switch (tag.kind) {
    case 'config':
      return aacTag(AUDIO_CONFIG_HEAD, tag.audioSpecificConfig)
    case 'frame':
      return aacTag(AUDIO_FRAME_HEAD, tag.data)
    case 'none':
      return new Uint8Array(0)
    default:
      return assertNever(tag)
  }
}

function aacTag(head: Uint8Array, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(head.byteLength + data.byteLength)
  body.set(head)
  body.set(data, head.byteLength)
  return body
}
