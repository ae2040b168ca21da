import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlvDecoder, type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { ChunkEncoder } from '../../src/formats/rtmp/chunk-encoder.ts'
import { setChunkSize } from '../../src/formats/rtmp/control.ts'
import type { DigestScheme } from '../../src/formats/rtmp/handshake-digest.ts'
import { connectInfo, RtmpClient, RtmpError } from './rtmp-client.ts'

const CHUNK_SIZE = 65_536
const AUDIO_CHUNK_STREAM = 4
const VIDEO_CHUNK_STREAM = 6

export type PublishTarget = {
  readonly port: number
  readonly host?: string
  readonly app?: string
  /** Stream key or slug, with `?key=` if need be. */
  readonly name: string
  readonly digest?: DigestScheme
}

/** A light encoder: publishes tags it is given. */
export class RtmpPublisher {
  readonly client: RtmpClient
  readonly streamId: number
  readonly #name: string

  private constructor(client: RtmpClient, streamId: number, name: string) {
    this.client = client
    this.streamId = streamId
    this.#name = name
  }

  /** Goes through connect, createStream and publish. @throws RtmpError with the server's words when refused */
  static async open(target: PublishTarget): Promise<RtmpPublisher> {
    const app = target.app ?? 'live'
    const client = await RtmpClient.open(target)
    try {
      const tcUrl = `rtmp://${target.host ?? '127.0.0.1'}:${target.port}/${app}`
      await client.call('connect', [connectInfo({ app, tcUrl })])
      client.tell({ name: 'releaseStream', transactionId: 0, values: [null, target.name] })
      client.tell({ name: 'FCPublish', transactionId: 0, values: [null, target.name] })
      const streamId = (await client.call('createStream', [null])).values[1]
      if (typeof streamId !== 'number') throw new Error('createStream answered no number')
      client.tell({ name: 'publish', transactionId: 0, values: [null, target.name, 'live'] }, streamId)
      const { code, description } = await client.status(() => true)
      if (code !== 'NetStream.Publish.Start') throw new RtmpError(code, description)
      client.send(setChunkSize(CHUNK_SIZE))
      return new RtmpPublisher(client, streamId, target.name)
    } catch (error) {
      client.destroy()
      throw error
    }
  }

  /** The timestamp's low 32 bits are sent. */
  send(tag: FlvTag): void {
    this.client.send(mediaMessage(tag, this.streamId))
  }

  /** Says goodbye as encoders do; answers when the socket is closed. */
  async unpublish(): Promise<void> {
    this.client.tell({ name: 'FCUnpublish', transactionId: 0, values: [null, this.#name] })
    this.client.tell({ name: 'deleteStream', transactionId: 0, values: [null, this.streamId] })
    this.client.socket.end()
    await this.client.closed
  }
}

export function readFlv(bytes: Uint8Array): FlvTag[] {
  const tags: FlvTag[] = []
  new FlvDecoder((tag) => tags.push(tag)).push(bytes)
  return tags
}

export const readFlvFile = (path: string): FlvTag[] => readFlv(readFileSync(path))

/** How long one time through the tags is: of the longer track, its last frame included. */
export function loopMs(tags: readonly FlvTag[]): number {
  const lengths = [TagType.video, TagType.audio].map((typeId) => {
    const times = tags.filter((tag) => tag.typeId === typeId && tag.body[1] === 1).map(({ timestamp }) => timestamp)
    const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0)
    return times.length < 2 ? 0 : (spanMs * times.length) / (times.length - 1)
  })
  return Math.round(Math.max(...lengths))
}

export type ReplayOptions = {
  /** 1: as the timestamps say; Infinity: as fast as the sockets take it. */
  readonly speed?: number
  /** How often the tags are sent, one after the other with timestamps going on. */
  readonly loops?: number
  readonly signal?: AbortSignal
}

/**
 * Replays tags to many publishers that have sent nothing but commands yet. Each message is put into chunks once and the
 * same bytes go to all, so that the replay costs little beside what it measures.
 */
export async function replay(
  publishers: readonly RtmpPublisher[],
  tags: readonly FlvTag[],
  options: ReplayOptions = {},
): Promise<void> {
  const { speed = 1, loops = 1, signal } = options
  const encoder = new ChunkEncoder()
  encoder.encode(setChunkSize(CHUNK_SIZE))
  const streamId = publishers[0]?.streamId ?? 1
  if (publishers.some((publisher) => publisher.streamId !== streamId))
    throw new Error('publishers of different stream ids')
  const last = tags.at(-1)?.timestamp ?? 0
  const first = tags[0]?.timestamp ?? 0
  const start = performance.now()
  for (let loop = 0; loop < loops; loop++) {
    const offset = loop * (last - first + 33)
    for (const tag of tags) {
      // Configurations and metadata need not be said again.
      if (loop > 0 && (tag.typeId === TagType.script || (tag.body[1] === 0 && tag.timestamp === first))) continue
      if (signal?.aborted) return
      const timestamp = tag.timestamp + offset
      const due = start + (timestamp - first) / speed
      const aheadMs = due - performance.now()
      if (aheadMs > 2) await sleep(aheadMs)
      const bytes = encoder.encode(mediaMessage({ ...tag, timestamp }, streamId))
      let drains: Promise<unknown>[] | undefined
      for (const { client } of publishers) {
        if (client.socket.destroyed || client.socket.write(bytes) || speed !== Number.POSITIVE_INFINITY) continue
        drains ??= []
        drains.push(Promise.race([new Promise((resolve) => client.socket.once('drain', resolve)), client.closed]))
      }
      if (drains) await Promise.all(drains)
    }
  }
}

function mediaMessage(tag: FlvTag, messageStreamId: number) {
  return {
    chunkStreamId: tag.typeId === TagType.video ? VIDEO_CHUNK_STREAM : AUDIO_CHUNK_STREAM,
    timestamp: tag.timestamp % 2 ** 32,
    typeId: tag.typeId,
    messageStreamId,
    payload: tag.body,
  }
}
