import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAvcC } from '../../../src/media/avcc.ts'
import { withParameterSets } from '../../../src/media/parameter-sets.ts'
import { videoTrack } from '../../light/synthetic.ts'

const { avcC } = videoTrack.codec.kind === 'h264' ? videoTrack.codec : assert.fail()
const unit = (...bytes: number[]): number[] => [0, 0, 0, bytes.length, ...bytes]
const types = (data: Uint8Array): number[] => {
  const found: number[] = []
  const bytes = Buffer.from(data)
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) found.push((bytes[at + 4] ?? 0) & 0x1f)
  return found
}

test('a key frame brings its parameter sets along, behind the delimiter of its access unit', () => {
  assert.deepEqual(types(withParameterSets(Uint8Array.from(unit(0x65, 1, 2)), avcC)), [7, 8, 5])
  const delimited = Uint8Array.from([...unit(0x09, 0xf0), ...unit(0x06, 5), ...unit(0x65, 1)])
  assert.deepEqual(types(withParameterSets(delimited, avcC)), [9, 7, 8, 6, 5])
  const made = Buffer.from(withParameterSets(Uint8Array.from(unit(0x65)), avcC))
  assert.ok(made.includes(Buffer.from(parseAvcC(avcC).sps[0] ?? [])))
})
