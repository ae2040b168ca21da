import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Outlet } from '../chat/fan-out.ts'
import { textFrames } from './text-frames.ts'

/** Close codes of RFC 6455 section 7.4.1, and our own for "not found". */
export const GOING_AWAY = 1001
export const POLICY = 1008
export const GONE = 4404

/** A page with more waiting for it gets only what it can't do without. */
const LAGGING_BYTES = 16_384

/** So long a close frame has to arrive before the connection is cut. */
const FAREWELL_MS = 200

/** What all pages of a server have in common. */
export type OutboxRules = {
  /** A page that lets more pile up is cut off; it comes back by itself when its network does. */
  readonly bufferedBytes: number
  readonly counts: OutboxCounts
}

export class OutboxCounts {
  /** Pages cut off as they took nothing. */
  cutOff = 0
  /** Writes of which a lagging page got only a part. */
  thinned = 0
}

/**
 * One page's WebSocket, as what is written to. Frames are made once for all pages and go straight to the connection below:
 * ws would make a head for each page. Both may write, as each writes whole frames, at once.
 */
export class PageSocket implements Outlet {
  readonly ws: WebSocket
  readonly #connection: Duplex
  readonly #rules: OutboxRules

  /** @param connection the stream that `ws` writes to; no extension may be negotiated that changes frames */
  constructor(ws: WebSocket, connection: Duplex, rules: OutboxRules) {
    this.ws = ws
    this.#connection = connection
    this.#rules = rules
  }

  send(text: string): void {
    this.#put(textFrames([text]))
  }

  write(frames: Uint8Array, essential: Uint8Array): void {
    const lags = frames !== essential && this.#connection.writableLength > LAGGING_BYTES
    if (lags) this.#rules.counts.thinned++
    const due = lags ? essential : frames
    if (due.byteLength > 0) this.#put(due)
  }

  /** The same frames to many. */
  put(frames: Uint8Array): void {
    this.#put(frames)
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason)
  }

  /** For who floods: told why, not listened to any more, and gone a moment later whether it says goodbye or not. */
  cutShort(code: number, reason: string): void {
    this.ws.close(code, reason)
    this.ws.pause()
    setTimeout(() => this.ws.terminate(), FAREWELL_MS)
  }

  #put(frames: Uint8Array): void {
    if (this.ws.readyState !== this.ws.OPEN) return
    if (this.#connection.writableLength > this.#rules.bufferedBytes) {
      this.#rules.counts.cutOff++
      this.ws.terminate()
    } else {
      this.#connection.write(frames)
    }
  }
}
