/** A part of the server that holds sockets, processes, files or timers. Constructing one touches nothing outside. */
export type Component = {
  readonly name: string
  start(signal: AbortSignal): Promise<void>
  stop(reason: string): Promise<void>
}
