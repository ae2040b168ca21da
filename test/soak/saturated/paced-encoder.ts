import { setTimeout as sleep } from 'node:timers/promises'
import type { FlvTag } from '../../../src/formats/flv/flv-file.ts'
import { loopMs, RtmpPublisher, readFlvFile } from '../../light/rtmp-publisher.ts'

const TICK_MS = 5

/** Sends a file over and over, as fast as it was. */
export class PacedEncoder implements AsyncDisposable {
  readonly #publisher: RtmpPublisher
  readonly #running: Promise<void>
  #stopped = false

  private constructor(publisher: RtmpPublisher, tags: readonly FlvTag[]) {
    this.#publisher = publisher
    this.#running = this.#run(tags)
  }

  static async open(port: number, name: string, file: string): Promise<PacedEncoder> {
    return new PacedEncoder(await RtmpPublisher.open({ port, name }), readFlvFile(file))
  }

  get isConnected(): boolean {
    return !this.#publisher.client.socket.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await this.#running
    if (this.isConnected) await this.#publisher.unpublish()
  }

  async #run(tags: readonly FlvTag[]): Promise<void> {
    const startMs = performance.now()
    const lengthMs = loopMs(tags)
    const firstMs = tags[0]?.timestamp ?? 0
    for (let next = 0; !this.#stopped && this.isConnected; await sleep(TICK_MS)) {
      for (;;) {
        const tag = tags[next % tags.length]
        if (tag === undefined) throw new Error('a file without anything in it')
        const timestamp = tag.timestamp - firstMs + Math.floor(next / tags.length) * lengthMs
        if (timestamp > performance.now() - startMs) break
        this.#publisher.send({ ...tag, timestamp })
        next++
      }
    }
  }
}
