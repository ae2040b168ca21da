import type { JournalRecord, StoredCut } from '../../../src/segments/journal-record.ts'

export const EPOCH = '0123456789abcdef0123456789abcdef'
export const cut = (msn: number, change: Partial<StoredCut> = {}): StoredCut => ({
  msn,
  time: 900_000 + msn * 180_000,
  discontinuity: false,
  discontinuitySequence: 3,
  programDateTime: 1_790_000_000_000.25 + msn * 2000,
  partTicks: 30_000,
  ...change,
})

/** One of each kind: for the writer, the reader and the fuzz target. */
export const RECORDS: readonly JournalRecord[] = [
  {
    ...{ type: 'volume', format: 1, channel: 'c1', slug: 'choir', broadcast: 'b1' },
    ...{ startedAt: 1_790_000_000_000, number: 7 },
  },
  { type: 'note', name: 'presentation', value: { targetDuration: 2, words: 'Grüße' } },
  {
    ...{ type: 'init', rendition: 'source', index: 0, codec: 'h264', timescale: 90_000 },
    ...{ config: 'AWQAH//hABA=', bytes: 'AAAAGGZ0eXA=' },
  },
  { type: 'open', rendition: 'source', epoch: EPOCH, init: 0, time: 900_123, cut: cut(0, { discontinuity: true }) },
  {
    ...{ type: 'part', rendition: 'source', msn: 0, at: 0, length: 81_234, crc: 0xdeadbeef },
    ...{ duration: 1 / 3, independent: true, frames: 10 },
  },
  { type: 'close', rendition: 'source', msn: 0 },
  { type: 'gap', rendition: 'audio', epoch: EPOCH, init: 0, duration: 2, cut: cut(1) },
  { type: 'sync' },
  { type: 'end', how: 'stopped', at: 1_790_000_100_000 },
]
