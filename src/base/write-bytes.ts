// Big-endian writing into bytes that are there already, where making a writer for a few of them would cost more than they do.

/** @returns where the next byte belongs */
export function writeU8(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value
  return at + 1
}

/** The low 24 bits. @returns where the next byte belongs */
export function writeU24(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 16
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value
  return at + 3
}

/** @returns where the next byte belongs */
export function writeU32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24
  return writeU24(bytes, at + 1, value)
}
