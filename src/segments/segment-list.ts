import type { GapRecord, OpenRecord, PartRecord } from './journal-record.ts'
import type { StoredSegment } from './stored-segment.ts'

/** Ticks per second of cut times. */
const CUT_TIMESCALE = 90_000
/** More numbers missing in a row than this mean another stretch of media: what lies before them is left out. */
const MOST_MISSING = 10_000

/** The segments of a rendition as a journal tells of them, record by record. Records that make no sense are passed over. */
export class SegmentList {
  #segments: StoredSegment[] = []

  get #last(): StoredSegment | undefined {
    return this.#segments.at(-1)
  }

  open({ cut, epoch, init, time }: OpenRecord, volume: number): void {
    if (cut.msn <= (this.#last?.msn ?? -1)) return
    this.#segments.push({
      ...{ msn: cut.msn, cut, epoch, initIndex: init, time, volume },
      ...{ parts: [], duration: 0, bytes: 0, gap: false, closed: false, at: 0 },
    })
  }

  /** @param whole its bytes are there */
  part({ msn, at, length, crc, duration, independent, frames }: PartRecord, whole: boolean): void {
    const last = this.#last
    if (last === undefined || last.msn !== msn || last.gap || last.closed) return
    if (last.parts.length === 0) last.at = at
    // Parts lie one behind the other, so that a segment is one stretch of its file.
    if (!whole || at !== last.at + last.bytes) last.gap = true
    last.parts.push({ length, crc, duration, independent, frames })
    last.duration += duration
    last.bytes += length
  }

  close(msn: number): void {
    const last = this.#last
    if (last?.msn !== msn) return
    last.closed = true
    if (last.parts.length === 0) last.gap = true
  }

  gap({ cut, epoch, init, duration }: GapRecord, volume: number): void {
    const last = this.#last
    // A segment that was begun and whose media could not be kept is told of once more, as a gap.
    if (last?.msn === cut.msn) {
      last.gap = true
      last.closed = true
      last.duration = duration
      return
    }
    if (cut.msn < (last?.msn ?? 0)) return
    this.#segments.push({
      ...{ msn: cut.msn, cut, epoch, initIndex: init, time: cut.time, volume },
      ...{ parts: [], duration, bytes: 0, gap: true, closed: true, at: 0 },
    })
  }

  /** All of them, in the order of their numbers, one for each number: those that no record tells of are gaps. */
  withoutHoles(): StoredSegment[] {
    const out: StoredSegment[] = []
    for (const segment of this.#segments) {
      const before = out.at(-1)
      const missing = before === undefined ? 0 : segment.msn - before.msn - 1
      if (missing > MOST_MISSING) out.length = 0
      else if (before !== undefined) fill(out, before, segment, missing)
      // Only the newest can go on; an older one was left by a crash.
      if (before !== undefined && !before.closed) {
        before.closed = true
        before.gap = true
        before.duration = Math.max(
          before.duration,
          distance(before, out[before.msn - (out[0]?.msn ?? 0) + 1] ?? segment),
        )
      }
      out.push(segment)
    }
    return out
  }
}

function fill(out: StoredSegment[], before: StoredSegment, next: StoredSegment, missing: number): void {
  const from = before.cut.time / CUT_TIMESCALE + before.duration
  const each = Math.max(0, next.cut.time / CUT_TIMESCALE - from) / Math.max(1, missing)
  for (let i = 0; i < missing; i++) {
    const time = Math.round((from + i * each) * CUT_TIMESCALE)
    const msn = before.msn + 1 + i
    const programDateTime = before.cut.programDateTime + ((time - before.cut.time) * 1000) / CUT_TIMESCALE
    out.push({
      cut: { ...before.cut, msn, time, discontinuity: false, programDateTime },
      ...{ msn, epoch: before.epoch, initIndex: before.initIndex, time, volume: before.volume },
      ...{ parts: [], duration: each, bytes: 0, gap: true, closed: true, at: 0 },
    })
  }
}

const distance = (a: StoredSegment, b: StoredSegment): number => Math.max(0, b.cut.time - a.cut.time) / CUT_TIMESCALE
