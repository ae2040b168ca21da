import { connect, type Socket } from 'node:net'
import { writeAudioTag } from '../../formats/flv/audio-tag.ts'
import { writeVideoTag } from '../../formats/flv/video-tag.ts'
import { amfObject } from '../../formats/rtmp/amf-value.ts'
import { ChunkEncoder } from '../../formats/rtmp/chunk-encoder.ts'
import { type Command, writeCommand } from '../../formats/rtmp/command.ts'
import { setChunkSize } from '../../formats/rtmp/control.ts'
import { ClientHandshake } from '../../formats/rtmp/handshake.ts'
import { MessageType } from '../../formats/rtmp/message.ts'

const CHUNK_SIZE = 65_536
/** The first stream that a server makes for a connection; so we needn't wait for its answer. */
const STREAM_ID = 1

/** What the server says when media may come, and how much is listened to for it. */
const MAY_BEGIN = 'NetStream.Publish.Start'
const MAX_HEARD = 16_384

/** Publishes to a server of this machine by RTMP. It knows what the server answers, and only waits for the word to begin. */
export class RtmpPush {
  readonly #socket: Socket
  readonly #encoder = new ChunkEncoder()
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  /** @throws Error when the server can't be reached, or doesn't take the stream */
  static async open(port: number, host: string, key: string): Promise<RtmpPush> {
    const socket = connect({ port, host })
    const push = new RtmpPush(socket)
    const handshake = new ClientHandshake()
    let greeted = false
    let heard = ''
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.once('close', () => reject(new Error('the server closed the connection')))
      socket.once('connect', () => socket.write(handshake.hello()))
      socket.on('data', (bytes: Buffer) => {
        if (!greeted) {
          const { reply, rest } = handshake.push(bytes)
          if (rest === undefined) return
          greeted = true
          socket.write(reply)
          push.#ask(key)
        } else if (heard.length < MAX_HEARD) {
          heard += bytes.toString('latin1')
          if (heard.includes(MAY_BEGIN)) resolve()
        }
      })
    })
    return push
  }

  #ask(key: string): void {
    this.#send(2, 0, setChunkSize(CHUNK_SIZE).payload, MessageType.setChunkSize)
    const info = amfObject({ app: 'live', flashVer: 'StreamHost demo' })
    this.#command({ name: 'connect', transactionId: 1, values: [info] })
    this.#command({ name: 'createStream', transactionId: 2, values: [null] })
    this.#command({ name: 'publish', transactionId: 0, values: [null, key, 'live'] }, STREAM_ID)
  }

  video(timestamp: number, tag: Parameters<typeof writeVideoTag>[0]): void {
    this.#send(6, STREAM_ID, writeVideoTag(tag), MessageType.video, timestamp)
  }

  audio(timestamp: number, tag: Parameters<typeof writeAudioTag>[0]): void {
    this.#send(4, STREAM_ID, writeAudioTag(tag), MessageType.audio, timestamp)
  }

  close(): void {
    this.#command({ name: 'deleteStream', transactionId: 0, values: [null, STREAM_ID] })
    this.#socket.end()
  }

  #command(command: Command, messageStreamId = 0): void {
    this.#send(3, messageStreamId, writeCommand(command), MessageType.commandAmf0)
  }

  #send(chunkStreamId: number, messageStreamId: number, payload: Uint8Array, typeId: number, timestamp = 0): void {
    if (this.#socket.destroyed) return
    this.#socket.write(this.#encoder.encode({ chunkStreamId, timestamp, typeId, messageStreamId, payload }))
  }
}
