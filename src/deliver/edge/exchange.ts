import type { IncomingHttpHeaders } from 'node:http'

/** What the edge looks at in a request. Those of node:http have it, and those of `src/http/h1` and `src/http/h2`. */
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
  /** A whole answer with 200, whose head was made once for all. Not node:http. */
  sendKnown?(answer: Known): void
}

/** An answer that goes to many, in the form that each protocol sends. */
export type Known = {
  readonly body: Uint8Array
  /** HTTP/2: the encoded fields, without status and date. */
  readonly fields: Uint8Array
  /**
   * HTTP/1.1: all of it, in few pieces.
   * @param ending the last lines of the head: the date, what is about the connection, the empty line
   */
  whole(ending: string): readonly Buffer[]
}
