import type { Packet } from '../media/packet.ts'

/** Of frames that wait to be made, in bytes and in number; more of them and a child that dies leaves a hole. */
const MOST_BYTES = 48 * 2 ** 20
const MOST_FRAMES = 12_000

/** A group of pictures: a key frame and what depends on it. */
export type Group = {
  /** Grows by one from group to group. */
  readonly number: number
  readonly avcC: Uint8Array
  /** Presentation time of its key frame: no frame of the group comes before it. */
  readonly pts: number
  /** As they came; shared with everybody else. Empty once it was too much to keep. */
  frames: Packet[]
  bytes: number
  /** Its frames are not all here. */
  lost: boolean
}

/** The groups that a child may have to be fed again. */
export class RecentGroups {
  #groups: Group[] = []
  #next = 0
  #bytes = 0
  #frames = 0

  /** The one under way. */
  get newest(): Group | undefined {
    return this.#groups.at(-1)
  }

  /** The number that the next group will have. */
  get next(): number {
    return this.#next
  }

  begin(key: Packet, avcC: Uint8Array): Group {
    const group: Group = { number: this.#next++, avcC, pts: key.dts + key.cts, frames: [], bytes: 0, lost: false }
    this.#groups.push(group)
    this.add(key)
    return group
  }

  add(packet: Packet): void {
    const group = this.newest
    if (group === undefined || group.lost) return
    group.frames.push(packet)
    group.bytes += packet.data.byteLength
    this.#bytes += packet.data.byteLength
    this.#frames++
    while ((this.#bytes > MOST_BYTES || this.#frames > MOST_FRAMES) && this.#groups.length > 1) this.#drop()
    if (this.#bytes > MOST_BYTES || this.#frames > MOST_FRAMES) this.#empty(group)
  }

  /** Those from a number on that are still here, oldest first. */
  from(number: number): readonly Group[] {
    return this.#groups.filter((group) => group.number >= number)
  }

  /** The last group that begins at this time or before; undefined: it isn't here any more. */
  holding(pts: number): Group | undefined {
    return this.#groups.findLast((group) => group.pts <= pts)
  }

  /** Groups before this one aren't needed any more. */
  forgetBefore(number: number): void {
    while (this.#groups.length > 1 && (this.#groups[0]?.number ?? number) < number) this.#drop()
  }

  clear(): void {
    this.#groups = []
    this.#bytes = 0
    this.#frames = 0
  }

  #drop(): void {
    const group = this.#groups.shift()
    if (group !== undefined) this.#empty(group)
  }

  #empty(group: Group): void {
    this.#bytes -= group.bytes
    this.#frames -= group.frames.length
    group.frames = []
    group.bytes = 0
    group.lost = true
  }
}
