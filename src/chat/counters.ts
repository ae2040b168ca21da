/** What happened in all rooms since the start, for metrics. */
export class ChatCounters {
  messagesIn = 0
  /** Messages times those they were sent to. */
  messagesOut = 0
  reactions = 0
  reactionsDropped = 0
  lost = 0
  readonly refused = new Map<string, number>()

  refuse(reason: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1)
  }
}
