import type { CarriedWrite, VolumeWrite } from './protocol.ts'

/** Memory that is kept for the next message; one that needed more was an exception. */
const KEPT_BYTES = 8 * 2 ** 20
const LEAST_BYTES = 2 ** 18

/** What a message to the thread carries, and the memory in which its parts lie. */
export type Carried = { readonly memory: SharedArrayBuffer; readonly writes: readonly CarriedWrite[] }

/**
 * Memory that parts are brought to the store's thread in. In a message they would be copied into new memory three times, which
 * the kernel has to find and both threads' collectors have to look for; here they are copied once, into the same memory each
 * time. Only one message may be under way.
 */
export class Carrier {
  #memory = new SharedArrayBuffer(LEAST_BYTES)

  load(writes: readonly VolumeWrite[]): Carried {
    let needed = 0
    for (const { media } of writes) for (const { bytes } of media) needed += bytes.byteLength
    if (needed > this.#memory.byteLength || (this.#memory.byteLength > KEPT_BYTES && needed <= KEPT_BYTES))
      this.#memory = new SharedArrayBuffer(Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(needed))))
    const all = new Uint8Array(this.#memory)
    let from = 0
    const carried = writes.map((write) => ({
      ...write,
      media: write.media.map(({ rendition, at, bytes }) => {
        const { byteLength: length } = bytes
        all.set(bytes, from)
        from += length
        return { rendition, at, from: from - length, length }
      }),
    }))
    return { memory: this.#memory, writes: carried }
  }
}

/** The same as it was loaded; the bytes are valid until the message is answered. */
export function unload({ memory, writes }: Carried): readonly VolumeWrite[] {
  return writes.map((write) => ({
    ...write,
    media: write.media.map(({ rendition, at, from, length }) => ({
      ...{ rendition, at, bytes: new Uint8Array(memory, from, length) },
    })),
  }))
}
