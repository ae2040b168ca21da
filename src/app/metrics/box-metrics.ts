import { type Metric, single } from '../../base/metric.ts'
import type { Store } from '../../store/store.ts'
import type { BoxFigures } from '../box-figures.ts'
import { VERSION } from '../version.ts'

/** The program, its disk, its database. Processor, memory and event loop are told by the client library's own metrics. */
export function* boxMetrics(box: BoxFigures, store: Store): Iterable<Metric> {
  const { disk } = box.describe()
  yield {
    ...{ name: 'streamhost_info', help: 'Always 1; the versions are its labels.', kind: 'gauge' },
    values: [{ labels: { version: VERSION, node: process.versions.node }, value: 1 }],
  }
  const bytes = (value: number | undefined): { value: number }[] => (value === undefined ? [] : [{ value }])
  yield {
    ...{ name: 'streamhost_disk_free_bytes', help: 'Free on the disk of the data directory.', kind: 'gauge' },
    values: bytes(disk?.freeBytes),
  }
  yield {
    ...{ name: 'streamhost_disk_size_bytes', help: 'Size of the disk of the data directory.', kind: 'gauge' },
    values: bytes(disk?.totalBytes),
  }
  const { waiting, failed, seconds } = store.describe()
  yield single('streamhost_store_waiting_calls', 'gauge', 'Questions to the database without an answer yet.', waiting)
  yield single('streamhost_store_failed_calls_total', 'counter', 'Questions to the database that failed.', failed)
  yield {
    ...{ name: 'streamhost_store_call_seconds', help: 'From a question to the database’s answer.', kind: 'histogram' },
    values: [{ histogram: seconds }],
  }
}
