import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captionChannels } from '../../../src/media/caption-data.ts'
import { type CaptionPair, captionSei, dtvcc, erase, pair, popOn, rollUp } from '../../light/captions.ts'

const slice = Uint8Array.of(0x65, 0x88, 0x84)

function frameOf(...nalUnits: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(nalUnits.flatMap((nal) => [Buffer.from([0, 0, nal.length >> 8, nal.length & 0xff]), nal]))
}
const carrying = (...pairs: readonly CaptionPair[]): readonly string[] =>
  [...captionChannels(frameOf(captionSei(pairs.slice(0, 31)), slice), 4)].sort()

test('captions of line 21 are named by field and channel', () => {
  assert.deepEqual(carrying(...popOn('Good evening')), ['CC1'])
  assert.deepEqual(carrying(...rollUp('Good evening')), ['CC1'])
  assert.deepEqual(carrying(pair(0x1c, 0x25)), ['CC2'])
  assert.deepEqual(carrying(pair(0x14, 0x20), pair(0x15, 0x29, 1)), ['CC1', 'CC3'])
  assert.deepEqual(carrying(pair(0x1d, 0x20, 1)), ['CC4'])
})

test('services of CEA-708 are named by number', () => {
  assert.deepEqual(carrying(...dtvcc(1, [0x48, 0x69])), ['SERVICE1'])
  assert.deepEqual(carrying(...dtvcc(2, [0x48])), ['SERVICE2'])
})

test('padding, erasures, text mode and extended data services name nothing', () => {
  assert.deepEqual(carrying(pair(0, 0), pair(0, 0, 1)), [])
  assert.deepEqual(carrying(...erase()), [])
  assert.deepEqual(carrying(pair(0x14, 0x2a)), [])
  assert.deepEqual(carrying(pair(0x01, 0x03, 1), pair(0x41, 0x42, 1), pair(0x0f, 0x1d, 1)), [])
  assert.deepEqual(carrying(...dtvcc(1, [])), [])
})

test('SEI is looked at only in front of the picture, whatever else stands there', () => {
  const captions = captionSei(popOn('Hi'))
  const unregistered = Uint8Array.of(6, 5, 3, 1, 2, 3, 0x80)
  const delimiter = Uint8Array.of(9, 0xf0)
  assert.deepEqual(captionChannels(frameOf(delimiter, unregistered, captions, slice), 4), ['CC1'])
  assert.deepEqual(captionChannels(frameOf(slice, captions), 4), [])
  assert.deepEqual(captionChannels(frameOf(unregistered, slice), 4), [])
})

test('lengths of one and two bytes are read as well, and what is malformed names nothing', () => {
  const captions = captionSei(popOn('Hi'))
  assert.deepEqual(captionChannels(Buffer.concat([Buffer.from([captions.length]), captions]), 1), ['CC1'])
  assert.deepEqual(captionChannels(Buffer.concat([Buffer.from([0, captions.length]), captions]), 2), ['CC1'])
  for (let cut = 0; cut < captions.length; cut++) {
    assert.doesNotThrow(() => captionChannels(frameOf(captions.subarray(0, cut + 1)), 4))
  }
  assert.deepEqual(captionChannels(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 6), 4), [])
  assert.deepEqual(captionChannels(frameOf(Uint8Array.of(6, 4, 0xff, 0xff, 0xff)), 4), [])
})
