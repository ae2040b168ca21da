import { type Metric, single } from '../../base/metric.ts'
import type { Stills } from '../../transcode/stills/stills.ts'

/** Pictures of what is on air. */
export function* stillMetrics(stills: Stills): Iterable<Metric> {
  const { made, failed, bytes } = stills.describe()
  yield single('streamhost_stills_made_total', 'counter', 'Pictures of what is on air that FFmpeg made.', made)
  yield single('streamhost_stills_failed_total', 'counter', 'Times that it could not.', failed)
  yield single('streamhost_stills_bytes', 'gauge', 'Memory that they take.', bytes)
}
