import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Captions } from '../../../web/player/captions/captions.ts'
import type { CaptionScreen } from '../../../web/player/captions/screen.ts'
import { type CaptionPair, erase, pair, popOn, rollUp } from '../../light/captions.ts'

const frame = 1 / 30

/** A pair with each frame from a moment on, as line 21 carries them, and frames with padding afterwards. */
function samples(from: number, pairs: readonly CaptionPair[], padding = 0) {
  const all = [...pairs.map((one) => [one]), ...Array.from({ length: padding }, () => [pair(0, 0)])]
  return all.map((frames, index) => ({
    time: from + index * frame,
    data: Uint8Array.from([0xc0 | frames.length, 0xff, ...frames.flatMap((p) => [0xfc | p.type, ...p.bytes]), 0xff]),
  }))
}
const text = (screen: CaptionScreen): string =>
  screen.map(({ runs }) => runs.map((run) => run.text).join('')).join('\n')

test('a caption that pops on is there from its last code on, and until it is erased', () => {
  const captions = new Captions()
  const pairs = popOn('Good evening')
  captions.push(samples(100, pairs, 60))
  const shown = 100 + (pairs.length - 2) * frame
  assert.deepEqual(captions.at(shown - frame, 'CC1'), [])
  const screen = captions.at(shown + 0.01, 'CC1')
  assert.equal(text(screen), 'Good evening')
  assert.equal(screen[0]?.row, 14)
  assert.deepEqual(captions.channels, ['CC1'])
  captions.push(samples(103, erase(), 30))
  assert.equal(text(captions.at(102.9, 'CC1')), 'Good evening')
  assert.deepEqual(captions.at(103.1, 'CC1'), [])
})

test('lines that roll up push those before them upwards, two at a time', () => {
  const captions = new Captions()
  const pairs = [...rollUp('one'), ...rollUp('two'), ...rollUp('three')]
  captions.push(samples(10, pairs, 30))
  assert.equal(text(captions.at(12, 'CC1')), 'two\nthree')
  // Letters are there as they come.
  assert.equal(text(captions.at(10 + 6.5 * frame, 'CC1')), 'on')
})

test('letters that ASCII does not have are read, also those that take the place of another', () => {
  const captions = new Captions()
  // a note, "caf", é of the basic set, "A" replaced by Ä, italic from here on
  const pairs = [
    ...[pair(0x14, 0x20), pair(0x14, 0x70), pair(0x11, 0x37), pair(0x63, 0x61), pair(0x66, 0x5c), pair(0x41, 0)],
    ...[pair(0x13, 0x30), pair(0x11, 0x2e), pair(0x68, 0x69), pair(0x14, 0x2f)],
  ]
  captions.push(samples(0, pairs, 20))
  assert.deepEqual(captions.at(1, 'CC1')[0]?.runs, [
    { text: '♪caféÄ', italic: false },
    { text: ' hi', italic: true },
  ])
})

test('the second channel and the second field have texts of their own; extended data is none', () => {
  const captions = new Captions()
  const second = popOn('Bonsoir').map(({ bytes: [a, b] }) => pair((a & 0x7f) >= 0x20 ? a : a | 8, b))
  captions.push(samples(0, [...popOn('Hello'), ...second], 20))
  const other = popOn('Hallo').map(({ bytes: [a, b] }) => pair(a, b, 1))
  captions.push(samples(5, [pair(0x01, 0x03, 1), pair(0x41, 0x42, 1), ...other], 20))
  assert.deepEqual(captions.channels, ['CC1', 'CC2', 'CC3'])
  assert.deepEqual(
    (['CC1', 'CC2', 'CC3', 'CC4'] as const).map((channel) => text(captions.at(6, channel))),
    ['Hello', 'Bonsoir', 'Hallo', ''],
  )
})

test('frames come in decoding order and are read in the order they are shown', () => {
  const captions = new Captions()
  const all = samples(0, popOn('In order'), 30)
  const decoding = all.map((_, i) => all[i % 4 === 0 ? Math.min(i + 3, all.length - 1) : i - 1]).filter(Boolean)
  const unique = [...new Set([...decoding, ...all])].filter((sample) => sample !== undefined)
  const reordered = unique.slice(0, 10).reverse().concat(unique.slice(10))
  for (const sample of [reordered.slice(0, 7), reordered.slice(7)]) captions.push(sample)
  assert.equal(text(captions.at(1.2, 'CC1')), 'In order')
})

test('what is loaded anew is read anew, and what nobody takes away goes by itself', () => {
  const captions = new Captions()
  captions.push(samples(0, popOn('First'), 30))
  captions.push(samples(4, popOn('Second'), 30))
  captions.push(samples(4, popOn('Second'), 30))
  assert.equal(text(captions.at(3, 'CC1')), 'First')
  assert.equal(text(captions.at(5, 'CC1')), 'Second')
  assert.deepEqual(captions.at(25, 'CC1'), [])
})
