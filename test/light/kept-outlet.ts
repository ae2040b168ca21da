import type { Outlet } from '../../src/deliver/flv/viewer.ts'
import { FlvDecoder, type FlvTag } from '../../src/formats/flv/flv-file.ts'

/** A player's connection that keeps what it is sent, and takes it when told to. */
export class KeptOutlet implements Outlet {
  readonly written: Uint8Array[] = []
  /** How often it was written to. */
  writes = 0
  waiting = 0
  ended: string | undefined
  wasCut: string | undefined
  /** Takes nothing. */
  isStalled = false

  write(chunks: readonly Uint8Array[]): void {
    this.writes++
    for (const chunk of chunks) {
      this.written.push(chunk)
      if (this.isStalled) this.waiting += chunk.byteLength
    }
  }
  end(how: 'ended' | 'stopped'): void {
    this.ended = how
  }
  cut(reason: string): void {
    this.wasCut = reason
  }
  /** Takes all that waits. */
  drain(): void {
    this.waiting = 0
  }
  get bytes(): Buffer {
    return Buffer.concat(this.written)
  }
  /** Of a bare FLV stream. */
  get tags(): FlvTag[] {
    const tags: FlvTag[] = []
    if (this.written.length > 0) new FlvDecoder((tag) => tags.push(tag)).push(this.bytes)
    return tags
  }
}
