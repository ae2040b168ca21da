import { crc32 } from 'node:zlib'
import { messageOf } from '../base/errors.ts'
import { asRecord, type JournalRecord } from './journal-record.ts'

/** Length and CRC-32 of what follows, each four bytes, big-endian. */
const HEAD = 8
/** No record is longer: an initialization section or a note is some kilobytes. */
const LONGEST = 1 << 20

/** One record: its length, its checksum, JSON in UTF-8. */
export function encodeRecord(record: JournalRecord): Buffer {
  const text = JSON.stringify(record)
  const length = Buffer.byteLength(text)
  if (length > LONGEST) throw new RangeError(`a journal record of ${length} bytes`)
  const out = Buffer.allocUnsafe(HEAD + length)
  out.write(text, HEAD)
  out.writeUInt32BE(length, 0)
  out.writeUInt32BE(crc32(out.subarray(HEAD)), 4)
  return out
}

export type Journal = {
  readonly records: readonly JournalRecord[]
  /** Bytes that they are in; behind them is nothing, or `damage`. */
  readonly length: number
  /** What is behind the last good record: undefined, a record cut off as a crash leaves it, or bytes that are none. */
  readonly damage: 'torn' | 'corrupt' | undefined
}

/** Reads a journal up to the first record that is not whole. Never throws, whatever the bytes. */
export function readJournal(bytes: Uint8Array): Journal {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: JournalRecord[] = []
  let at = 0
  while (at < view.byteLength) {
    if (view.byteLength - at < HEAD) return { records, length: at, damage: 'torn' }
    const length = view.readUInt32BE(at)
    // A file that grew and was never filled, as a power cut leaves it.
    if (length === 0) return { records, length: at, damage: isZero(view.subarray(at)) ? 'torn' : 'corrupt' }
    if (length > LONGEST) return { records, length: at, damage: 'corrupt' }
    const end = at + HEAD + length
    if (end > view.byteLength) return { records, length: at, damage: 'torn' }
    const body = view.subarray(at + HEAD, end)
    const record = crc32(body) === view.readUInt32BE(at + 4) ? parse(body) : undefined
    if (record === undefined) return { records, length: at, damage: end === view.byteLength ? 'torn' : 'corrupt' }
    records.push(record)
    at = end
  }
  return { records, length: at, damage: undefined }
}

function parse(body: Buffer): JournalRecord | undefined {
  try {
    return asRecord(JSON.parse(body.toString()))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw new Error(`a journal record could not be read: ${messageOf(error)}`, { cause: error })
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
