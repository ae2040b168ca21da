import { encodeFields } from '../../formats/http2/hpack-encoder.ts'
import type { Asked, Known, Reply } from './exchange.ts'
import { endingOf } from './head-ending.ts'

/** What Node keeps the head of an answer in: not promised, so that each use looks first whether it is as expected. */
type Head = { _header?: unknown; readonly _keepAliveTimeout?: unknown }

/** Up to here head and body are joined: to copy them once a second is less than to write two pieces each time. */
const JOINED_BYTES = 16_384

/**
 * An answer that goes to many, whole: its head is joined once and goes out as one string, for which Node would look at
 * each name and value again with every answer (docs/decisions/0010-heads-joined-once.md). Requests that are not plain ones
 * get the same by `writeHead`.
 */
export class KnownAnswer implements Known {
  /** What it was made for; the same body can go out under other names. */
  readonly key: string
  readonly body: Uint8Array
  readonly #lines: string[]
  readonly #head: string
  /** The same for HTTP/2, made when it is first asked for. */
  #fields: Uint8Array | undefined
  /** The same for HTTP/1.1 with the ending that it was last sent with. */
  #whole: readonly Buffer[] = []
  #ending: string | undefined

  /** @param lines names and values in turn, without length, date and what is about the connection */
  constructor(key: string, lines: readonly string[], body: Uint8Array) {
    this.key = key
    this.body = body
    this.#lines = [...lines, 'content-length', String(body.byteLength)]
    let head = 'HTTP/1.1 200 OK\r\n'
    for (let i = 0; i < this.#lines.length; i += 2) head += `${this.#lines[i]}: ${this.#lines[i + 1]}\r\n`
    // No line of ours has such a character; one that had would be two lines.
    if (/[^\t\r\n\x20-\x7e]/.test(head) || this.#lines.some((line) => /[\r\n]/.test(line)))
      throw new Error('A header has a character that it must not have')
    this.#head = head
  }

  get fields(): Uint8Array {
    this.#fields ??= encodeFields(this.#lines)
    return this.#fields
  }

  whole(ending: string): readonly Buffer[] {
    if (ending === this.#ending) return this.#whole
    const { buffer, byteOffset, byteLength } = this.body
    const body = Buffer.from(buffer, byteOffset, byteLength)
    const head = Buffer.from(this.#head + ending, 'latin1')
    this.#whole = byteLength > JOINED_BYTES ? [head, body] : [Buffer.concat([head, body])]
    this.#ending = ending
    return this.#whole
  }

  /** The whole of it, with 200. */
  send(req: Asked, res: Reply): void {
    if (res.sendKnown !== undefined) {
      res.sendKnown(this)
      return
    }
    const raw = res as Reply & Head & { readonly shouldKeepAlive?: boolean }
    const plain =
      raw._header === null && raw.shouldKeepAlive === true && req.httpVersion === '1.1' && req.method === 'GET'
    if (plain) raw._header = this.#head + endingOf(raw._keepAliveTimeout)
    else res.writeHead(200, this.#lines)
    if (req.method === 'HEAD') res.end()
    else res.end(this.body)
  }
}

/** Answers by the bytes that they carry, as long as these are kept. */
export class KnownAnswers {
  readonly #known = new WeakMap<Uint8Array, KnownAnswer>()

  get(body: Uint8Array, key: string): KnownAnswer | undefined {
    const known = this.#known.get(body)
    return known?.key === key ? known : undefined
  }

  keep(answer: KnownAnswer): KnownAnswer {
    this.#known.set(answer.body, answer)
    return answer
  }
}
