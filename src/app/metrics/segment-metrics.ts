import { type Metric, single } from '../../base/metric.ts'
import type { SegmentStore } from '../../segments/segment-store.ts'

/** Media on the disk: what rewind windows and a restart are served from. */
export function* segmentMetrics(segments: SegmentStore): Iterable<Metric> {
  const now = segments.describe()
  const perChannel = (value: (broadcast: (typeof now.broadcasts)[number]) => number) =>
    now.broadcasts.map((broadcast) => ({ labels: { channel: broadcast.slug }, value: value(broadcast) }))
  const name = (end: string): string => `streamhost_segments_${end}`
  yield {
    ...{ name: name('stored_bytes'), help: 'Media of broadcasts on the disk.', kind: 'gauge' },
    values: perChannel(({ bytes }) => bytes),
  }
  yield {
    ...{ name: name('rewind_seconds'), help: 'How far can be rewound.', kind: 'gauge' },
    values: perChannel(({ seconds }) => seconds),
  }
  yield single(
    name('writing'),
    'gauge',
    '1 while media is kept; 0 while the disk has no room for it.',
    now.writing ? 1 : 0,
  )
  yield single(name('queued_bytes'), 'gauge', 'Media on its way to the disk.', now.queuedBytes)
  yield single(
    name('lost_total'),
    'counter',
    'Segments that are missing from rewind windows because the disk did not take them in time or failed.',
    now.lostSegments,
  )
  yield single(name('write_errors_total'), 'counter', 'Writes that failed.', now.writeErrors)
  yield single(
    name('shrunk_total'),
    'counter',
    'Minutes of rewind windows given up because the disk was nearly full (storage.minFreeBytes).',
    now.shrunkVolumes,
  )
  yield {
    ...{ name: name('write_seconds'), help: 'Time the disk took for a write.', kind: 'histogram' },
    values: [{ histogram: now.writeSeconds }],
  }
  yield {
    ...{ name: name('sync_seconds'), help: 'Time the disk took to make writes lasting.', kind: 'histogram' },
    values: [{ histogram: now.syncSeconds }],
  }
  yield single(name('reads_total'), 'counter', 'Segments read back for viewers.', now.reads)
  yield single(name('read_errors_total'), 'counter', 'Segments that could not be read back.', now.failedReads)
  yield single(name('cached_bytes'), 'gauge', 'Segments read back and held for others who ask.', now.cachedBytes)
}
