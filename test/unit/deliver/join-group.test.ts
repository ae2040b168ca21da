import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { JoinGroup } from '../../../src/deliver/flv/join-group.ts'
import type { Packet } from '../../../src/media/packet.ts'
import { synthetic } from '../../light/synthetic.ts'

const MOST = 4 << 20
const packets = (seconds: number, bytes: number): Packet[] => synthetic({ seconds, bytes, gop: seconds, audio: false })
const plain = (packet: Packet): Packet => ({ ...packet, data: Uint8Array.from(packet.data) })
const bytesOf = (group: readonly Packet[]): Buffer[] => group.map(({ data }) => Buffer.from(data))

function fill(group: JoinGroup, all: readonly Packet[]): readonly Packet[] {
  group.begin()
  for (const packet of all) assert.ok(group.add(packet))
  return group.packets()
}

describe('packets that are copied for those who join', () => {
  const open = (mostBytes = MOST): JoinGroup => new JoinGroup({ mostBytes, copies: true })

  test('are the same, in memory of the group’s own', () => {
    const all = packets(2, 20_000)
    const kept = fill(open(), all)
    assert.deepEqual(kept.map(plain), all.map(plain))
    const [first] = kept
    assert.ok(first)
    for (const { data } of kept) assert.equal(data.buffer, first.data.buffer)
    assert.notEqual(first.data.buffer, all[0]?.data.buffer)
  })

  test('stay as they are for who has them, while group follows group and one grows', () => {
    const group = open()
    const had: { readonly kept: readonly Packet[]; readonly were: Buffer[] }[] = []
    for (const [seconds, bytes] of [
      [1, 500],
      [2, 30_000],
      [1, 700],
      [1, 700],
    ] as const) {
      const all = packets(seconds, bytes)
      group.begin()
      for (const [i, packet] of all.entries()) {
        group.add(packet)
        if (i % 20 === 0) had.push({ kept: group.packets(), were: bytesOf(all.slice(0, i + 1)) })
      }
      group.clear()
    }
    for (const { kept, were } of had) assert.deepEqual(bytesOf(kept), were)
  })

  test('lie where those of the group before lay, when nobody has them', (t) => {
    const allocate = t.mock.method(Buffer, 'allocUnsafeSlow')
    const group = open()
    for (let n = 0; n < 10; n++) {
      group.begin()
      for (const packet of packets(1, 1000)) group.add(packet)
    }
    assert.equal(allocate.mock.callCount(), 1)
  })

  test('of a large group give their memory back when those after it are small', () => {
    const group = open()
    fill(group, packets(2, 60_000))
    const size = (): number => group.packets()[0]?.data.buffer.byteLength ?? 0
    assert.ok(size() > 1 << 20)
    fill(group, packets(2, 500))
    fill(group, packets(2, 500))
    assert.equal(size(), 256 << 10)
  })
})

for (const copies of [false, true]) {
  describe(`packets since a key frame, ${copies ? 'copied' : 'as they are'}`, () => {
    const open = (mostBytes: number): JoinGroup => new JoinGroup({ mostBytes, copies })

    test('are forgotten when they are too many, until the next key frame', () => {
      const group = open(10_000)
      const all = packets(2, 1000)
      group.begin()
      const fits = all.map((packet) => group.add(packet))
      assert.deepEqual([fits.indexOf(false), fits.lastIndexOf(false)], [10, 10])
      assert.deepEqual([group.first, group.packets()], [undefined, []])
      assert.equal(fill(group, all.slice(0, 5)).length, 5)
      assert.equal(group.first?.dts, all[0]?.dts)
    })

    test('are none after something that they can’t be decoded with, until the next key frame', () => {
      const group = open(MOST)
      fill(group, packets(1, 100))
      group.clear()
      for (const packet of packets(1, 100).slice(1)) assert.ok(group.add(packet))
      assert.deepEqual([group.first, group.packets()], [undefined, []])
    })
  })
}
