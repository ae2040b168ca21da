import { Histogram } from '../base/histogram.ts'

const FAN_OUT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What happened in all rooms since the start, for metrics. */
export class ChatCounters {
  messagesIn = 0
  /** Messages times those they were sent to. */
  messagesOut = 0
  reactions = 0
  reactionsDropped = 0
  lost = 0
  /** Of each tick of a room: from its first message to the last connection written to. */
  readonly fanOutSeconds = new Histogram(FAN_OUT_SECONDS)
  readonly refused = new Map<string, number>()

  refuse(reason: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1)
  }
}
