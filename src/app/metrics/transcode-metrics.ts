import { type Metric, single } from '../../base/metric.ts'
import type { LadderState } from '../../transcode/status.ts'
import type { Transcoder } from '../../transcode/transcoder.ts'

const STATES: readonly LadderState[] = ['waiting', 'asleep', 'running', 'limited', 'crowded', 'failed', 'off']

/** Further qualities of broadcasts, and the FFmpeg children that make them. Sums begin anew with each broadcast, as counters may. */
export function* transcodeMetrics(transcoder: Transcoder): Iterable<Metric> {
  const all = transcoder.all()
  type Each = (typeof all)[number]
  const name = (end: string): string => `streamhost_transcode_${end}`
  const perChannel = (
    end: string,
    kind: 'gauge' | 'counter',
    help: string,
    value: (each: Each) => number | undefined,
  ): Metric => ({
    ...{ name: name(end), help, kind },
    values: all.flatMap((each) => {
      const known = value(each)
      return known === undefined ? [] : [{ labels: { channel: each.slug }, value: known }]
    }),
  })
  const counts = new Map(STATES.map((state) => [state, 0]))
  for (const { status } of all) counts.set(status.state, (counts.get(status.state) ?? 0) + 1)
  yield {
    ...{ name: name('broadcasts'), help: 'Broadcasts that are to have further qualities, by state.', kind: 'gauge' },
    values: [...counts].map(([state, value]) => ({ labels: { state }, value })),
  }
  const { budget, cost, threadFailures } = transcoder.box
  yield single(name('budget_processors'), 'gauge', 'Processors that transcoding may keep busy.', budget)
  yield single(name('cost_processors'), 'gauge', 'Processors that it is expected to keep busy now.', cost)
  const sounds = transcoder.sounds()
  const children = [...all, ...sounds].reduce((sum, { pids }) => sum + pids.length, 0)
  yield single(name('children'), 'gauge', 'FFmpeg processes that transcode now.', children)
  yield single(
    name('thread_failures_total'),
    'counter',
    'Threads that looked after children and failed.',
    threadFailures,
  )
  yield {
    ...{ name: name('rung_running'), help: '1 while this quality is made, 0 while it isn’t.', kind: 'gauge' },
    values: all.flatMap(({ slug, status }) =>
      status.rungs.map(({ name: rung, running }) => ({ labels: { channel: slug, rung }, value: running ? 1 : 0 })),
    ),
  }
  yield perChannel(
    'wakes_total',
    'counter',
    'Qualities that were begun because somebody watched them.',
    ({ status }) => status.wakes,
  )
  yield perChannel('lag_seconds', 'gauge', 'How far the slowest quality is behind the source.', ({ status }) =>
    status.lagMs === undefined ? undefined : status.lagMs / 1000,
  )
  yield perChannel(
    'restarts_total',
    'counter',
    'Children that died or hung and were replaced.',
    ({ status }) => status.restarts,
  )
  yield perChannel(
    'steps_total',
    'counter',
    'Times that more or less of the ladder was made; several rungs at once are one.',
    ({ status }) => status.steps,
  )
  yield perChannel('cpu_seconds_total', 'counter', 'Processor time of children.', ({ status }) => status.cpuSeconds)
  yield perChannel('frames_in_total', 'counter', 'Frames given to children.', ({ status }) => status.framesIn)
  yield perChannel('frames_out_total', 'counter', 'Frames made, of all qualities.', ({ status }) => status.framesOut)
  yield perChannel(
    'skipped_frames_total',
    'counter',
    'Frames of the source that no child was given, because it was too far behind.',
    ({ status }) => status.skipped,
  )
  yield* opusMetrics(sounds)
}

/** The sound in Opus, where it was asked for. */
function* opusMetrics(sounds: ReturnType<Transcoder['sounds']>): Iterable<Metric> {
  type Each = (typeof sounds)[number]
  const perChannel = (end: string, kind: 'gauge' | 'counter', help: string, value: (each: Each) => number): Metric => ({
    ...{ name: `streamhost_transcode_opus_${end}`, help, kind },
    values: sounds.map((each) => ({ labels: { channel: each.slug }, value: value(each) })),
  })
  yield perChannel('packets_total', 'counter', 'Packets of sound made in Opus.', ({ packets }) => packets)
  yield perChannel(
    'cpu_seconds_total',
    'counter',
    'Processor time of children that make Opus.',
    (each) => each.cpuSeconds,
  )
  yield perChannel('restarts_total', 'counter', 'Children for Opus that died or hung.', ({ restarts }) => restarts)
  yield {
    ...{ name: 'streamhost_transcode_opus_lag_seconds', kind: 'gauge' },
    help: 'How far the sound in Opus is behind the source.',
    values: sounds.flatMap(({ slug, lagMs }) =>
      lagMs === undefined ? [] : [{ labels: { channel: slug }, value: lagMs / 1000 }],
    ),
  }
}
