import { assertNever } from '../../base/errors.ts'
import { parseAudioSpecificConfig } from '../../media/audio-specific-config.ts'
import { parseAvcC } from '../../media/avcc.ts'
import { parseOpusHead } from '../../media/opus-head.ts'
import type { Aac, H264, Opus, Track } from '../../media/packet.ts'
import { parseSps } from '../../media/sps.ts'
import { box, concat, fullBox, text, u8, u16, u32, zeros } from './box.ts'

/** In fragmented files of one track its track_ID is always 1: a rendition is a track is a file (CMAF, ISO/IEC 23000-19 7.3.1). */
export const TRACK_ID = 1

/**
 * The CMAF header of one track: `ftyp` and `moov` without samples (ISO/IEC 23000-19 7.3.1).
 * @throws MalformedError if the codec's configuration record is not readable
 */
export function initSegment(track: Track): Uint8Array {
  return concat([ftyp(), moov(track)])
}

const ftyp = (): Uint8Array => box('ftyp', text('iso6'), u32(0), text('iso6'), text('cmfc'), text('mp41'))

const moov = (track: Track): Uint8Array => box('moov', mvhd(track), trak(track), mvex())

/** The unity transformation of `mvhd` and `tkhd`. */
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

const mvhd = (track: Track): Uint8Array =>
  fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, track.timescale, 0, 0x10000),
    u16(0x0100, 0),
    zeros(8),
    MATRIX,
    zeros(24),
    u32(TRACK_ID + 1),
  )

const trak = (track: Track): Uint8Array => box('trak', tkhd(track), mdia(track))

function tkhd(track: Track): Uint8Array {
  const { width, height } = track.codec.kind === 'h264' ? displaySize(track.codec) : { width: 0, height: 0 }
  const volume = track.codec.kind === 'h264' ? 0 : 0x0100
  // flags: track_enabled | track_in_movie | track_in_preview
  return fullBox(
    'tkhd',
    0,
    7,
    u32(0, 0, TRACK_ID, 0, 0),
    zeros(8),
    u16(0, 0, volume, 0),
    MATRIX,
    u32(width * 0x10000, height * 0x10000),
  )
}

const mdia = (track: Track): Uint8Array => box('mdia', mdhd(track), hdlr(track), minf(track))

/** 0x55c4: the packed ISO 639-2 code `und`. */
const mdhd = (track: Track): Uint8Array => fullBox('mdhd', 0, 0, u32(0, 0, track.timescale, 0), u16(0x55c4, 0))

const hdlr = (track: Track): Uint8Array =>
  fullBox('hdlr', 0, 0, u32(0), text(track.codec.kind === 'h264' ? 'vide' : 'soun'), zeros(12), text('StreamHost\0'))

const minf = (track: Track): Uint8Array =>
  box(
    'minf',
    track.codec.kind === 'h264' ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4)),
    dinf(),
    stbl(track),
  )

/** flags 1: the media is in this same file. */
const dinf = (): Uint8Array => box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)))

const stbl = (track: Track): Uint8Array =>
  box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry(track)),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  )

function sampleEntry(track: Track): Uint8Array {
  const { codec } = track
  switch (codec.kind) {
    case 'h264':
      return avc1(codec)
    case 'aac':
      return mp4a(codec)
    case 'opus':
      return opus(codec)
    default:
      return assertNever(codec)
  }
}

/** AVCSampleEntry, ISO/IEC 14496-15 5.4.2.1; 0x48: 72 dpi as 16.16. */
function avc1(codec: H264): Uint8Array {
  const { width, height } = spsOf(codec)
  return box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    zeros(32),
    u16(0x18, 0xffff),
    box('avcC', codec.avcC),
    pasp(codec),
  )
}

function pasp(codec: H264): Uint8Array {
  const [horizontal, vertical] = spsOf(codec).sampleAspectRatio
  return horizontal === vertical ? zeros(0) : box('pasp', u32(horizontal, vertical))
}

/** AudioSampleEntry, ISO/IEC 14496-12 12.2.3, with an `esds`. The rate is 16.16, so rates above 65535 are written as 0. */
function mp4a(codec: Aac): Uint8Array {
  const { channels, sampleRate } = parseAudioSpecificConfig(codec.audioSpecificConfig)
  return box(
    'mp4a',
    zeros(6),
    u16(1),
    zeros(8),
    u16(channels || 2, 16, 0, 0),
    u32(sampleRate < 0x10000 ? sampleRate * 0x10000 : 0),
    esds(codec.audioSpecificConfig),
  )
}

/** OpusSampleEntry and OpusSpecificBox (Encapsulation of Opus in ISO Base Media File Format 4.3): the OpusHead, big-endian. */
function opus(codec: Opus): Uint8Array {
  const { channels, preSkip, inputSampleRate, outputGain } = parseOpusHead(codec.opusHead)
  return box(
    'Opus',
    zeros(6),
    u16(1),
    zeros(8),
    u16(channels, 16, 0, 0),
    u32(48_000 * 0x10000),
    box('dOps', u8(0, channels), u16(preSkip), u32(inputSampleRate), u16(outputGain & 0xffff), u8(0)),
  )
}

/** ES_Descriptor ⊃ DecoderConfigDescriptor ⊃ DecoderSpecificInfo, then SLConfigDescriptor (ISO/IEC 14496-1 7.2.6). */
function esds(audioSpecificConfig: Uint8Array): Uint8Array {
  const decoderSpecificInfo = descriptor(0x05, audioSpecificConfig)
  // objectTypeIndication 0x40: MPEG-4 audio; streamType 5 (audio) << 2 | reserved 1
  const decoderConfig = descriptor(0x04, u8(0x40, 0x15, 0, 0, 0), u32(0, 0), decoderSpecificInfo)
  return fullBox('esds', 0, 0, descriptor(0x03, u16(TRACK_ID), u8(0), decoderConfig, descriptor(0x06, u8(2))))
}

function descriptor(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content)
  const size = body.byteLength
  return concat([
    u8(tag, 0x80 | ((size >> 21) & 0x7f), 0x80 | ((size >> 14) & 0x7f), 0x80 | ((size >> 7) & 0x7f), size & 0x7f),
    body,
  ])
}

const mvex = (): Uint8Array => box('mvex', fullBox('trex', 0, 0, u32(TRACK_ID, 1, 0, 0, 0)))

function spsOf(codec: H264): ReturnType<typeof parseSps> {
  const [sps] = parseAvcC(codec.avcC).sps
  return parseSps(sps ?? new Uint8Array(0))
}

/** The size to show: the coded size stretched by the sample aspect ratio. */
function displaySize(codec: H264): { width: number; height: number } {
  const { width, height, sampleAspectRatio } = spsOf(codec)
  const [horizontal, vertical] = sampleAspectRatio
  return { width: Math.round((width * horizontal) / vertical), height }
}
