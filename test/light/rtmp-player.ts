import { type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { MessageType } from '../../src/formats/rtmp/message.ts'
import { connectInfo, RtmpClient, RtmpError } from './rtmp-client.ts'

const MEDIA: ReadonlySet<number> = new Set([MessageType.audio, MessageType.video])

/** A light player of RTMP that keeps what it gets. */
export class RtmpPlayer {
  readonly client: RtmpClient
  readonly streamId: number

  private constructor(client: RtmpClient, streamId: number) {
    this.client = client
    this.streamId = streamId
  }

  /** @throws RtmpError with the server's words when refused */
  static async open({ port, name }: { readonly port: number; readonly name: string }): Promise<RtmpPlayer> {
    const client = await RtmpClient.open({ port })
    try {
      await client.call('connect', [connectInfo({ app: 'live', tcUrl: `rtmp://127.0.0.1:${port}/live` })])
      const streamId = (await client.call('createStream', [null])).values[1]
      if (typeof streamId !== 'number') throw new Error('createStream answered no number')
      client.tell({ name: 'play', transactionId: 0, values: [null, name, -2000] }, streamId)
      const { code, description } = await client.status(({ code }) => !code.endsWith('.Reset'))
      if (code !== 'NetStream.Play.Start') throw new RtmpError(code, description)
      return new RtmpPlayer(client, streamId)
    } catch (error) {
      client.destroy()
      throw error
    }
  }

  /** Audio and video messages so far. */
  get tags(): FlvTag[] {
    return this.client.received
      .filter(({ typeId }) => MEDIA.has(typeId))
      .map(({ typeId, timestamp, payload: body }) => ({ typeId, timestamp, body }))
  }
  /** Timestamps of pictures so far. */
  get pictures(): number[] {
    return this.tags.filter(({ typeId, body }) => typeId === TagType.video && body[1] === 1).map((tag) => tag.timestamp)
  }
}
