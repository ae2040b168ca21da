import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type AmfValue, amfObject, amfProperties, amfString } from '../../src/formats/rtmp/amf-value.ts'
import { ChunkDecoder } from '../../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../../src/formats/rtmp/chunk-encoder.ts'
import { type Command, readCommand, writeCommand } from '../../src/formats/rtmp/command.ts'
import { EventType, readUserControl, userControl } from '../../src/formats/rtmp/control.ts'
import { ClientHandshake } from '../../src/formats/rtmp/handshake.ts'
import type { DigestScheme } from '../../src/formats/rtmp/handshake-digest.ts'
import { type Message, MessageType } from '../../src/formats/rtmp/message.ts'

/** The server said no: `code` and words as it sent them. */
export class RtmpError extends Error {
  override readonly name = 'RtmpError'
  readonly code: string
  constructor(code: string, description: string) {
    super(`${code}: ${description}`)
    this.code = code
  }
}

const LIMITS = { messageBytes: 1_000_000, heldBytes: 2_000_000, chunkStreams: 64 }

/** A small RTMP client for tests and measurements: handshake, messages, commands with their answers. */
export class RtmpClient {
  readonly socket: Socket
  /** All messages that came, but for answered commands and pings. */
  readonly received: Message[] = []
  /** `onStatus` in order of arrival: level, code, description. */
  readonly statuses: { level: string; code: string; description: string }[] = []
  /** Resolves when the socket is closed, however. */
  readonly closed: Promise<void>
  readonly encoder = new ChunkEncoder()
  readonly #decoder = new ChunkDecoder(LIMITS, (message) => this.#onMessage(message))
  readonly #answers = new Map<number, { resolve(command: Command): void; reject(error: Error): void }>()
  #nextTransaction = 1
  #wake: (() => void)[] = []
  #ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  static async open(options: { port: number; host?: string; digest?: DigestScheme }): Promise<RtmpClient> {
    const socket = connect({ port: options.port, host: options.host ?? '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    const client = new RtmpClient(socket)
    const handshake = new ClientHandshake(options.digest)
    socket.write(handshake.hello())
    await new Promise<void>((resolve, reject) => {
      let done = false
      socket.on('error', reject)
      socket.on('close', () => {
        reject(new Error('closed during the handshake'))
        client.#onEnd()
      })
      socket.on('data', (bytes) => {
        if (typeof bytes === 'string') return
        if (done) {
          client.#decoder.push(bytes)
          return
        }
        const { reply, rest } = handshake.push(bytes)
        if (reply.byteLength > 0) socket.write(reply)
        if (rest === undefined) return
        done = true
        client.#decoder.push(rest)
        resolve()
      })
    })
    return client
  }

  send(message: Message): void {
    this.socket.write(this.encoder.encode(message))
  }

  /** Sends a command and waits for its `_result`; an `_error` rejects. */
  call(name: string, values: readonly AmfValue[], messageStreamId = 0): Promise<Command> {
    const transactionId = this.#nextTransaction++
    return new Promise((resolve, reject) => {
      this.#answers.set(transactionId, { resolve, reject })
      this.tell({ name, transactionId, values }, messageStreamId)
    })
  }

  /** Sends a command and waits for nothing. */
  tell(command: Command, messageStreamId = 0): void {
    this.send({
      chunkStreamId: messageStreamId === 0 ? 3 : 8,
      timestamp: 0,
      typeId: MessageType.commandAmf0,
      messageStreamId,
      payload: writeCommand(command),
    })
  }

  /** The first `onStatus` that has come or comes and passes `test`; rejects when the socket closes before. */
  async status(
    test: (status: { level: string; code: string }) => boolean,
  ): Promise<{ code: string; description: string }> {
    for (;;) {
      const found = this.statuses.find(test)
      if (found) return found
      if (this.#ended) throw new Error('closed without a status')
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  destroy(): void {
    this.socket.destroy()
  }

  #onMessage(message: Message): void {
    if (message.typeId === MessageType.userControl) {
      const event = readUserControl(message.payload)
      if (event.eventType === EventType.pingRequest) {
        this.send(userControl({ eventType: EventType.pingResponse, values: event.values }))
      }
    }
    if (message.typeId !== MessageType.commandAmf0) {
      this.received.push(message)
      return
    }
    const command = readCommand(message.payload)
    const answer = this.#answers.get(command.transactionId)
    const info = command.values[1]
    const words = () => [amfString(info, 'code') ?? '', amfString(info, 'description') ?? ''] as const
    if (command.name === '_result') answer?.resolve(command)
    else if (command.name === '_error') answer?.reject(new RtmpError(...words()))
    else if (command.name === 'onStatus' && amfProperties(info)) {
      const [code, description] = words()
      this.statuses.push({ level: amfString(info, 'level') ?? '', code, description })
    } else this.received.push(message)
    this.#wakeAll()
  }

  #onEnd(): void {
    this.#ended = true
    for (const { reject } of this.#answers.values()) reject(new Error('closed without an answer'))
    this.#wakeAll()
  }

  #wakeAll(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const wake of waiting) wake()
  }
}

export const connectInfo = (properties: Record<string, AmfValue>): AmfValue =>
  amfObject({ type: 'nonprivate', flashVer: 'FMLE/3.0 (compatible; light)', ...properties })
