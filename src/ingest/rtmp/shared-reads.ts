import { readSync } from 'node:fs'
import { Socket } from 'node:net'

/** Longest read. */
export const READ_BYTES = 65_536

const NOTHING_YET = new Uint8Array(0)
/** One for all connections: what was read is looked at, and copied where it must stay, before the next read. */
const buffer = new Uint8Array(READ_BYTES)

/** What net.Server does with an accepted connection, and has no option for. */
type Accepted = { _handle?: object | null; readonly _server?: object | null; readonly server?: object | null }

export type SharedReads = {
  /** The socket to use from now on, still paused: the given one where it is not what we know. */
  readonly socket: Socket
  /**
   * Reads what the paused socket has by now, past the event loop, which is dearer than the read.
   * @returns the bytes, valid until the next read of any socket; none: nothing is there yet; undefined: it is the end, or it
   * can't be read this way, and `resume()` gets what comes, the end included
   */
  readonly readNow: (() => Uint8Array | undefined) | undefined
}

/**
 * Gives an accepted socket, made with `pauseOnConnect`, the reads that sockets of clients can have (`onread` in the
 * documentation of `node:net`): into one buffer instead of new memory each time, which the collector of garbage pays for
 * with every frame. Node makes accepted sockets without that option, so their handle is put into a socket of our own
 * (docs/decisions/0007-reading-publishers.md).
 *
 * @param onBytes called with each read; the bytes are valid during the call only. False: no more until `resume()`.
 */
export function withSharedReads(socket: Socket, onBytes: (bytes: Uint8Array) => boolean): SharedReads {
  const accepted = socket as unknown as Accepted
  const { _handle: handle, _server, server } = accepted
  if (socket.constructor !== Socket || typeof handle !== 'object' || handle === null || !('readStart' in handle)) {
    socket.on('data', (bytes) => {
      // No encoding is set, so these are bytes.
      if (typeof bytes !== 'string' && !onBytes(bytes)) socket.pause()
    })
    return { socket, readNow: undefined }
  }
  accepted._handle = null
  const options: object = {
    handle,
    pauseOnCreate: true,
    onread: { buffer, callback: (length: number) => onBytes(buffer.subarray(0, length)) },
  }
  // The server counts its connections by these.
  const own = Object.assign(new Socket(options), { _server, server })
  return { socket: own, readNow: () => readWaiting(own, handle) }
}

/** The descriptor of a socket doesn't block: this is no work with files, which the main thread must not do. */
function readWaiting(socket: Socket, handle: object): Uint8Array | undefined {
  const fd = 'fd' in handle ? handle.fd : undefined
  // Negative: closed, or on Windows.
  if (typeof fd !== 'number' || fd < 0) return undefined
  try {
    const length = readSync(fd, buffer, 0, READ_BYTES, null)
    return length === 0 ? undefined : buffer.subarray(0, length)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return NOTHING_YET
    // The system tells an error once.
    if (error instanceof Error) socket.destroy(error)
    return undefined
  }
}
