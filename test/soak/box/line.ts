import { connect, type Socket } from 'node:net'

export type Answer = {
  readonly status: number
  readonly head: string
  /** Overwritten by the next answer. */
  readonly body: Buffer
}

type Question = { readonly request: string; resolve(answer: Answer): void; reject(error: Error): void }

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const ANSWER_MS = 30_000
/** Shared by all lines of a process: what comes is taken out of it at once. */
const shared = Buffer.allocUnsafeSlow(65_536)

/**
 * A kept connection that asks one thing after the other and reads each answer whole, into memory it has already. Hundreds
 * of them cost less than what they read, which Node's own client does not.
 */
export class Line {
  readonly #port: number
  #socket: Socket | undefined
  #waiting: Question | undefined
  #head: Buffer = Buffer.alloc(0)
  #room = Buffer.alloc(0)
  #status = 0
  #text = ''
  /** Bytes of the body that are there; -1: still reading the head. */
  #filled = -1
  #length = 0

  constructor(port: number) {
    this.#port = port
  }

  /** @param headers further lines, each with its end @throws Error when the connection ends first, or nothing comes */
  get(path: string, headers = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${this.#port}\r\n${headers}\r\n`
      this.#waiting = { request, resolve, reject }
      this.#filled = -1
      this.#head = Buffer.alloc(0)
      this.#socket ??= this.#open()
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #open(): Socket {
    const socket = connect({
      ...{ port: this.#port, host: '127.0.0.1', noDelay: true },
      onread: {
        buffer: shared,
        callback: (length) => {
          this.#take(shared.subarray(0, length))
          return true
        },
      },
    })
    let why = 'the connection was closed'
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
    socket.on('error', (error) => {
      why = error.message
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      const waiting = this.#waiting
      this.#waiting = undefined
      waiting?.reject(new Error(`${why}: ${waiting.request.split(' ', 2)[1]}`))
    })
    return socket
  }

  #take(bytes: Buffer): void {
    if (this.#filled >= 0) {
      this.#fill(bytes)
      return
    }
    const head = this.#head.byteLength === 0 ? bytes : Buffer.concat([this.#head, bytes])
    const end = head.indexOf(END_OF_HEAD)
    if (end < 0) {
      this.#head = Buffer.from(head)
      return
    }
    this.#text = head.toString('latin1', 0, end)
    this.#status = Number(this.#text.slice(9, 12))
    this.#length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#text)?.[1] ?? Number.NaN)
    if (Number.isNaN(this.#length)) {
      this.#socket?.destroy(new Error(`an answer of unknown length, status ${this.#status}`))
      return
    }
    if (this.#room.byteLength < this.#length) this.#room = Buffer.allocUnsafeSlow(this.#length * 2)
    this.#filled = 0
    this.#fill(head.subarray(end + END_OF_HEAD.byteLength))
  }

  #fill(bytes: Buffer): void {
    bytes.copy(this.#room, this.#filled)
    this.#filled += bytes.byteLength
    if (this.#filled < this.#length) return
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: this.#status, head: this.#text, body: this.#room.subarray(0, this.#length) })
  }
}
