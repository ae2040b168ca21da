import { Socket } from 'node:net'

/** Longest read. */
export const READ_BYTES = 65_536

/** One for all connections: what was read is looked at, and copied where it must stay, before the next read. */
export const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** What net.Server does with an accepted connection, and has no option for. */
type Accepted = { _handle?: object | null; readonly _server?: object | null; readonly server?: object | null }

export type SharedReadOptions = {
  /** Nothing is read until `resume()`; the socket was accepted with `pauseOnConnect`. */
  readonly paused?: boolean
  readonly allowHalfOpen?: boolean
}

/**
 * Gives an accepted socket the reads that sockets of clients can have (`onread` in the documentation of `node:net`): into one
 * buffer instead of new memory each time, which the collector of garbage pays for with every read. Node makes accepted
 * sockets without that option, so their handle is put into a socket of our own, which is the one to use from then on
 * (docs/decisions/0007-reading-publishers.md).
 *
 * @param onRead called with the length of each read; the bytes are in `readBuffer` during the call only. False: no more until `resume()`. Once
 * nobody reads this way any more, it pushes a copy into the socket, which then reads as any other
 * @returns undefined where the socket is not what we know: it is as it was
 */
export function withSharedReads(
  socket: Socket,
  onRead: (length: number) => boolean,
  { paused = false, allowHalfOpen = false }: SharedReadOptions = {},
): { readonly socket: Socket; readonly handle: object } | undefined {
  const accepted = socket as unknown as Accepted
  const { _handle: handle, _server, server } = accepted
  if (socket.constructor !== Socket || typeof handle !== 'object' || handle === null || !('readStart' in handle))
    return undefined
  accepted._handle = null
  const onread = { buffer: readBuffer, callback: onRead }
  const options: object = { handle, pauseOnCreate: paused, allowHalfOpen, onread }
  // The server counts its connections by these.
  return { socket: Object.assign(new Socket(options), { _server, server }), handle }
}
