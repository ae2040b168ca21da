import { readSync } from 'node:fs'
import { Socket } from 'node:net'

/** Longest read. */
export const READ_BYTES = 65_536

/** One for all connections: what was read is looked at, and copied where it must stay, before the next read. */
export const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

const NOTHING_YET = new Uint8Array(0)

/**
 * Reads what a descriptor that doesn't block has by now, past the event loop, which is dearer than the read. It can't wait: this is no
 * work with files, which the main thread must not do.
 * @returns the bytes, valid until the next read of anything; none: nothing is there yet; undefined: it is the end
 * @throws Error of the system, which tells it once
 */
export function readNow(fd: number): Uint8Array | undefined {
  try {
    const length = readSync(fd, readBuffer, 0, READ_BYTES, null)
    return length === 0 ? undefined : readBuffer.subarray(0, length)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return NOTHING_YET
    throw error
  }
}

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
