import { type Metric, single } from '../../base/metric.ts'
import type { Edge } from '../../deliver/edge/edge.ts'
import type { Packager } from '../../packager/packager.ts'

/** The windows of media that players are served from. */
export function* windowMetrics(packager: Packager): Iterable<Metric> {
  const windows = packager
    .all()
    .flatMap(({ slug, renditions }) =>
      renditions.map(({ name, window }) => ({ labels: { channel: slug, rendition: name }, window })),
    )
  type Window = (typeof windows)[number]['window']
  const gauge = (name: string, help: string, value: (window: Window) => number): Metric => ({
    ...{ name: `streamhost_window_${name}`, help, kind: 'gauge' },
    values: windows.map(({ labels, window }) => ({ labels, value: value(window) })),
  })
  yield gauge('bytes', 'Media held in memory for players.', ({ bytes }) => bytes)
  yield gauge('segments', 'Segments held.', ({ shown }) => shown.length)
  yield gauge('media_sequence', 'Media sequence number of the newest segment.', ({ lastMsn }) => lastMsn)
}

/** Sums that are no answers to a request. */
const NO_ANSWERS: ReadonlySet<string> = new Set(['bytes'])

/** The edge, which answers players. */
export function* edgeMetrics(edge: Edge): Iterable<Metric> {
  const now = edge.describe()
  const of = (name: string): number => now[name] ?? 0
  yield {
    name: 'streamhost_edge_answers_total',
    help: 'Answers to players, by what was asked for: playlist, manifest, media, streamed (a segment while it grew), flv, still (pictures of what is on air), not_found, bad_request.',
    kind: 'counter',
    values: Object.entries(edge.counters)
      .filter(([name]) => !NO_ANSWERS.has(name))
      .map(([name, value]) => ({ labels: { kind: snake(name) }, value })),
  }
  yield single('streamhost_edge_sent_bytes_total', 'counter', 'Bytes of media and playlists answered.', of('bytes'))
  yield single('streamhost_edge_held_requests', 'gauge', 'Requests that wait for media to come.', of('waiting'))
  yield single(
    'streamhost_edge_released_requests_total',
    'counter',
    'Requests that waited and were answered.',
    of('released'),
  )
  yield single('streamhost_edge_late_requests_total', 'counter', 'Requests that waited too long.', of('tooLate'))
  yield single(
    'streamhost_edge_refused_requests_total',
    'counter',
    'Requests turned away because too many waited.',
    of('refused'),
  )
  yield single('streamhost_edge_open_answers', 'gauge', 'Answers that clients have not taken yet.', of('writing'))
  yield single(
    'streamhost_edge_stalled_clients_total',
    'counter',
    'Clients cut off because they did not take their answer.',
    of('stalled'),
  )
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
