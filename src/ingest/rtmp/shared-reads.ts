import { Socket } from 'node:net'

/** Longest read. */
export const READ_BYTES = 65_536

/** One for all connections: what was read is looked at, and copied where it must stay, before the next read. */
const buffer = new Uint8Array(READ_BYTES)

/** What net.Server does with an accepted connection, and has no option for. */
type Accepted = { _handle?: object | null; readonly _server?: object | null; readonly server?: object | null }

/**
 * Gives an accepted socket, made with `pauseOnConnect`, the reads that sockets of clients can have (`onread` in the
 * documentation of `node:net`): into one buffer instead of new memory each time, which the collector of garbage pays for
 * with every frame. Node makes accepted sockets without that option, so their handle is put into a socket of our own
 * (docs/decisions/0007-reading-publishers.md).
 *
 * @param onBytes called with each read; the bytes are valid during the call only. False: no more until `resume()`.
 * @returns the socket to use from now on, still paused: the given one where it is not what we know
 */
export function withSharedReads(socket: Socket, onBytes: (bytes: Uint8Array) => boolean): Socket {
  const accepted = socket as unknown as Accepted
  const { _handle: handle, _server, server } = accepted
  if (socket.constructor !== Socket || typeof handle !== 'object' || handle === null || !('readStart' in handle)) {
    socket.on('data', (bytes) => {
      // No encoding is set, so these are bytes.
      if (typeof bytes !== 'string' && !onBytes(bytes)) socket.pause()
    })
    return socket
  }
  accepted._handle = null
  const options: object = {
    handle,
    pauseOnCreate: true,
    onread: { buffer, callback: (length: number) => onBytes(buffer.subarray(0, length)) },
  }
  // The server counts its connections by these.
  return Object.assign(new Socket(options), { _server, server })
}
