import type { AudioTag } from '../../../../src/formats/flv/audio-tag.ts'
import type { VideoTag } from '../../../../src/formats/flv/video-tag.ts'

const fourCc = (text: string): number[] => [...Buffer.from(text)]

export type TagCase<T> = {
  readonly name: string
  readonly wire: readonly number[]
  readonly value: T
  readonly readOnly?: true
}

export const videoCases: readonly TagCase<VideoTag>[] = [
  {
    name: 'a key frame with negative composition time',
    wire: [0x17, 1, 0xff, 0xff, 0xd8, 9, 9],
    value: { kind: 'frame', isKeyFrame: true, compositionTime: -40, data: Uint8Array.of(9, 9) },
  },
  {
    name: 'an inter frame',
    wire: [0x27, 1, 0, 0, 67, 9],
    value: { kind: 'frame', isKeyFrame: false, compositionTime: 67, data: Uint8Array.of(9) },
  },
  {
    name: 'a decoder configuration',
    wire: [0x17, 0, 0, 0, 0, 1, 2],
    value: { kind: 'config', avcC: Uint8Array.of(1, 2) },
  },
  { name: 'the end of the sequence', wire: [0x17, 2, 0, 0, 0], value: { kind: 'none' } },
  { name: 'an empty body', wire: [], value: { kind: 'none' }, readOnly: true },
  { name: 'a video info frame', wire: [0x57, 0], value: { kind: 'none' }, readOnly: true },
  { name: 'H.263', wire: [0x12, 0], value: { kind: 'unsupported', codec: 'Sorenson H.263' }, readOnly: true },
  {
    name: 'HEVC by its old number',
    wire: [0x1c, 0, 0, 0, 0],
    value: { kind: 'unsupported', codec: 'HEVC' },
    readOnly: true,
  },
  {
    name: 'HEVC by ExHeader',
    wire: [0x90, ...fourCc('hvc1'), 1],
    value: { kind: 'unsupported', codec: 'HEVC' },
    readOnly: true,
  },
  {
    name: 'AV1 by ExHeader',
    wire: [0x90, ...fourCc('av01'), 1],
    value: { kind: 'unsupported', codec: 'AV1' },
    readOnly: true,
  },
  {
    name: 'an H.264 configuration by ExHeader',
    wire: [0x90, ...fourCc('avc1'), 1, 2],
    value: { kind: 'config', avcC: Uint8Array.of(1, 2) },
    readOnly: true,
  },
  {
    name: 'an H.264 frame by ExHeader',
    wire: [0xa1, ...fourCc('avc1'), 0, 0, 33, 9],
    value: { kind: 'frame', isKeyFrame: false, compositionTime: 33, data: Uint8Array.of(9) },
    readOnly: true,
  },
  {
    name: 'an H.264 frame by ExHeader without composition time',
    wire: [0x93, ...fourCc('avc1'), 9],
    value: { kind: 'frame', isKeyFrame: true, compositionTime: 0, data: Uint8Array.of(9) },
    readOnly: true,
  },
]

export const audioCases: readonly TagCase<AudioTag>[] = [
  {
    name: 'an AudioSpecificConfig',
    wire: [0xaf, 0, 0x12, 0x10],
    value: { kind: 'config', audioSpecificConfig: Uint8Array.of(0x12, 0x10) },
  },
  { name: 'an AAC frame', wire: [0xaf, 1, 0x21, 0x4c], value: { kind: 'frame', data: Uint8Array.of(0x21, 0x4c) } },
  { name: 'an empty body', wire: [], value: { kind: 'none' } },
  { name: 'MP3', wire: [0x2f, 0xff], value: { kind: 'unsupported', codec: 'MP3' }, readOnly: true },
  { name: 'Speex', wire: [0xb2], value: { kind: 'unsupported', codec: 'Speex' }, readOnly: true },
  {
    name: 'Opus by ExHeader',
    wire: [0x90, ...fourCc('Opus'), 1],
    value: { kind: 'unsupported', codec: 'Opus' },
    readOnly: true,
  },
  {
    name: 'an AAC frame by ExHeader',
    wire: [0x91, ...fourCc('mp4a'), 0x21],
    value: { kind: 'frame', data: Uint8Array.of(0x21) },
    readOnly: true,
  },
]
