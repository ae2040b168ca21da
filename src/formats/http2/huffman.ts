import { MalformedError } from '../../base/errors.ts'
import { HUFFMAN_LENGTHS } from './hpack-tables.ts'

const END = 256
/** Padding is shorter than a byte, and all ones (RFC 7541 5.2). */
const MAX_PADDING = 7

/** The tree in pairs: a positive entry is the pair to go on with, a negative one the byte found, as `-1 - byte`. */
const TREE = buildTree()

function buildTree(): Int16Array {
  const tree = new Int16Array(2 * 256)
  let pairs = 1
  let code = 0
  let length = 0
  const order = [...HUFFMAN_LENGTHS.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b)
  for (const symbol of order) {
    code <<= lengthOf(symbol) - length
    length = lengthOf(symbol)
    let pair = 0
    for (let bit = length - 1; bit > 0; bit--) {
      const at = 2 * pair + ((code >>> bit) & 1)
      if (tree[at] === 0) tree[at] = pairs++
      pair = tree[at] ?? 0
    }
    tree[2 * pair + (code & 1)] = -1 - symbol
    code++
  }
  return tree
}

function lengthOf(symbol: number): number {
  return HUFFMAN_LENGTHS[symbol] ?? 0
}

/** Decodes a string literal (RFC 7541 5.2) as Latin-1. @throws MalformedError */
export function huffmanDecode(bytes: Uint8Array, from: number, to: number): string {
  // The shortest code has five bits.
  const out = Buffer.allocUnsafe(Math.ceil(((to - from) * 8) / 5))
  let length = 0
  let pair = 0
  let since = 0
  let ones = true
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >>> shift) & 1
      const next = TREE[2 * pair + bit] ?? 0
      since++
      if (bit === 0) ones = false
      if (next >= 0) {
        pair = next
        continue
      }
      if (next === -1 - END) throw new MalformedError('a Huffman string has its end in it')
      out[length++] = -1 - next
      pair = 0
      since = 0
      ones = true
    }
  }
  if (since > MAX_PADDING || !ones) throw new MalformedError('a Huffman string is padded wrongly')
  return out.toString('latin1', 0, length)
}
