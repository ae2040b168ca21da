import { STATIC_TABLE } from './hpack-tables.ts'

/** Where a name stands in the static table. */
const NAMES = new Map<string, number>()
const STATUS = new Map<string, number>()
for (const [index, [name, value]] of STATIC_TABLE.entries()) {
  if (index === 0) continue
  if (!NAMES.has(name)) NAMES.set(name, index)
  if (name === ':status') STATUS.set(value, index)
}

/**
 * Fields of an answer (RFC 7541), without the dynamic table: a block that was made once is good on every connection.
 * @param lines names, in small letters, and values in turn
 */
export function encodeFields(lines: readonly string[]): Buffer<ArrayBuffer> {
  const out: number[] = []
  for (let i = 0; i < lines.length; i += 2) literal(out, lines[i] ?? '', lines[i + 1] ?? '')
  return Buffer.from(out)
}

/** `:status`, which stands first. */
export function encodeStatus(status: number): Buffer {
  const known = STATUS.get(String(status))
  if (known !== undefined) return Buffer.from([0x80 | known])
  const out: number[] = []
  literal(out, ':status', String(status))
  return Buffer.from(out)
}

/** RFC 7541 6.2.2: literal header field without indexing. */
function literal(out: number[], name: string, value: string): void {
  const index = NAMES.get(name) ?? 0
  integer(out, 0, 4, index)
  if (index === 0) text(out, name)
  text(out, value)
}

function text(out: number[], value: string): void {
  integer(out, 0, 7, value.length)
  for (let i = 0; i < value.length; i++) out.push(value.charCodeAt(i) & 0xff)
}

/** RFC 7541 5.1. */
function integer(out: number[], pattern: number, prefix: number, value: number): void {
  const most = (1 << prefix) - 1
  if (value < most) {
    out.push(pattern | value)
    return
  }
  out.push(pattern | most)
  let rest = value - most
  for (; rest >= 0x80; rest >>>= 7) out.push((rest & 0x7f) | 0x80)
  out.push(rest)
}
