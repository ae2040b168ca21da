/** Cuts bytes at places that depend on nothing but the bytes: a finding says the same again. */
export function inPieces(bytes: Uint8Array): Uint8Array[] {
  let state = bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, bytes.byteLength)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    // Mostly short ones: heads are what is cut badly.
    const random = state >>> 16
    const length = 1 + (random % (random % 3 === 0 ? 2000 : 12))
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}
