/** A part of the server that holds sockets, processes, files or timers. Constructing one touches nothing outside. */
export type Component = {
  readonly name: string
  start(signal: AbortSignal): Promise<void>
  stop(reason: string): Promise<void>
}

/**
 * Starts parts in order; if one fails, stops those already started, in reverse, and rethrows.
 * The answer stops them all, in reverse, when it is disposed.
 */
export async function startAll(parts: readonly Component[], signal: AbortSignal): Promise<AsyncDisposableStack> {
  await using started = new AsyncDisposableStack()
  for (const part of parts) {
    signal.throwIfAborted()
    await part.start(signal)
    started.defer(() => part.stop('the server is closing'))
  }
  return started.move()
}
