import type { IncomingHttpHeaders } from 'node:http'

/** What the edge looks at in a request. Those of node:http have it, and those of HTTP/2 (`src/http/h2`). */
export type Asked = {
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  /** Its connection. */
  readonly socket: object
  /** Requests that may wait on this connection at the same time; left out: one, as HTTP/1.1 has it. */
  readonly mostWaiting?: number
}

/** What the edge does with an answer. */
export type Reply = {
  readonly req: { readonly socket: { readonly destroyed: boolean } }
  readonly destroyed: boolean
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  /** Bytes that are not on their way yet. */
  readonly writableLength: number
  writeHead(status: number, lines: string[]): unknown
  write(chunk: Uint8Array): unknown
  end(chunk?: Uint8Array): unknown
  cork(): void
  uncork(): void
  destroy(): unknown
  once(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
  /** HTTP/2: a whole answer with 200, whose fields were encoded once for all. */
  sendKnown?(fields: Uint8Array, body: Uint8Array): void
}
