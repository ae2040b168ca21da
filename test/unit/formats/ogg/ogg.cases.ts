/** Pages as an encoder writes them: what stands in front, how long its segments are, their bytes. */
export function oggPage(
  lacing: readonly number[],
  { flags = 0, serial = 7, version = 0 }: { flags?: number; serial?: number; version?: number } = {},
): Uint8Array {
  const bytes = lacing.reduce((sum, length) => sum + length, 0)
  const page = Buffer.alloc(27 + lacing.length + bytes)
  page.write('OggS')
  page[4] = version
  page[5] = flags
  page.writeUInt32LE(serial, 14)
  page[26] = lacing.length
  page.set(lacing, 27)
  // Each byte says where it is in the page's body.
  for (let i = 0; i < bytes; i++) page[27 + lacing.length + i] = i & 0xff
  return new Uint8Array(page)
}

const joined = (...pages: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pages))
const BEGINS = { flags: 2 }
const GOES_ON = { flags: 1 }

export const oggCases = [
  { name: 'a packet on a page', wire: oggPage([3], BEGINS), packets: [3] },
  { name: 'several packets on a page, one of them empty', wire: oggPage([3, 0, 2]), packets: [3, 0, 2] },
  { name: 'a packet of 255 bytes, whose end an empty segment says', wire: oggPage([255, 0]), packets: [255] },
  { name: 'a packet of several segments', wire: oggPage([255, 255, 10]), packets: [520] },
  {
    name: 'a packet that goes on over three pages',
    wire: joined(oggPage([255]), oggPage([255], GOES_ON), oggPage([1, 4], GOES_ON)),
    packets: [511, 4],
  },
  { name: 'a page without segments', wire: joined(oggPage([]), oggPage([2])), packets: [2] },
] as const

export const malformedOgg = [
  ['something else', Uint8Array.from(Buffer.from('FLV\x01'.padEnd(27)))],
  ['another version', oggPage([1], { version: 1 })],
  ['a page that goes on with nothing', oggPage([1], GOES_ON)],
  ['a packet whose end never comes', joined(oggPage([255]), oggPage([1]))],
  ['a second track', joined(oggPage([1]), oggPage([1], { serial: 8 }))],
  ['a packet that is too long', joined(oggPage([255, 255, 255, 255, 255]))],
] as const
