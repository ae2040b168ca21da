import { request, type Server } from 'node:http'
import { duplexPair } from 'node:stream'
import type { H2Connection } from './connection.ts'
import type { H2Stream } from './stream.ts'

/** An answer that its client doesn't take waits here, and no more of it is made. */
const WAITING_BYTES = 262_144
/** About the connection of HTTP/1.1, which the stream is not on (RFC 9113 8.2.2). */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|trailer)$/i

/**
 * Lets the server of HTTP/1.1 answer a stream, over a connection that never leaves the process: everything behind it is
 * written, and tested, for that one protocol. What must be fast, the edge has answered before.
 */
export function handOver(stream: H2Stream, connection: H2Connection, server: Server): void {
  const [ours, theirs] = duplexPair()
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = connection.socket
  Object.assign(theirs, { encrypted: true, remoteAddress, remotePort, remoteFamily, localAddress, localPort })
  theirs.on('error', () => {})
  server.emit('connection', theirs)
  const asked = ask(stream, () => ours)
  if (asked === undefined) {
    theirs.destroy()
    stream.writeHead(400, ['content-length', '0'])
    stream.end()
    return
  }
  stream.once('close', () => {
    asked.destroy()
    ours.destroy()
  })
  asked.on('error', () => stream.destroy())
  asked.on('response', (answer) => {
    stream.writeHead(answer.statusCode ?? 500, ownLines(answer.rawHeaders))
    answer.on('data', (bytes: Buffer) => {
      stream.write(bytes)
      if (stream.writableLength < WAITING_BYTES) return
      answer.pause()
      stream.onDrain = () => answer.resume()
    })
    answer.on('end', () => stream.end())
    answer.on('error', () => stream.destroy())
  })
  if (stream.bodyOpen) {
    stream.body = {
      write: (bytes) => void asked.write(bytes, () => connection.credit(stream, bytes.byteLength)),
      end: () => void asked.end(),
    }
  } else asked.end()
}

function ask(
  stream: H2Stream,
  createConnection: () => ReturnType<typeof duplexPair>[0],
): ReturnType<typeof request> | undefined {
  const { expect: _, ...headers } = stream.headers
  const { method, url: path } = stream
  try {
    return request({ createConnection: createConnection as never, method, path, headers, setHost: false })
  } catch {
    // Characters that HTTP/1.1 can't have in an address.
    return undefined
  }
}

function ownLines(raw: readonly string[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!HOP_BY_HOP.test(name)) lines.push(name, raw[i + 1] ?? '')
  }
  return lines
}
