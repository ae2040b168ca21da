import { connect, type TLSSocket } from 'node:tls'
import {
  ACK,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_HEAD_BYTES,
  frameOf,
  GOAWAY,
  HEADERS,
  INITIAL_WINDOW_SIZE,
  LARGEST_WINDOW,
  PREFACE,
  RST_STREAM,
  SETTINGS,
  settingsFrame,
  WINDOW_UPDATE,
  writeHead,
} from '../../src/formats/http2/frame.ts'
import { encodeFields } from '../../src/formats/http2/hpack-encoder.ts'

/** So much taken makes the connection's window wide again. */
const CREDIT_BYTES = 100_000_000
/** `:status` 200 of the static table: what every answer that is looked for begins with. */
const OK = 0x88

/** Fields of a GET, encoded once. */
export function requestFields(path: string, gzip: boolean): Buffer {
  const lines = [':method', 'GET', ':scheme', 'https', ':path', path, ':authority', 'localhost']
  return encodeFields(gzip ? [...lines, 'accept-encoding', 'gzip'] : lines)
}

export type H2Wire = { ask(fields: Buffer): void }

export type H2WireOptions = {
  readonly port: number
  /** The body's text is wanted; else it is thrown away. */
  readonly text?: boolean
  readonly onBytes?: (count: number) => void
  readonly onAnswer: (wire: H2Wire, text: string) => void
  readonly onFailed: () => void
}

/** The lightest client of HTTP/2 there can be: one stream at a time, windows wide open, bodies looked through and dropped. */
export function openH2Wire({ port, text = false, onBytes, onAnswer, onFailed }: H2WireOptions): Promise<H2Wire> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
    }
    const socket: TLSSocket = connect(options)
    let nextId = 1
    const wire: H2Wire = {
      ask(fields) {
        const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + fields.byteLength)
        fields.copy(frame, writeHead(frame, 0, fields.byteLength, HEADERS, END_HEADERS | END_STREAM, nextId))
        nextId += 2
        socket.write(frame)
      },
    }
    const head = Buffer.alloc(FRAME_HEAD_BYTES)
    let have = 0
    let left = 0
    let type = 0
    let ends = false
    let first = false
    let used = 0
    let body: Buffer[] = []
    const done = (): void => {
      const said = text ? Buffer.concat(body).toString() : ''
      body = []
      onAnswer(wire, said)
    }
    const begin = (): void => {
      have = 0
      left = head.readUIntBE(0, 3)
      type = head[3] ?? 0
      ends = (type === DATA || type === HEADERS) && ((head[4] ?? 0) & END_STREAM) !== 0
      first = type === HEADERS
      if (type === SETTINGS && ((head[4] ?? 0) & ACK) === 0) socket.write(frameOf(SETTINGS, ACK, 0))
      if (type === GOAWAY || type === RST_STREAM) onFailed()
      if (type === DATA) used += left
      if (used > CREDIT_BYTES) {
        socket.write(frameOf(WINDOW_UPDATE, 0, 0, used))
        used = 0
      }
      if (left === 0 && ends) done()
    }
    socket.on('data', (bytes: Buffer) => {
      onBytes?.(bytes.byteLength)
      for (let at = 0; at < bytes.byteLength; ) {
        if (left > 0) {
          const size = Math.min(left, bytes.byteLength - at)
          if (first && bytes[at] !== OK) onFailed()
          first = false
          if (text && type === DATA) body.push(Buffer.from(bytes.subarray(at, at + size)))
          left -= size
          at += size
          if (left === 0 && ends) done()
          continue
        }
        const size = Math.min(FRAME_HEAD_BYTES - have, bytes.byteLength - at)
        bytes.copy(head, have, at, at + size)
        have += size
        at += size
        if (have === FRAME_HEAD_BYTES) begin()
      }
    })
    socket.once('error', (error) => {
      onFailed()
      reject(error)
    })
    socket.once('secureConnect', () => {
      socket.setNoDelay(true)
      const windows = settingsFrame(new Map([[INITIAL_WINDOW_SIZE, LARGEST_WINDOW]]))
      socket.write(Buffer.concat([PREFACE, windows, frameOf(WINDOW_UPDATE, 0, 0, LARGEST_WINDOW - 65_535)]))
      resolve(wire)
    })
  })
}
