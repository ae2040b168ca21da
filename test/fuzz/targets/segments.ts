import assert from 'node:assert/strict'
import { encodeRecord, readJournal } from '../../../src/segments/journal.ts'
import { SegmentList } from '../../../src/segments/segment-list.ts'
import { RECORDS } from '../../unit/segments/journal.cases.ts'
import { bytesTarget } from '../target.ts'

const journal = bytesTarget({
  name: 'segment-journal',
  says: 'a journal is read up to the first record that is not whole, written again it is the same bytes, and its segments have a number each',
  known: [Buffer.concat(RECORDS.map(encodeRecord)), ...RECORDS.map(encodeRecord)],
  check(bytes) {
    const { records, length, damage } = readJournal(bytes)
    assert.ok(length <= bytes.byteLength)
    assert.equal(damage === undefined, length === bytes.byteLength)
    const again = readJournal(Buffer.concat(records.map(encodeRecord)))
    assert.deepEqual(again.records, records)
    const list = new SegmentList()
    for (const record of records) {
      if (record.type === 'open') list.open(record, 1)
      else if (record.type === 'part') list.part(record, true)
      else if (record.type === 'close') list.close(record.msn)
      else if (record.type === 'gap') list.gap(record, 1)
    }
    const segments = list.withoutHoles()
    for (const [index, { msn, closed, duration }] of segments.entries()) {
      assert.equal(msn, (segments[0]?.msn ?? 0) + index)
      assert.ok(closed || index === segments.length - 1, 'only the newest is open')
      assert.ok(duration >= 0)
    }
  },
})

/** What is read back from the disk. */
export const segmentTargets = [journal]
