import { gzipSync } from 'node:zlib'

/** A playlist or manifest as it goes to viewers: made on the first request after a change, then the same bytes for all. */
export class RenderedText {
  readonly plain: Buffer
  /** Weak: the same for the plain and the compressed form. */
  readonly etag: string
  #gzipped: Buffer | undefined

  constructor(text: string, etag: string) {
    this.plain = Buffer.from(text)
    this.etag = etag
  }

  get gzipped(): Buffer {
    this.#gzipped ??= gzipSync(this.plain, { level: 5 })
    return this.#gzipped
  }
}
