import { type AmfValue, amfObject } from '../../../../src/formats/rtmp/amf-value.ts'

export const text = (value: string): number[] => [...Buffer.from(value)]

export type AmfCase = { readonly name: string; readonly wire: readonly number[]; readonly value: AmfValue }

/** AMF0: what is written is byte for byte what is read, unless `readOnly`. */
export const amf0Cases: readonly (AmfCase & { readonly readOnly?: true })[] = [
  { name: 'a number', wire: [0, 0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18], value: Math.PI },
  { name: 'true', wire: [1, 1], value: true },
  { name: 'false', wire: [1, 0], value: false },
  { name: 'a string', wire: [2, 0, 4, ...text('live')], value: 'live' },
  { name: 'an empty string', wire: [2, 0, 0], value: '' },
  { name: 'a string of two-byte letters', wire: [2, 0, 4, ...text('äö')], value: 'äö' },
  { name: 'null', wire: [5], value: null },
  { name: 'undefined', wire: [6], value: undefined },
  { name: 'unsupported', wire: [13], value: undefined, readOnly: true },
  {
    name: 'an object',
    wire: [3, 0, 3, ...text('app'), 2, 0, 4, ...text('live'), 0, 1, ...text('n'), 5, 0, 0, 9],
    value: amfObject({ app: 'live', n: null }),
  },
  {
    name: 'an object with a member named __proto__',
    wire: [3, 0, 9, ...text('__proto__'), 1, 1, 0, 0, 9],
    value: { kind: 'object', className: '', properties: new Map([['__proto__', true]]) },
  },
  {
    name: 'a typed object',
    wire: [16, 0, 1, ...text('C'), 0, 1, ...text('x'), 1, 1, 0, 0, 9],
    value: { kind: 'object', className: 'C', properties: new Map([['x', true]]) },
  },
  {
    name: 'an ECMA array',
    wire: [8, 0, 0, 0, 1, 0, 1, ...text('x'), 1, 1, 0, 0, 9],
    value: { kind: 'ecma-array', properties: new Map([['x', true]]), dense: [] },
  },
  {
    name: 'an ECMA array that says 0 and has one',
    wire: [8, 0, 0, 0, 0, 0, 1, ...text('x'), 1, 1, 0, 0, 9],
    value: { kind: 'ecma-array', properties: new Map([['x', true]]), dense: [] },
    readOnly: true,
  },
  { name: 'a strict array', wire: [10, 0, 0, 0, 2, 1, 1, 5], value: [true, null] },
  { name: 'a date', wire: [11, 0x42, 0x78, 0, 0, 0, 0, 0, 0, 0, 0], value: { kind: 'date', unixMs: 0x180_0000_0000 } },
  { name: 'an XML document', wire: [15, 0, 0, 0, 4, ...text('<a/>')], value: { kind: 'xml', text: '<a/>' } },
  { name: 'a short long string', wire: [12, 0, 0, 0, 2, ...text('hi')], value: 'hi', readOnly: true },
  {
    name: 'a reference to an earlier object',
    // reference 0 is the array itself, 1 the first object in it
    wire: [10, 0, 0, 0, 2, 3, 0, 0, 9, 7, 0, 1],
    value: [amfObject({}), amfObject({})],
    readOnly: true,
  },
  { name: 'a switch to AMF3', wire: [17, 4, 0x7f], value: 127, readOnly: true },
]

export const amf3Cases: readonly (AmfCase & { readonly readOnly?: true })[] = [
  { name: 'undefined', wire: [0], value: undefined },
  { name: 'null', wire: [1], value: null },
  { name: 'false', wire: [2], value: false },
  { name: 'true', wire: [3], value: true },
  { name: 'an integer of one byte', wire: [4, 0x7f], value: 127 },
  { name: 'an integer of two bytes', wire: [4, 0x81, 0x00], value: 128 },
  { name: 'an integer of three bytes', wire: [4, 0x81, 0x80, 0x00], value: 16_384 },
  { name: 'an integer of four bytes', wire: [4, 0x80, 0xc0, 0x80, 0x00], value: 2_097_152 },
  { name: 'the largest integer', wire: [4, 0xbf, 0xff, 0xff, 0xff], value: 0x0fff_ffff },
  { name: 'minus one', wire: [4, 0xff, 0xff, 0xff, 0xff], value: -1 },
  { name: 'a double', wire: [5, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0], value: 0.5 },
  { name: 'minus zero', wire: [5, 0x80, 0, 0, 0, 0, 0, 0, 0], value: -0 },
  { name: 'a string', wire: [6, 0x09, ...text('live')], value: 'live' },
  { name: 'an empty string', wire: [6, 0x01], value: '' },
  { name: 'XML', wire: [11, 0x09, ...text('<a/>')], value: { kind: 'xml', text: '<a/>' } },
  { name: 'an XML document', wire: [7, 0x09, ...text('<a/>')], value: { kind: 'xml', text: '<a/>' }, readOnly: true },
  { name: 'a date', wire: [8, 1, 0x42, 0x78, 0, 0, 0, 0, 0, 0], value: { kind: 'date', unixMs: 0x180_0000_0000 } },
  { name: 'a byte array', wire: [12, 0x05, 7, 8], value: { kind: 'bytes', bytes: Uint8Array.of(7, 8) } },
  { name: 'a dense array', wire: [9, 0x05, 0x01, 3, 1], value: [true, null] },
  {
    name: 'an array with names',
    wire: [9, 0x03, 0x03, ...text('x'), 3, 0x01, 2],
    value: { kind: 'ecma-array', properties: new Map([['x', true]]), dense: [false] },
  },
  {
    name: 'a dynamic object',
    wire: [10, 0x0b, 0x01, 0x03, ...text('x'), 3, 0x01],
    value: amfObject({ x: true }),
  },
  {
    name: 'a sealed object of a class',
    wire: [10, 0x13, 0x03, ...text('C'), 0x03, ...text('x'), 4, 5],
    value: { kind: 'object', className: 'C', properties: new Map([['x', 5]]) },
    readOnly: true,
  },
  {
    name: 'two objects of one class, by a traits reference and a string reference',
    wire: [9, 0x05, 0x01, 10, 0x13, 0x03, ...text('C'), 0x03, ...text('x'), 6, 0x00, 10, 0x01, 6, 0x02],
    value: [
      { kind: 'object', className: 'C', properties: new Map([['x', 'C']]) },
      { kind: 'object', className: 'C', properties: new Map([['x', 'x']]) },
    ],
    readOnly: true,
  },
  {
    name: 'a vector of int',
    wire: [13, 0x05, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
    value: { kind: 'vector', of: 'int', fixed: true, items: [1, -1] },
  },
  {
    name: 'a vector of uint',
    wire: [14, 0x03, 0, 0xff, 0xff, 0xff, 0xff],
    value: { kind: 'vector', of: 'uint', fixed: false, items: [0xffff_ffff] },
  },
  {
    name: 'a vector of double',
    wire: [15, 0x03, 0, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0],
    value: { kind: 'vector', of: 'double', fixed: false, items: [0.5] },
  },
  {
    name: 'a vector of objects',
    wire: [16, 0x03, 0, 0x03, ...text('*'), 3],
    value: { kind: 'vector', of: 'object', fixed: false, items: [true] },
  },
  {
    name: 'a dictionary',
    wire: [17, 0x03, 0, 6, 0x03, ...text('k'), 4, 1],
    value: { kind: 'dictionary', weakKeys: false, entries: [['k', 1]] },
  },
]
