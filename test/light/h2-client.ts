import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2'
import { buffer } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { FRAME_HEAD_BYTES, PREFACE, writeHead } from '../../src/formats/http2/frame.ts'
import { encodeFields } from '../../src/formats/http2/hpack-encoder.ts'
import { openTls } from './tls-client.ts'

export type H2Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

/** Node's own HTTP/2 client. */
export async function openH2(port: number, options: { initialWindowSize?: number } = {}): Promise<ClientHttp2Session> {
  const session = connect(`https://localhost:${port}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: options.initialWindowSize ?? 1 << 20 },
  })
  session.on('error', () => {})
  await once(session, 'connect')
  return session
}

export async function answerOf(stream: ClientHttp2Stream): Promise<H2Answer> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  return { status: headers[':status'], headers, body: await buffer(stream) }
}

/** One request, as `fetch` has it. */
export function getH2(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
): Promise<H2Answer> {
  const stream = session.request({ ':path': path, ...headers })
  stream.end()
  return answerOf(stream)
}

export type Frame = { readonly type: number; readonly flags: number; readonly stream: number; readonly payload: Buffer }

/** A client that writes whatever frames a test wants, and reads what comes back. */
export class RawH2 {
  readonly socket: TLSSocket
  readonly frames: Frame[] = []
  closed = false
  #rest = Buffer.alloc(0)
  #wake: () => void = () => {}

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  /** @param greets with the preface and empty SETTINGS */
  static async open(port: number, greets = true): Promise<RawH2> {
    const client = new RawH2(await openTls(port, { ALPNProtocols: ['h2'] }))
    if (greets) {
      client.socket.write(PREFACE)
      client.send(4, 0, 0)
    }
    return client
  }

  send(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(FRAME_HEAD_BYTES)
    writeHead(head, 0, payload.byteLength, type, flags, stream)
    this.socket.write(Buffer.concat([head, payload]))
  }

  /** HEADERS of a GET. */
  get(stream: number, path: string, more: readonly string[] = []): void {
    this.send(1, 5, stream, fieldsOf(path, more))
  }

  /** Waits for a frame of this kind. @throws Error when the connection closes without it */
  async frame(type: number, stream?: number): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(
        (frame) => frame.type === type && (stream === undefined || frame.stream === stream),
      )
      if (found) return found
      if (this.closed) throw new Error(`closed without a frame ${type}`)
      await this.#more()
    }
  }

  /** Waits for the end. @returns the error code of GOAWAY, if there was one */
  async end(): Promise<number | undefined> {
    while (!this.closed) await this.#more()
    return this.frames.findLast(({ type }) => type === 7)?.payload.readUInt32BE(4)
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('nothing came for 60 s')), 60_000)
      this.#wake = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }

  #take(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes])
    while (rest.byteLength >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + rest.readUIntBE(0, 3)
      if (rest.byteLength < end) break
      const stream = rest.readUInt32BE(5) & 0x7fffffff
      this.frames.push({
        ...{ type: rest[3] ?? 0, flags: rest[4] ?? 0, stream },
        payload: rest.subarray(FRAME_HEAD_BYTES, end),
      })
      rest = rest.subarray(end)
    }
    this.#rest = Buffer.from(rest)
    this.#wake()
  }
}

export function fieldsOf(path: string, more: readonly string[] = []): Buffer {
  return encodeFields([':method', 'GET', ':scheme', 'https', ':path', path, ':authority', 'localhost', ...more])
}
