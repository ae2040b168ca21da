import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Metric, single } from '../base/metric.ts'

/** A timer that fires as often, from the first question on: a box without Prometheus is not woken for it. */
const PERIOD_MS = 50

/** What prom-client says of the event loop. It wakes it a hundred times a second, and takes the period for lag. */
export const LIBRARY_LAG = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
  (kind) => `nodejs_eventloop_lag${kind}_seconds`,
)

/** How late the event loop was since it was last asked, under the names that dashboards know; 0 the first time. */
export function eventLoopLag(): () => Metric[] {
  const delay = monitorEventLoopDelay({ resolution: PERIOD_MS })
  const lag = (nanoseconds: number): number =>
    delay.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - PERIOD_MS / 1000)
  return () => {
    delay.enable()
    const values = [
      ['max', 'at most', delay.max],
      ['mean', 'on average', delay.mean],
      ['p50', 'in half of all looks', delay.percentile(50)],
      ['p90', 'in nine of ten looks', delay.percentile(90)],
      ['p99', 'in 99 of 100 looks', delay.percentile(99)],
    ] as const
    const metrics = values.map(([kind, words, value]) =>
      single(
        `nodejs_eventloop_lag_${kind}_seconds`,
        'gauge',
        `How late the event loop was ${words} since the last question.`,
        lag(value),
      ),
    )
    delay.reset()
    return metrics
  }
}
