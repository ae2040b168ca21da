import { writeSync } from 'node:fs'
import { messageOf } from '../../base/errors.ts'
import { READ_BYTES, readNow } from '../../base/shared-reads.ts'
import { FlvDecoder, TagType } from '../../formats/flv/flv-file.ts'
import { readVideoTag } from '../../formats/flv/video-tag.ts'
import { OggDecoder } from '../../formats/ogg/ogg-decoder.ts'
import type { ChildConfig, ChildDescriptors, ChildFrame, OutputForm } from './protocol.ts'

/** Reads of one pipe at a time: what is left comes next time. */
const MOST_READS = 8
/** Each output is a bit. */
const ALL = ~0

type Tell = (frame: ChildFrame | ChildConfig) => void
type Output = { readonly push: (bytes: Uint8Array) => void; fd: number | undefined }

/**
 * What goes into one child and what comes out, by system calls that can't wait: to be woken for each picture and each of its
 * rungs costs several times what is done then (docs/decisions/0024-threads-for-ffmpeg.md).
 */
export class ChildPipes {
  readonly #outputs: readonly Output[]
  readonly #waiting: Uint8Array[] = []
  #input: number | undefined
  #frames: (ChildFrame | ChildConfig)[] = []
  /** Outputs that have given no frame since the child was fed, a bit for each. */
  #owing = 0
  #endWanted = false
  #state: 'coming' | 'open' | 'closed' = 'coming'
  /** Bytes that are to go in, and that it took. */
  fed = 0
  taken = 0
  /** Why what came out was no use: nothing more is read. */
  fault: string | undefined

  constructor(forms: readonly OutputForm[]) {
    const told: Tell = (frame) => {
      this.#frames.push(frame)
      if (!('config' in frame)) this.#owing &= ~(1 << frame.output)
    }
    this.#outputs = forms.map((form, output) => {
      const decoder = form === 'flv' ? pictureDecoder(output, told) : soundDecoder(output, told)
      return { push: (bytes) => decoder.push(bytes), fd: undefined }
    })
  }

  /** The child is there. */
  open({ input, outputs }: ChildDescriptors): void {
    this.#state = 'open'
    this.#input = input
    for (const [at, output] of this.#outputs.entries()) output.fd = outputs[at]
  }

  /** They may be somebody else's from now on. */
  close(): void {
    this.#state = 'closed'
    this.#input = undefined
    for (const output of this.#outputs) output.fd = undefined
    this.#waiting.length = 0
  }

  /** What it is fed goes in at once, if there is room for it. @param bytes that are the caller's again after the call */
  feed(bytes: Uint8Array): void {
    if (this.#endWanted || this.#state === 'closed') return
    this.fed += bytes.byteLength
    this.#owing = 2 ** this.#outputs.length - 1
    this.#write()
    const at = this.#waiting.length > 0 ? 0 : this.#writeNow(bytes)
    if (at < bytes.byteLength) this.#waiting.push(bytes.slice(at))
  }

  /** Nothing more is fed. */
  end(): void {
    this.#endWanted = true
  }

  /** Once: all went in, and its input is to be closed by who has it. */
  takeEnd(): boolean {
    if (!this.#endWanted || this.#waiting.length > 0 || this.#input === undefined) return false
    this.#input = undefined
    return true
  }

  /** Something is to go in, or to come out. */
  get isBusy(): boolean {
    return this.#state === 'open' && (this.#owing !== 0 || this.#waiting.length > 0 || this.#endWanted)
  }

  /**
   * Writes and reads what goes without waiting.
   * @param whatever also where no frame is awaited; a read that finds nothing is dearer than one that finds some
   * @returns what came, a picture's frames of all rungs together where they are there
   */
  pass(whatever = false): readonly (ChildFrame | ChildConfig)[] {
    this.#write()
    this.#read(whatever || this.#endWanted ? ALL : this.#owing)
    const frames = this.#frames
    if (frames.length > 0) this.#frames = []
    return frames
  }

  #write(): void {
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      const written = this.#writeNow(bytes)
      if (written < bytes.byteLength) {
        if (written > 0) this.#waiting[0] = bytes.subarray(written)
        return
      }
      this.#waiting.shift()
    }
  }

  /** @returns how much of it is done with */
  #writeNow(bytes: Uint8Array): number {
    if (this.#input === undefined) return 0
    try {
      const written = writeSync(this.#input, bytes)
      this.taken += written
      return written
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0
      // It ended before it read everything, which is told by its end.
      return bytes.byteLength
    }
  }

  #read(which: number): void {
    if (this.fault !== undefined) return
    try {
      for (const [at, output] of this.#outputs.entries()) if ((which & (1 << at)) !== 0) this.#readFrom(output)
    } catch (error) {
      this.fault = messageOf(error)
    }
  }

  #readFrom(output: Output): void {
    for (let reads = 0; output.fd !== undefined && reads < MOST_READS; reads++) {
      const bytes = readNow(output.fd)
      if (bytes === undefined) output.fd = undefined
      // Frames stay, and are views of what they came in.
      else if (bytes.byteLength > 0) output.push(new Uint8Array(bytes))
      if (bytes === undefined || bytes.byteLength < READ_BYTES) return
    }
  }
}

const pictureDecoder = (output: number, tell: Tell): FlvDecoder =>
  new FlvDecoder(({ typeId, timestamp, body }) => {
    if (typeId !== TagType.video) return
    const tag = readVideoTag(body)
    if (tag.kind === 'config') tell({ output, config: tag.avcC })
    if (tag.kind !== 'frame') return
    tell({ output, ms: timestamp + tag.compositionTime, isSync: tag.isKeyFrame, data: tag.data })
  })

/** The first packet of Opus in Ogg is its OpusHead, the second has comments (RFC 7845 3). */
function soundDecoder(output: number, tell: Tell): OggDecoder {
  let packets = 0
  return new OggDecoder((data) => {
    packets++
    if (packets === 1) tell({ output, config: data })
    else if (packets > 2) tell({ output, ms: 0, isSync: true, data })
  })
}
