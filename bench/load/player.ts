import { connect, type Socket } from 'node:net'
import { amfObject } from '../../src/formats/rtmp/amf-value.ts'
import { ChunkEncoder } from '../../src/formats/rtmp/chunk-encoder.ts'
import { writeCommand } from '../../src/formats/rtmp/command.ts'
import { ClientHandshake } from '../../src/formats/rtmp/handshake.ts'
import { MessageType } from '../../src/formats/rtmp/message.ts'

export type PlayerOptions = {
  readonly protocol: 'rtmp' | 'flv'
  readonly port: number
  readonly name: string
}

/** Shared by all players of a process: what comes is looked at once, at once. */
const buffer = Buffer.allocUnsafeSlow(262_144)

/**
 * A player that reads and throws away.
 * @param onBytes what came after the player asked for the stream; valid during the call
 * @returns when it has asked
 */
export function openPlayer(
  { protocol, port, name }: PlayerOptions,
  onBytes: (bytes: Buffer) => void,
): Promise<{ readonly socket: Socket; readonly askedAtMs: number }> {
  return new Promise((resolve, reject) => {
    const handshake = new ClientHandshake()
    let asked = false
    const ask = (request: Uint8Array): void => {
      asked = true
      socket.write(request)
      resolve({ socket, askedAtMs: performance.now() })
    }
    const take = (bytes: Buffer): void => {
      if (asked) {
        onBytes(bytes)
        return
      }
      const { reply, rest } = handshake.push(Uint8Array.from(bytes))
      if (reply.byteLength > 0) socket.write(reply)
      if (rest !== undefined) ask(playCommands(port, name))
    }
    const socket: Socket = connect({
      ...{ port, host: '127.0.0.1', noDelay: true },
      onread: {
        buffer,
        callback: (length) => {
          take(buffer.subarray(0, length))
          return true
        },
      },
    })
    socket.once('error', reject)
    socket.once('connect', () => {
      if (protocol === 'rtmp') socket.write(handshake.hello())
      else ask(Buffer.from(`GET /live/${name}.flv HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`))
    })
  })
}

/** All that a player says, at once: every server numbers the first message stream 1. */
function playCommands(port: number, name: string): Uint8Array {
  const encoder = new ChunkEncoder()
  const info = amfObject({ app: 'live', type: 'nonprivate', tcUrl: `rtmp://127.0.0.1:${port}/live`, fpad: false })
  const commands = [
    { streamId: 0, name: 'connect', transactionId: 1, values: [info] },
    { streamId: 0, name: 'createStream', transactionId: 2, values: [null] },
    { streamId: 1, name: 'play', transactionId: 3, values: [null, name, -2000] },
  ]
  return Buffer.concat(
    commands.map(({ streamId, ...command }) =>
      encoder.encode({
        chunkStreamId: streamId === 0 ? 3 : 8,
        timestamp: 0,
        typeId: MessageType.commandAmf0,
        messageStreamId: streamId,
        payload: writeCommand(command),
      }),
    ),
  )
}
