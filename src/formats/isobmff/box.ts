/** Writers of ISO/IEC 14496-12 boxes: each function answers the bytes of one box; nesting calls nests boxes. */

const encoder = new TextEncoder()

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const chunk of chunks) length += chunk.byteLength
  const out = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.byteLength
  }
  return out
}

/** A Box: size, four-character code, content (ISO/IEC 14496-12 4.2). */
export function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(content)
  const out = new Uint8Array(8 + body.byteLength)
  new DataView(out.buffer).setUint32(0, out.byteLength)
  out.set(encoder.encode(type), 4)
  out.set(body, 8)
  return out
}

/** A FullBox: a Box with version and flags. */
export function fullBox(type: string, version: number, flags: number, ...content: readonly Uint8Array[]): Uint8Array {
  return box(type, u32(((version << 24) | flags) >>> 0), ...content)
}

export const u8 = (...values: number[]): Uint8Array => Uint8Array.from(values)

export function u16(...values: number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(values.length * 2))
  values.forEach((value, i) => {
    out.setUint16(i * 2, value)
  })
  return new Uint8Array(out.buffer)
}

export function u32(...values: number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => {
    out.setUint32(i * 4, value)
  })
  return new Uint8Array(out.buffer)
}

export const text = (value: string): Uint8Array => encoder.encode(value)
export const zeros = (length: number): Uint8Array => new Uint8Array(length)
