import { flvTagLength, TagType, writeFlvHeader, writeFlvTagAt } from '../formats/flv/flv-file.ts'
import type { FlvMessage } from '../formats/flv/flv-message.ts'
import { videoConfigHead, videoFrameHead } from '../formats/flv/video-tag.ts'
import type { Packet } from '../media/packet.ts'

/** A picture of most broadcasts, but for key frames. */
const FIRST_BYTES = 32_768

/**
 * What one child is fed: frames as FLV tags, gathered, and written into one buffer when it is time. Milliseconds are the
 * child's own: FFmpeg counts FLV's only to 31 bits, and near zero it moves sound.
 */
export class ChildInput {
  readonly #messages: FlvMessage[] = []
  /** Grows to the largest. */
  #taken = new Uint8Array(FIRST_BYTES)
  #bytes = 0
  #avcC: Uint8Array | undefined
  #header: Uint8Array | undefined = writeFlvHeader({ audio: false, video: true })

  get isEmpty(): boolean {
    return this.#messages.length === 0
  }

  /** @param dtsMs when it is decoded @param ptsMs when it is shown */
  add({ isSync, data }: Packet, avcC: Uint8Array, dtsMs: number, ptsMs: number): void {
    if (this.#avcC !== avcC) {
      this.#avcC = avcC
      this.#push({ typeId: TagType.video, timestamp: dtsMs, head: videoConfigHead(), data: avcC })
    }
    this.#push({ typeId: TagType.video, timestamp: dtsMs, head: videoFrameHead(isSync, ptsMs - dtsMs), data })
  }

  /** All that was added since the last time. @returns bytes that are valid until it is called again */
  take(): Uint8Array {
    const header = this.#header
    const length = this.#bytes + (header?.byteLength ?? 0)
    if (this.#taken.byteLength < length) this.#taken = new Uint8Array(Math.max(length, 2 * this.#taken.byteLength))
    const bytes = this.#taken
    let at = 0
    if (header !== undefined) {
      bytes.set(header)
      at = header.byteLength
      this.#header = undefined
    }
    for (const message of this.#messages) at = writeFlvTagAt(bytes, at, message)
    this.#messages.length = 0
    this.#bytes = 0
    return bytes.subarray(0, length)
  }

  #push(message: FlvMessage): void {
    this.#messages.push(message)
    this.#bytes += flvTagLength(message)
  }
}
