import type { Socket } from 'node:net'
import { readBuffer, readNow, withSharedReads } from '../../base/shared-reads.ts'

export type PublisherReads = {
  /** The socket to use from now on, still paused: the given one where it is not what we know. */
  readonly socket: Socket
  /**
   * Reads what the paused socket has by now.
   * @returns the bytes, valid until the next read of any socket; none: nothing is there yet; undefined: it is the end, or it
   * can't be read this way, and `resume()` gets what comes, the end included
   */
  readonly readNow: (() => Uint8Array | undefined) | undefined
}

/**
 * Reads a socket that was accepted with `pauseOnConnect` by events, and between them when asked to.
 * @param onBytes called with each read; the bytes are valid during the call only. False: no more until `resume()`.
 */
export function publisherReads(socket: Socket, onBytes: (bytes: Uint8Array) => boolean): PublisherReads {
  const shared = withSharedReads(socket, (length) => onBytes(readBuffer.subarray(0, length)), { paused: true })
  if (shared !== undefined) return { socket: shared.socket, readNow: () => readWaiting(shared.socket, shared.handle) }
  socket.on('data', (bytes) => {
    // No encoding is set, so these are bytes.
    if (typeof bytes !== 'string' && !onBytes(bytes)) socket.pause()
  })
  return { socket, readNow: undefined }
}

function readWaiting(socket: Socket, handle: object): Uint8Array | undefined {
  const fd = 'fd' in handle ? handle.fd : undefined
  // Negative: closed, or on Windows.
  if (typeof fd !== 'number' || fd < 0) return undefined
  try {
    return readNow(fd)
  } catch (error) {
    if (error instanceof Error) socket.destroy(error)
    return undefined
  }
}
