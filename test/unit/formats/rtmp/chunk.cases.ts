import type { Message } from '../../../../src/formats/rtmp/message.ts'

/** `length` payload bytes that tell their place. */
export const bytes = (length: number): number[] => Array.from({ length }, (_, i) => i & 0xff)

const message = (fields: Partial<Message> & { readonly payload: Uint8Array }): Message => ({
  chunkStreamId: 4,
  timestamp: 0,
  typeId: 9,
  messageStreamId: 1,
  ...fields,
})

export type ChunkCase = {
  readonly name: string
  readonly wire: readonly number[]
  readonly value: readonly Message[]
  /** Our encoder would choose other chunks. */
  readonly readOnly?: true
}

const one = Uint8Array.of(0xaa)
const b300 = bytes(300)
const p300 = Uint8Array.from(b300)

export const chunkCases: readonly ChunkCase[] = [
  {
    name: 'type 0, one chunk',
    wire: [0x04, 0, 0, 5, 0, 0, 2, 9, 1, 0, 0, 0, 7, 8],
    value: [message({ timestamp: 5, payload: Uint8Array.of(7, 8) })],
  },
  {
    name: 'type 3 chunks continue a message of 300 bytes',
    wire: [
      ...[0x04, 0, 0, 5, 0, 0x01, 0x2c, 9, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0xc4, ...b300.slice(128, 256)],
      ...[0xc4, ...b300.slice(256)],
    ],
    value: [message({ timestamp: 5, payload: p300 })],
  },
  {
    name: 'type 1: another length, type 2: another delta, type 3: all the same',
    wire: [
      ...[0x04, 0, 0, 10, 0, 0, 2, 9, 1, 0, 0, 0, 1, 1],
      ...[0x44, 0, 0, 20, 0, 0, 1, 9, 0xaa],
      ...[0x84, 0, 0, 21, 0xaa],
      ...[0xc4, 0xaa],
    ],
    value: [
      message({ timestamp: 10, payload: Uint8Array.of(1, 1) }),
      message({ timestamp: 30, payload: one }),
      message({ timestamp: 51, payload: one }),
      message({ timestamp: 72, payload: one }),
    ],
  },
  {
    name: 'type 3 behind type 0 adds the timestamp of type 0',
    wire: [0x04, 0, 0, 10, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa, 0xc4, 0xaa],
    value: [message({ timestamp: 10, payload: one }), message({ timestamp: 20, payload: one })],
  },
  {
    name: 'chunk stream ids in two bytes',
    wire: [0x00, 0, 0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa, 0x00, 255, 0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa],
    value: [
      message({ chunkStreamId: 64, timestamp: 1, payload: one }),
      message({ chunkStreamId: 319, timestamp: 1, payload: one }),
    ],
  },
  {
    name: 'chunk stream ids in three bytes',
    wire: [0x01, 0, 1, 0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa, 0x01, 255, 255, 0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa],
    value: [
      message({ chunkStreamId: 320, timestamp: 1, payload: one }),
      message({ chunkStreamId: 65_599, timestamp: 1, payload: one }),
    ],
  },
  {
    name: 'a small chunk stream id written in three bytes is the same chunk stream',
    wire: [0x00, 6, 0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa, 0xc1, 6, 0, 0xaa],
    value: [
      message({ chunkStreamId: 70, timestamp: 1, payload: one }),
      message({ chunkStreamId: 70, timestamp: 2, payload: one }),
    ],
    readOnly: true,
  },
  {
    name: 'an extended timestamp, repeated in type 3 chunks',
    wire: [
      ...[0x04, 0xff, 0xff, 0xff, 0, 0x01, 0x2c, 9, 1, 0, 0, 0, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0xc4, 1, 0, 0, 0, ...b300.slice(128, 256)],
      ...[0xc4, 1, 0, 0, 0, ...b300.slice(256)],
    ],
    value: [message({ timestamp: 0x0100_0000, payload: p300 })],
  },
  {
    name: 'an extended timestamp that type 3 chunks leave out',
    wire: [
      ...[0x04, 0xff, 0xff, 0xff, 0, 0x01, 0x2c, 9, 1, 0, 0, 0, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0xc4, ...b300.slice(128, 256)],
      ...[0xc4, ...b300.slice(256)],
    ],
    value: [message({ timestamp: 0x0100_0000, payload: p300 })],
    readOnly: true,
  },
  {
    name: 'an extended timestamp left out before a chunk of two bytes',
    wire: [
      ...[0x04, 0xff, 0xff, 0xff, 0, 0x01, 0x02, 9, 1, 0, 0, 0, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0xc4, ...b300.slice(128, 256)],
      ...[0xc4, 0, 1],
    ],
    value: [message({ timestamp: 0x0100_0000, payload: Uint8Array.from(b300.slice(0, 258)) })],
    readOnly: true,
  },
  {
    name: 'an extended delta; type 3 chunks inside the message carry the message timestamp',
    wire: [
      ...[0x04, 0, 0, 1, 0, 0, 1, 9, 1, 0, 0, 0, 0xaa],
      ...[0x44, 0xff, 0xff, 0xff, 0, 0, 0x82, 9, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0xc4, 1, 0, 0, 1, ...b300.slice(128, 130)],
    ],
    value: [
      message({ timestamp: 1, payload: one }),
      message({ timestamp: 0x0100_0001, payload: p300.subarray(0, 130) }),
    ],
    readOnly: true,
  },
  {
    name: 'a timestamp of exactly 0xffffff is extended',
    wire: [0x04, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xaa],
    value: [message({ timestamp: 0xff_ffff, payload: one })],
  },
  {
    name: 'a timestamp that wraps',
    wire: [
      ...[0x04, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xf0, 0xaa],
      ...[0x84, 0, 0, 0x20, 0xaa],
    ],
    value: [message({ timestamp: 0xffff_fff0, payload: one }), message({ timestamp: 0x10, payload: one })],
    readOnly: true,
  },
  {
    name: 'messages of two chunk streams between each other',
    wire: [
      ...[0x04, 0, 0, 1, 0, 0, 0x82, 9, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0x06, 0, 0, 2, 0, 0, 1, 8, 1, 0, 0, 0, 0xaa],
      ...[0xc4, ...b300.slice(128, 130)],
    ],
    value: [
      message({ chunkStreamId: 6, timestamp: 2, typeId: 8, payload: one }),
      message({ timestamp: 1, payload: p300.subarray(0, 130) }),
    ],
    readOnly: true,
  },
  {
    name: 'Set Chunk Size in the middle of another message',
    wire: [
      ...[0x04, 0, 0, 1, 0, 0x01, 0x2c, 9, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0x10, 0],
      ...[0xc4, ...b300.slice(128)],
    ],
    value: [message({ timestamp: 1, payload: p300 })],
    readOnly: true,
  },
  {
    name: 'an aborted message',
    wire: [
      ...[0x04, 0, 0, 1, 0, 0x01, 0x2c, 9, 1, 0, 0, 0, ...b300.slice(0, 128)],
      ...[0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4],
      ...[0x44, 0, 0, 1, 0, 0, 1, 9, 0xaa],
    ],
    value: [message({ timestamp: 2, payload: one })],
    readOnly: true,
  },
  {
    name: 'an empty message',
    wire: [0x04, 0, 0, 1, 0, 0, 0, 8, 1, 0, 0, 0],
    value: [message({ timestamp: 1, typeId: 8, payload: new Uint8Array(0) })],
  },
]
