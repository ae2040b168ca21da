import { writeSync, writevSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What Node does not promise: its version is pinned, and where it isn't so, all goes by the stream. */
type Open = { readonly _handle?: { readonly fd?: unknown } | null }

/**
 * Writes what many connections are sent. What the kernel takes at once goes past the stream, whose way there costs as much as
 * the system call; what it does not take is the stream's, as is all of it where something waits already. So the order is kept, `writableLength` says
 * what the peer has not taken, and errors are the stream's to find.
 * @param chunks must not change afterwards
 */
export function writeNow(socket: Duplex, chunks: readonly Uint8Array[]): void {
  const fd = freeDescriptorOf(socket)
  const taken = fd === undefined ? 0 : take(fd, chunks)
  const rest = taken === 0 ? chunks : behind(chunks, taken)
  const [only] = rest
  if (only === undefined) return
  if (rest.length === 1) {
    socket.write(only)
    return
  }
  socket.cork()
  for (const chunk of rest) socket.write(chunk)
  socket.uncork()
}

/** The descriptor of a plain connection for which nothing waits. Asked each time: once it is closed, its number is somebody else's. */
function freeDescriptorOf(socket: Duplex): number | undefined {
  const { constructor: kind } = socket
  // One by TLS is a class of its own.
  if (kind !== Socket || socket.writableLength > 0 || socket.writableCorked > 0) return undefined
  if (!socket.writable || (socket as Socket).connecting) return undefined
  const fd = (socket as Open)._handle?.fd
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}

/** @returns how many bytes the kernel took */
function take(fd: number, chunks: readonly Uint8Array[]): number {
  const [only] = chunks
  try {
    return chunks.length === 1 && only !== undefined ? writeSync(fd, only) : writevSync(fd, chunks)
  } catch {
    // Full, or broken: the stream comes upon the same.
    return 0
  }
}

/** What lies behind so many bytes, not copied. */
function behind(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes
  for (const [i, chunk] of chunks.entries()) {
    if (left < chunk.byteLength) return [chunk.subarray(left), ...chunks.slice(i + 1)]
    left -= chunk.byteLength
  }
  return []
}
