import type { Conditions } from '../../light/conditions.ts'
import type { BoxOptions } from './actor.ts'
import type { Sample } from './sample.ts'
import { median } from './slopes.ts'
import { type Chart, drawSheet } from './svg.ts'

/** What happened on the box, drawn: the title says who was there, when, on which commit and beside what load. */
export function plotOf(
  samples: readonly Sample[],
  options: BoxOptions,
  conditions: Conditions,
  judgedFrom: number,
): string {
  const chart = (
    title: string,
    unit: string,
    curves: Readonly<Record<string, (sample: Sample, index: number) => number>>,
  ): Chart => ({
    ...{ title, unit },
    curves: Object.entries(curves).map(([name, value]) => ({
      name,
      points: samples.map((sample, i) => ({ x: sample.second / 60, y: value(sample, i) })),
    })),
  })
  const most =
    (name: string) =>
    ({ actors }: Sample): number =>
      Math.max(0, ...Object.values(actors).map((counts) => counts[name] ?? 0))
  const summed = (...names: readonly string[]) => {
    let sum = 0
    return ({ actors }: Sample, index: number): number => {
      if (index === 0) sum = 0
      for (const counts of Object.values(actors)) for (const name of names) sum += counts[name] ?? 0
      return sum
    }
  }
  /** Of a sum that grows: how much of it in a second. */
  const rate = (sum: (sample: Sample) => number) => (sample: Sample, index: number) => {
    const before = samples[index - 1]
    return before === undefined ? 0 : (sum(sample) - sum(before)) / Math.max(1, sample.second - before.second)
  }
  let longest = 0
  /** Nobody may have looked just then: what was seen last is so still. */
  const seen = (name: string) => (sample: Sample) => {
    longest = most(name)(sample) || longest
    return longest
  }
  const { publishers, encoders, viewers, rewinders, chromium, stalled, hostile } = options
  const { date, commit, node } = conditions
  const load = samples.map((sample) => sample.load)
  return drawSheet({
    title: `Everybody on one box, ${Math.round((samples.at(-1)?.second ?? 0) / 60)} min`,
    about: [
      `${publishers} publishers, ${encoders} that come and go, ${viewers} viewers, ${rewinders} who rewind, ${chromium} in Chromium, ` +
        `${stalled} stalled, ${hostile} hostile peers a second`,
      `${date}, commit ${commit}, Node ${node}, load average ${median(load)} in the median; what is shaded is not judged`,
    ],
    judgedFrom: judgedFrom / 60,
    charts: [
      chart('Memory', 'MiB', {
        resident: ({ rss }) => rss,
        heap: ({ heap }) => heap,
        buffers: ({ external }) => external,
      }),
      chart('Descriptors', '', { open: ({ descriptors }) => descriptors }),
      chart('Event loop, p99 of 5 s', 'ms', { delay: ({ eventLoopP99Ms }) => eventLoopP99Ms }),
      chart('Server’s processor', 'cores', {
        used: rate(({ cpuSeconds }) => cpuSeconds),
        'waited for': rate(({ waitedSeconds }) => waitedSeconds),
      }),
      chart('Stalls and losses so far', '', {
        stalls: summed('stalls'),
        'left behind': summed('behind', 'strictFaults'),
        'missing or torn': summed('missing', 'holes'),
      }),
      chart('Late for want of a processor', 'ms', { publishers: most('lateWorstMs'), others: most('lagMs') }),
      chart('Rewind window, longest seen', 's', { seconds: seen('windowSeconds') }),
      chart('Load average', '', { load: (sample) => sample.load }),
    ],
  })
}
