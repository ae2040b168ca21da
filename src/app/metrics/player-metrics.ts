import { type Metric, single } from '../../base/metric.ts'
import type { Players } from '../../deliver/flv/players.ts'

/** Players of RTMP, HTTP-FLV and WebSocket-FLV. */
export function* playerMetrics(players: Players): Iterable<Metric> {
  const { playing, bytes, skips, cutOff, refused } = players.describe()
  yield {
    ...{
      name: 'streamhost_players',
      help: 'Players of RTMP and FLV connected to broadcasts that go on.',
      kind: 'gauge',
    },
    values: playing.map(({ slug, protocol, players: value }) => ({ labels: { channel: slug, protocol }, value })),
  }
  yield single('streamhost_players_sent_bytes_total', 'counter', 'Bytes sent to players of RTMP and FLV.', bytes)
  yield single(
    'streamhost_players_skips_total',
    'counter',
    'Times that a player took less than it was sent and skipped to a key frame.',
    skips,
  )
  yield single(
    'streamhost_players_cut_off_total',
    'counter',
    'Players cut off because they took nothing, or were behind for too long.',
    cutOff,
  )
  yield single('streamhost_players_refused_total', 'counter', 'Players turned away because too many played.', refused)
}
