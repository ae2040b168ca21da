import { type Metric, single } from '../../base/metric.ts'
import type { RtmpServer } from '../../ingest/rtmp/server.ts'
import type { IngestMonitor } from '../../insight/ingest/ingest-monitor.ts'
import type { Hub } from '../../live/hub.ts'

/** Broadcasts, as the hub has them. */
export function* broadcastMetrics(hub: Hub): Iterable<Metric> {
  const broadcasts = hub.broadcasts()
  type Each = (typeof broadcasts)[number]
  const perChannel = (
    name: string,
    kind: 'gauge' | 'counter',
    help: string,
    value: (each: Each) => number,
  ): Metric => ({
    ...{ name: `streamhost_${name}`, help, kind },
    values: broadcasts.map((each) => ({ labels: { channel: each.slug }, value: value(each) })),
  })
  yield single('streamhost_broadcasts', 'gauge', 'Broadcasts that go on.', broadcasts.length)
  yield perChannel(
    'broadcast_publishing',
    'gauge',
    '1 while an encoder is connected, 0 while its return is waited for.',
    ({ publisher }) => (publisher === undefined ? 0 : 1),
  )
  yield perChannel(
    'broadcast_start_time_seconds',
    'gauge',
    'When the broadcast began, in seconds since 1970.',
    ({ startedAtMs }) => startedAtMs / 1000,
  )
  yield perChannel('broadcast_packets_total', 'counter', 'Frames of picture and sound taken in.', (of) => of.packets)
  yield perChannel(
    'broadcast_dropped_packets_total',
    'counter',
    'Frames left out because their time did not grow.',
    (of) => of.dropped,
  )
  yield perChannel(
    'broadcast_takeovers_total',
    'counter',
    'Times that an encoder took over from another that was still connected.',
    ({ slug }) => hub.state(slug)?.takeovers ?? 0,
  )
  yield perChannel('broadcast_slate', 'gauge', '1 while a slate is shown in the encoder’s place.', ({ showsSlate }) =>
    showsSlate ? 1 : 0,
  )
  const { rival, ended } = hub.refused
  yield {
    name: 'streamhost_encoders_refused_total',
    help: 'Encoders refused: rival, two fight over a channel; ended, its broadcast was ended by hand a moment ago.',
    kind: 'counter',
    values: [
      { labels: { reason: 'rival' }, value: rival },
      { labels: { reason: 'ended' }, value: ended },
    ],
  }
}

/** RTMP connections, and what those that publish have sent. Sums begin anew with each connection, as counters may. */
export function* rtmpMetrics(rtmp: RtmpServer): Iterable<Metric> {
  const { accepted, turnedAway, connections } = rtmp.describe()
  const states = new Map<string, number>([
    ['new', 0],
    ['connected', 0],
    ['publishing', 0],
    ['playing', 0],
    ['ended', 0],
  ])
  for (const { state } of connections) states.set(state, (states.get(state) ?? 0) + 1)
  yield {
    ...{ name: 'streamhost_rtmp_connections', help: 'RTMP connections now, by state.', kind: 'gauge' },
    values: [...states].map(([state, value]) => ({ labels: { state }, value })),
  }
  yield single('streamhost_rtmp_accepted_total', 'counter', 'RTMP connections accepted.', accepted)
  yield single('streamhost_rtmp_turned_away_total', 'counter', 'RTMP connections over a limit.', turnedAway)

  const publishing = connections.flatMap(({ channel, bytesIn, media }) =>
    channel === undefined || media === undefined ? [] : [{ channel: channel.slug, bytesIn, media }],
  )
  type Publishing = (typeof publishing)[number]
  const counter = (name: string, help: string, value: (each: Publishing) => number): Metric => ({
    ...{ name: `streamhost_ingest_${name}_total`, help, kind: 'counter' },
    values: publishing.map((each) => ({ labels: { channel: each.channel }, value: value(each) })),
  })
  const labelled = (
    name: string,
    help: string,
    label: string,
    values: (each: Publishing) => Readonly<Record<string, number>>,
  ): Metric => ({
    ...{ name: `streamhost_ingest_${name}_total`, help, kind: 'counter' },
    values: publishing.flatMap((each) =>
      Object.entries(values(each)).map(([word, value]) => ({
        labels: { channel: each.channel, [label]: word },
        value,
      })),
    ),
  })
  yield counter('received_bytes', 'Bytes of the connection, protocol and all.', ({ bytesIn }) => bytesIn)
  yield labelled('media_bytes', 'Bytes of frames.', 'media', ({ media: { counters } }) => ({
    video: counters.videoBytes,
    audio: counters.audioBytes,
  }))
  yield labelled('frames', 'Frames taken in.', 'media', ({ media: { counters } }) => ({
    video: counters.videoPackets,
    audio: counters.audioPackets,
  }))
  yield counter('key_frames', 'Pictures at which players can start.', ({ media }) => media.counters.keyFrames)
  yield counter(
    'false_key_frames',
    'Frames called key frames that are none (no IDR picture).',
    ({ media }) => media.counters.keyFramesWithoutIdr,
  )
  yield counter(
    'missing_frames',
    'Pictures that the timestamps left room for and that never came.',
    ({ media }) => media.frames.missing,
  )
  yield labelled('unusable_frames', 'Frames that could not be used, by why.', 'reason', ({ media: { counters } }) => ({
    before_config: counters.droppedBeforeConfig,
    malformed: counters.droppedMalformed,
    empty: counters.droppedEmpty,
    late: counters.droppedLate,
  }))
  yield counter('media_seconds', 'Media time sent.', ({ media }) => media.seconds)
  yield counter('clock_jumps', 'Jumps of the encoder’s clock that were taken out.', ({ media }) => media.timestampJumps)
  yield counter('sound_resyncs', 'Times that the sound was put back in step.', ({ media }) => media.audioResyncs)
  yield counter(
    'config_changes',
    'Changes of codec configuration within the connection.',
    ({ media }) => media.counters.configChanges,
  )
}

/** What the coach sees. */
export function* encoderMetrics(monitor: IngestMonitor): Iterable<Metric> {
  const watched = monitor.newest()
  type Each = (typeof watched)[number]
  const gauge = (name: string, help: string, value: (each: Each) => number): Metric => ({
    ...{ name: `streamhost_ingest_${name}`, help, kind: 'gauge' },
    values: watched.flatMap((each) =>
      Number.isNaN(value(each)) ? [] : [{ labels: { channel: each.slug }, value: value(each) }],
    ),
  })
  yield gauge('frames_per_second', 'Pictures in the last second.', ({ sample }) => sample.framesPerSecond)
  yield gauge(
    'key_frame_interval_seconds',
    'Media time between the two newest key frames.',
    ({ sample }) => sample.keyFrameSeconds,
  )
  yield gauge(
    'behind_seconds',
    'How much later than at the connection’s start its media comes.',
    ({ sample }) => sample.behindMs / 1000,
  )
  yield gauge('sound_peak_dbfs', 'Loudest of a second, measured lately; 0 is clipped.', ({ peakDb }) => peakDb)
  yield gauge('sound_mean_dbfs', 'Average of a second, measured lately.', ({ meanDb }) => meanDb)
  yield {
    ...{
      name: 'streamhost_ingest_reconnects_total',
      help: 'Returns of the encoder in this broadcast.',
      kind: 'counter',
    },
    values: watched.map(({ slug, reconnects }) => ({ labels: { channel: slug }, value: reconnects })),
  }
  yield {
    ...{ name: 'streamhost_ingest_advice', help: '1 while the coach says so, by kind.', kind: 'gauge' },
    values: watched.flatMap(({ slug, advice }) =>
      advice.map(({ kind }) => ({ labels: { channel: slug, kind }, value: 1 })),
    ),
  }
}
