import { type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { readVideoTag, writeVideoTag } from '../../src/formats/flv/video-tag.ts'

/** One `cc_data` triple of ANSI/CTA-708 4.3. `type` 0 and 1: a CEA-608 pair of field 1 or 2; 3 and 2: begin and rest of a CEA-708 packet. */
export type CaptionPair = { readonly type: 0 | 1 | 2 | 3; readonly bytes: readonly [number, number] }

/** An SEI NAL unit, header included, that carries captions (ATSC A/53 part 4, 6.2.3). */
export function captionSei(pairs: readonly CaptionPair[]): Uint8Array {
  const ccData = [0xc0 | pairs.length, 0xff, ...pairs.flatMap(({ type, bytes }) => [0xfc | type, ...bytes]), 0xff]
  const payload = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, ...ccData]
  return Uint8Array.from(escaped([6, 4, payload.length, ...payload, 0x80]))
}

/** Puts in emulation_prevention_three_byte, ITU-T H.264 7.4.1. */
function escaped(bytes: readonly number[]): number[] {
  const out: number[] = []
  for (const byte of bytes) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3)
    out.push(byte)
  }
  return out
}

/** A byte of seven bits with odd parity, as line 21 has it. */
function odd(value: number): number {
  let ones = 0
  for (let bits = value & 0x7f; bits > 0; bits >>= 1) ones += bits & 1
  return (value & 0x7f) | (ones % 2 === 0 ? 0x80 : 0)
}

export const pair = (first: number, second: number, field: 0 | 1 = 0): CaptionPair => ({
  type: field,
  bytes: [odd(first), odd(second)],
})

/** Control codes are sent twice. */
const twice = (first: number, second: number): CaptionPair[] => [pair(first, second), pair(first, second)]

function letters(text: string): CaptionPair[] {
  const codes = [...text].map((letter) => letter.charCodeAt(0))
  const pairs: CaptionPair[] = []
  for (let i = 0; i < codes.length; i += 2) pairs.push(pair(codes[i] ?? 0, codes[i + 1] ?? 0))
  return pairs
}

/** A caption of channel 1 that appears whole: pop-on, in the last row. */
export function popOn(text: string): CaptionPair[] {
  // Resume caption loading, erase what is not displayed, row 15, the text, show it.
  return [...twice(0x14, 0x20), ...twice(0x14, 0x2e), ...twice(0x14, 0x70), ...letters(text), ...twice(0x14, 0x2f)]
}

/** A line of channel 1 that pushes the one before upwards. */
export function rollUp(text: string): CaptionPair[] {
  return [...twice(0x14, 0x25), ...twice(0x14, 0x2d), ...twice(0x14, 0x70), ...letters(text)]
}

/** Takes the captions of channel 1 away. */
export const erase = (): CaptionPair[] => twice(0x14, 0x2c)

/** A CEA-708 packet with one block of a service, of 31 bytes at most (ANSI/CTA-708 5 and 6). */
export function dtvcc(service: number, block: readonly number[], sequence = 0): CaptionPair[] {
  const header = service < 7 ? [(service << 5) | block.length] : [(7 << 5) | block.length, service]
  const bytes = [...header, ...block]
  if (bytes.length % 2 === 0) bytes.push(0)
  const packet = [(sequence << 6) | ((bytes.length + 1) / 2), ...bytes]
  return Array.from({ length: packet.length / 2 }, (_, i) => ({
    type: i === 0 ? 3 : 2,
    bytes: [packet[2 * i] ?? 0, packet[2 * i + 1] ?? 0],
  }))
}

/** Codes of CEA-708 (ANSI/CTA-708 8.10.5). */
export const service708 = {
  /** DefineWindow 0: `rows` of 32 columns, its lower left corner at a row of 75, and SetPenLocation to its begin. */
  define: ({ visible = true, rows = 1, bottom = 70, index = 0, priority = 0 } = {}): number[] => [
    ...[0x98 + index, (visible ? 0x20 : 0) | priority, bottom, 20, (6 << 4) | (rows - 1), 31, 0x11],
    ...[0x92, 0, 0],
  ],
  letters: (text: string): number[] => [...Buffer.from(text, 'latin1')],
  /** DisplayWindows, HideWindows and DeleteWindows, by a bit each. */
  display: (windows: number): number[] => [0x89, windows],
  hide: (windows: number): number[] => [0x8a, windows],
  remove: (windows: number): number[] => [0x8c, windows],
} as const

/** A caption of service 1 that appears whole, of 18 letters at most. */
export function popOn708(text: string): CaptionPair[] {
  const { define, letters, display } = service708
  return [...dtvcc(1, define({ visible: false })), ...dtvcc(1, [...letters(text), ...display(1), 0x03], 1)]
}

/** Takes the caption of service 1 away. */
export const erase708 = (): CaptionPair[] => dtvcc(1, service708.remove(1), 2)

/** Puts an SEI NAL unit in front of each frame of video for which there are captions. */
export function withCaptions(tags: readonly FlvTag[], captionsAt: (frame: number) => readonly CaptionPair[]): FlvTag[] {
  let frame = 0
  return tags.map((tag) => {
    if (tag.typeId !== TagType.video) return tag
    const video = readVideoTag(tag.body)
    if (video.kind !== 'frame') return tag
    const pairs = captionsAt(frame++)
    if (pairs.length === 0) return tag
    const sei = captionSei(pairs)
    const data = Buffer.alloc(4 + sei.length + video.data.length)
    data.writeUInt32BE(sei.length)
    data.set(sei, 4)
    data.set(video.data, 4 + sei.length)
    return { ...tag, body: writeVideoTag({ ...video, data }) }
  })
}
