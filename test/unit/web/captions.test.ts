import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Captions } from '../../../web/player/captions/captions.ts'
import type { CaptionScreen } from '../../../web/player/captions/screen.ts'
import {
  type CaptionPair,
  captionSei,
  dtvcc,
  erase,
  erase708,
  pair,
  popOn,
  popOn708,
  rollUp,
  service708,
} from '../../light/captions.ts'

type CaptionEvent = { readonly stream: string; readonly text: string }
/** Of mux.js, which comes without types. */
const { CaptionStream } = createRequire(import.meta.url)('mux.js/lib/m2ts/caption-stream.js') as {
  CaptionStream: new () => {
    on(event: 'data', listener: (caption: CaptionEvent) => void): void
    push(nal: { nalUnitType: 'sei_rbsp'; escapedRBSP: Uint8Array; pts: number; dts: number }): void
    flush(): void
  }
}

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

test('CEA-708 alone: what is made in a hidden window is there when the window is, until it is taken away', () => {
  const captions = new Captions()
  const pairs = popOn708('Good evening')
  captions.push(samples(100, pairs, 60))
  assert.deepEqual(captions.at(100 + (pairs.length - 1.5) * frame, 'SERVICE1'), [])
  const screen = captions.at(101, 'SERVICE1')
  assert.equal(text(screen), 'Good evening')
  assert.equal(screen[0]?.row, 13)
  assert.deepEqual(captions.channels, ['SERVICE1'])
  captions.push(samples(103, erase708(), 30))
  assert.deepEqual(captions.at(103.2, 'SERVICE1'), [])
})

const { define, letters, display, hide } = service708
const cea708 = {
  'lines of a window roll up below its last row': {
    codes: [define({ rows: 2 }), letters('one'), [0x0d], letters('two'), [0x0d], letters('three')],
    shows: 'two\nthree',
  },
  'a backspace, a row begun anew, a window cleared': {
    codes: [define({ rows: 2 }), letters('no'), [0x0c], letters('ab'), [0x08], letters('c\rx'), [0x0e], letters('y')],
    shows: 'ac\ny',
  },
  'letters of all four sets': {
    codes: [define(), letters('caf\u00e9 '), [0x7f, 0x10, 0x39, 0x10, 0x25, 0x18, 0x04, 0x16]],
    shows: 'café ♪™…Ж',
  },
  'a letter of a set to come, and codes that nobody knows yet, are passed over by their length': {
    codes: [
      define(),
      letters('a'),
      [0x10, 0x41, 0x10, 0x1f, 1, 2, 3, 0x10, 0x85, 1, 2, 3, 4, 0x10, 0x93, 2, 1, 2],
      letters('b'),
    ],
    shows: 'a_b',
  },
  'a pen that is moved and made italic, a window defined again': {
    codes: [define({ rows: 2 }), letters('one'), define({ rows: 2 }), [0x92, 1, 2, 0x90, 0x05, 0x80], letters('two')],
    shows: 'one\ntwo',
  },
  'the window of more priority where two want one row': {
    codes: [define({ priority: 3 }), letters('below'), define({ index: 1, priority: 1 }), letters('above')],
    shows: 'above',
  },
  'windows one above the other, from the upper one on': {
    codes: [define(), letters('last'), define({ index: 1, bottom: 10 }), letters('first'), hide(2), display(2)],
    shows: 'first\nlast',
  },
  'nothing where no window is defined, none is visible, or all were taken away by a reset': {
    codes: [
      letters('nowhere'),
      define({ visible: false }),
      letters('hidden'),
      define({ index: 1 }),
      letters('gone'),
      [0x8f],
    ],
    shows: '',
  },
} as const

for (const [name, { codes, shows }] of Object.entries(cea708)) {
  test(`CEA-708 shows ${name}`, () => {
    const bytes: readonly number[] = codes.flat()
    // In blocks that end anywhere, also within a code.
    for (const size of [31, 5]) {
      const captions = new Captions()
      const blocks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      )
      captions.push(
        samples(
          0,
          blocks.flatMap((block, index) => dtvcc(9, block, index % 4)),
          10,
        ),
      )
      assert.equal(text(captions.at(9, 'SERVICE9')), shows)
    }
  })
}

test('a service that says what a channel of CEA-608 says is not offered beside it', () => {
  const captions = new Captions()
  captions.push(
    samples(0, [...popOn('Hello'), ...popOn708('Hello'), ...dtvcc(3, [...define(), ...letters('Bonsoir')])], 20),
  )
  assert.deepEqual(captions.channels, ['CC1', 'SERVICE3'])
})

test('packets that are torn or false are dropped, and what follows is read', () => {
  const captions = new Captions()
  const [begin, ...rest] = popOn708('Lost')
  const far: CaptionPair = { type: 3, bytes: [0x02, 0x3f] }
  captions.push(samples(0, [...rest, ...(begin ? [begin, begin] : []), far, { type: 2, bytes: [0x20, 0xff] }]))
  captions.push(samples(2, [...popOn708('Found')], 20))
  assert.equal(text(captions.at(3, 'SERVICE1')), 'Found')
})

test('another reader takes the same words out of CEA-708 as we do', () => {
  const stream = new CaptionStream()
  const read: string[] = []
  stream.on('data', ({ stream: name, text: words }) => read.push(`${name}: ${words.trim()}`))
  // It reads a packet when the next one begins.
  const next = dtvcc(1, [0x03])
  const pairs = [...popOn708('Good evening'), ...erase708(), ...popOn708('Good night'), ...erase708(), ...next]
  for (const [index, one] of pairs.entries()) {
    const sei = captionSei([one])
    stream.push({ nalUnitType: 'sei_rbsp', escapedRBSP: sei.subarray(1), pts: index * 3000, dts: index * 3000 })
  }
  stream.flush()
  assert.deepEqual(read, ['cc708_1: Good evening', 'cc708_1: Good night'])
})
