import type { Edge } from '../deliver/edge/edge.ts'
import type { Metric, MetricSource } from '../http/metrics-routes.ts'
import type { RtmpServer } from '../ingest/rtmp/server.ts'
import type { Hub } from '../live/hub.ts'
import type { Packager } from '../packager/packager.ts'

type Measured = { readonly hub: Hub; readonly packager: Packager; readonly edge: Edge; readonly rtmp: RtmpServer }

/** What the media path tells Prometheus, asked at each scrape. */
export function metricSources({ hub, packager, edge, rtmp }: Measured): readonly MetricSource[] {
  return [() => broadcastMetrics(hub), () => windowMetrics(packager), () => edgeMetrics(edge), () => rtmpMetrics(rtmp)]
}

function* broadcastMetrics(hub: Hub): Iterable<Metric> {
  const broadcasts = hub.broadcasts()
  const perChannel = (value: (broadcast: (typeof broadcasts)[number]) => number): Metric['values'] =>
    broadcasts.map((broadcast) => ({ labels: { channel: broadcast.slug }, value: value(broadcast) }))
  yield {
    name: 'streamhost_broadcasts',
    help: 'Broadcasts that go on.',
    kind: 'gauge',
    values: [{ value: broadcasts.length }],
  }
  yield {
    name: 'streamhost_broadcast_publishing',
    help: '1 while an encoder is connected, 0 while its return is waited for.',
    kind: 'gauge',
    values: perChannel((broadcast) => (broadcast.publisher === undefined ? 0 : 1)),
  }
  yield {
    name: 'streamhost_broadcast_packets_total',
    help: 'Frames of picture and sound taken in.',
    kind: 'counter',
    values: perChannel(({ packets }) => packets),
  }
  yield {
    name: 'streamhost_broadcast_dropped_packets_total',
    help: 'Frames left out because their time did not grow.',
    kind: 'counter',
    values: perChannel(({ dropped }) => dropped),
  }
}

function* windowMetrics(packager: Packager): Iterable<Metric> {
  const windows = packager
    .all()
    .flatMap(({ slug, renditions }) =>
      renditions.map(({ name, window }) => ({ labels: { channel: slug, rendition: name }, window })),
    )
  yield {
    name: 'streamhost_window_bytes',
    help: 'Media held in memory for players.',
    kind: 'gauge',
    values: windows.map(({ labels, window }) => ({ labels, value: window.bytes })),
  }
  yield {
    name: 'streamhost_window_media_sequence',
    help: 'Media sequence number of the newest segment.',
    kind: 'gauge',
    values: windows.map(({ labels, window }) => ({ labels, value: window.lastMsn })),
  }
}

const EDGE_GAUGES: Readonly<Record<string, string>> = {
  waiting: 'Requests that wait for media to come.',
  writing: 'Answers that clients have not taken yet.',
}
const EDGE_COUNTERS: Readonly<Record<string, string>> = {
  playlist: 'Playlists answered.',
  manifest: 'DASH manifests answered.',
  streamed: 'Segments answered while they grew.',
  media: 'Parts, segments and initialization sections answered.',
  notFound: 'Requests for media that is not there.',
  badRequest: 'Requests that could not be understood.',
  bytes: 'Bytes of media and playlists answered.',
  released: 'Requests that waited and were answered.',
  tooLate: 'Requests that waited too long.',
  refused: 'Requests turned away because too many waited.',
  stalled: 'Clients cut off because they did not take their answer.',
}

function* edgeMetrics(edge: Edge): Iterable<Metric> {
  for (const [name, value] of Object.entries(edge.describe())) {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const gauge = EDGE_GAUGES[name]
    if (gauge) yield { name: `streamhost_edge_${snake}`, help: gauge, kind: 'gauge', values: [{ value }] }
    else
      yield {
        name: `streamhost_edge_${snake}_total`,
        help: EDGE_COUNTERS[name] ?? name,
        kind: 'counter',
        values: [{ value }],
      }
  }
}

function* rtmpMetrics(rtmp: RtmpServer): Iterable<Metric> {
  const { accepted, turnedAway, connections } = rtmp.describe()
  const simple = (name: string, help: string, kind: Metric['kind'], value: number): Metric => ({
    ...{ name: `streamhost_rtmp_${name}`, help, kind },
    values: [{ value }],
  })
  yield simple('connections', 'RTMP connections now.', 'gauge', connections.length)
  yield simple('accepted_total', 'RTMP connections accepted.', 'counter', accepted)
  yield simple('turned_away_total', 'RTMP connections over a limit.', 'counter', turnedAway)

  const publishing = connections.flatMap(({ channel, bytesIn, media }) =>
    channel === undefined || media === undefined ? [] : [{ channel: channel.slug, bytesIn, media }],
  )
  type Publishing = (typeof publishing)[number]
  const perChannel = (
    name: string,
    help: string,
    kind: Metric['kind'],
    value: (each: Publishing) => number,
  ): Metric => ({
    ...{ name: `streamhost_ingest_${name}`, help, kind },
    values: publishing.map((each) => ({ labels: { channel: each.channel }, value: value(each) })),
  })
  yield perChannel('bytes', 'Bytes of this connection so far.', 'gauge', ({ bytesIn }) => bytesIn)
  yield perChannel('media_seconds', 'Media time of this connection so far.', 'gauge', ({ media }) => media.seconds)
  yield perChannel('frames_per_second', 'Pictures a second.', 'gauge', ({ media }) => media.video?.framesPerSecond ?? 0)
  yield perChannel(
    'timestamp_jumps',
    'Jumps of its clock that were taken out.',
    'gauge',
    ({ media }) => media.timestampJumps,
  )
  yield perChannel('audio_resyncs', 'Times the sound was put back in step.', 'gauge', ({ media }) => media.audioResyncs)
  yield {
    name: 'streamhost_ingest_packets',
    help: 'What this connection sent and what became of it, by kind.',
    kind: 'gauge',
    values: publishing.flatMap(({ channel, media }) =>
      Object.entries(media.counters).map(([kind, value]) => ({ labels: { channel, kind }, value })),
    ),
  }
}
