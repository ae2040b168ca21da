import type { Metric, PlainMetric } from '../../base/metric.ts'
import type { ChatRooms } from '../../chat/rooms.ts'

/** What the chat tells Prometheus, asked at each scrape. */
export function* chatMetrics(chat: ChatRooms): Iterable<Metric> {
  const rooms = [...chat.all()]
  const { counters } = chat
  const metric = (
    name: string,
    help: string,
    kind: PlainMetric['kind'],
    values: PlainMetric['values'],
  ): PlainMetric => ({
    ...{ name: `streamhost_chat_${name}`, help, kind, values },
  })
  const perRoom = (value: (room: (typeof rooms)[number]['room']) => number): PlainMetric['values'] =>
    rooms.map(({ slug, room }) => ({ labels: { channel: slug }, value: value(room) }))
  yield metric(
    'members',
    'Connections that joined the chat.',
    'gauge',
    perRoom(({ members }) => members),
  )
  yield metric(
    'people',
    'People in the chat, however many connections they have.',
    'gauge',
    perRoom(({ people }) => people),
  )
  yield metric('messages_total', 'Messages taken.', 'counter', [{ value: counters.messagesIn }])
  yield metric('deliveries_total', 'Messages times those they were sent to.', 'counter', [
    { value: counters.messagesOut },
  ])
  yield metric(
    'refused_total',
    'What people wanted and did not get, by reason.',
    'counter',
    [...counters.refused].map(([reason, value]) => ({ labels: { reason }, value })),
  )
  yield metric('reactions_total', 'Reactions taken.', 'counter', [{ value: counters.reactions }])
  yield metric('reactions_dropped_total', 'Reactions beyond a rate, or of people who may not.', 'counter', [
    { value: counters.reactionsDropped },
  ])
  yield metric('lost_total', 'Messages that were told but could not be kept.', 'counter', [{ value: counters.lost }])
  yield {
    name: 'streamhost_chat_fan_out_seconds',
    help: 'Of each tick of a room: from its first message to the last connection it was handed to.',
    kind: 'histogram',
    values: [{ labels: {}, histogram: counters.fanOutSeconds }],
  }
}
