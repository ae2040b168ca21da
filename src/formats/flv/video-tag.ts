import { ByteReader } from '../../base/byte-reader.ts'
import { assertNever, MalformedError } from '../../base/errors.ts'

/** VIDEODATA of FLV and of RTMP video messages. Specification: Adobe FLV 10.1, E.4.3.1; ExHeader: Enhanced RTMP v2. */
export type VideoTag =
  | { readonly kind: 'config'; readonly avcC: Uint8Array }
  | {
      readonly kind: 'frame'
      /** FrameType 1: the encoder calls it a key frame. */
      readonly isKeyFrame: boolean
      /** Milliseconds from decoding to presentation; signed, 24 bits. */
      readonly compositionTime: number
      /** Length-prefixed NAL units. */
      readonly data: Uint8Array
    }
  /** Empty body, end of sequence, video info, metadata: nothing to decode. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unsupported'; readonly codec: string }

const FRAME_KEY = 1
const FRAME_INTER = 2
const FRAME_INFO = 5
const CODEC_AVC = 7
/** FrameType and CodecID, AVCPacketType, CompositionTime. */
const AVC_HEADER = 5
const CODEC_NAMES = ['codec 0', 'JPEG', 'Sorenson H.263', 'Screen Video', 'VP6', 'VP6 with alpha', 'Screen Video 2']
const FOURCC_NAMES: Readonly<Record<string, string>> = {
  hvc1: 'HEVC',
  av01: 'AV1',
  vp08: 'VP8',
  vp09: 'VP9',
  vvc1: 'VVC',
}

/**
 * Reads a video tag's body. Payloads are views of `body`.
 * @throws MalformedError
 */
export function readVideoTag(body: Uint8Array): VideoTag {
  // Some encoders send an empty video message before the first picture.
  if (body.byteLength === 0) return { kind: 'none' }
  const head = body[0] ?? 0
  if ((head & 0x80) !== 0) return readExVideoTag(body, (head >> 4) & 0x07, head & 0x0f)
  const frameType = head >> 4
  const codecId = head & 0x0f
  if (frameType === FRAME_INFO) return { kind: 'none' }
  // E-RTMP keeps 12 for HEVC as some encoders sent it before there was an ExHeader.
  if (codecId === 12) return { kind: 'unsupported', codec: 'HEVC' }
  if (codecId !== CODEC_AVC) return { kind: 'unsupported', codec: CODEC_NAMES[codecId] ?? `video codec ${codecId}` }
  // Every frame comes by here: its header is read without making a reader for it.
  if (body.byteLength < AVC_HEADER) throw new MalformedError(`an AVC video tag of ${body.byteLength} bytes`)
  const avcPacketType = body[1] ?? 0
  switch (avcPacketType) {
    case 0:
      return { kind: 'config', avcC: body.subarray(AVC_HEADER) }
    case 1: {
      const isKeyFrame = frameType === FRAME_KEY
      const compositionTime = (((body[2] ?? 0) << 24) | ((body[3] ?? 0) << 16) | ((body[4] ?? 0) << 8)) >> 8
      return { kind: 'frame', isKeyFrame, compositionTime, data: body.subarray(AVC_HEADER) }
    }
    case 2:
      return { kind: 'none' }
    default:
      throw new MalformedError(`AVCPacketType ${avcPacketType}`)
  }
}

/** ExVideoTagHeader: a FourCC instead of a codec id. `avc1` is the same H.264. */
function readExVideoTag(body: Uint8Array, frameType: number, packetType: number): VideoTag {
  const r = new ByteReader(body)
  r.u8()
  const fourCc = String.fromCharCode(...r.bytes(4))
  if (packetType > 5) return { kind: 'unsupported', codec: 'multitrack video' }
  if (fourCc !== 'avc1') return { kind: 'unsupported', codec: FOURCC_NAMES[fourCc] ?? 'an unknown video codec' }
  if (frameType === FRAME_INFO) return { kind: 'none' }
  switch (packetType) {
    case 0: // SequenceStart
      return { kind: 'config', avcC: r.rest() }
    case 1: // CodedFrames
      return { kind: 'frame', isKeyFrame: frameType === FRAME_KEY, compositionTime: r.i24(), data: r.rest() }
    case 3: // CodedFramesX: composition time 0
      return { kind: 'frame', isKeyFrame: frameType === FRAME_KEY, compositionTime: 0, data: r.rest() }
    default: // SequenceEnd, Metadata, MPEG2TSSequenceStart
      return { kind: 'none' }
  }
}

/** Writes the body of an AVC video tag in its legacy form. `none` becomes the end of sequence. */
export function writeVideoTag(tag: Exclude<VideoTag, { readonly kind: 'unsupported' }>): Uint8Array {
  switch (tag.kind) {
    case 'config':
      return avcTag(videoConfigHead(), tag.avcC)
    case 'frame':
      return avcTag(videoFrameHead(tag.isKeyFrame, tag.compositionTime), tag.data)
    case 'none':
      return avcTag(avcHead(FRAME_KEY, 2, 0), new Uint8Array(0))
    default:
      return assertNever(tag)
  }
}

/** What stands before the avcC in the body of a tag. */
export const videoConfigHead = (): Uint8Array => avcHead(FRAME_KEY, 0, 0)

/** What stands before a frame's NAL units in the body of a tag. @param compositionTime milliseconds, signed, 24 bits */
export const videoFrameHead = (isKeyFrame: boolean, compositionTime: number): Uint8Array =>
  avcHead(isKeyFrame ? FRAME_KEY : FRAME_INTER, 1, compositionTime)

function avcHead(frameType: number, avcPacketType: number, compositionTime: number): Uint8Array {
  return Uint8Array.of(
    (frameType << 4) | CODEC_AVC,
    avcPacketType,
    compositionTime >> 16,
    compositionTime >> 8,
    compositionTime,
  )
}

function avcTag(head: Uint8Array, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(head.byteLength + data.byteLength)
  body.set(head)
  body.set(data, head.byteLength)
  return body
}
