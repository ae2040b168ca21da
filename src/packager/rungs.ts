import type { RungSink } from '../live/rungs.ts'
import type { Packet, Track } from '../media/packet.ts'
import type { Cutter } from './cutter.ts'
import type { Rendition } from './rendition.ts'
import { Rung } from './rung.ts'

export type RungsOptions = {
  readonly cutter: Cutter
  /** Seconds. */
  readonly targetDuration: number
  readonly newRendition: (name: string, track: Track) => Rendition
  /** The picture as its encoder sends it. */
  readonly source: () => Rendition | undefined
  /** One may be playable now, or is no longer waited for. */
  readonly changed: () => void
}

/** The further qualities of one broadcast, as they come from the transcoder. */
export class Rungs implements RungSink {
  readonly #options: RungsOptions
  readonly #rungs = new Map<string, Rung>()
  /** All names, best first. */
  #names: string[] = []
  /** Those that players are let in with. */
  readonly #awaited = new Set<string>()
  #closed = false

  constructor(options: RungsOptions) {
    this.#options = options
  }

  /** Best first. */
  get renditions(): readonly Rendition[] {
    return this.#names.flatMap((name) => this.#rungs.get(name)?.rendition ?? [])
  }
  rendition(name: string): Rendition | undefined {
    return this.#rungs.get(name)?.rendition
  }
  /** How many there are to play. Asked with every packet. */
  get playable(): number {
    let count = 0
    for (const { rendition } of this.#rungs.values()) if (rendition.window.playable) count++
    return count
  }
  /** One that was announced is still to come. */
  get awaited(): boolean {
    for (const name of this.#awaited) if (this.#rungs.get(name)?.rendition.window.playable !== true) return true
    return false
  }
  /** Whether its frames come. */
  flows(name: string): boolean {
    return this.#rungs.get(name)?.flowing === true
  }

  /** What a process before this one has shown. */
  restore(rendition: Rendition): void {
    this.#add(rendition)
  }

  expect(names: readonly string[]): void {
    this.#names = [...names, ...this.#names.filter((name) => !names.includes(name))]
    for (const name of names) {
      this.#rungs.get(name)?.announce()
      this.#awaited.add(name)
    }
  }

  track(name: string, track: Track): void {
    if (this.#closed) return
    const rung = this.#rungs.get(name)
    if (rung === undefined) this.#add(this.#options.newRendition(name, track))
    else rung.track(track)
  }

  packet(name: string, packet: Packet): void {
    if (this.#closed) return
    this.#rungs.get(name)?.packet(packet, this.#options.source())
    this.#options.changed()
  }

  pause(name: string): void {
    this.#awaited.delete(name)
    if (this.#closed) return
    this.#rungs.get(name)?.pause()
    this.#options.changed()
  }

  /** @param time that the source has reached, in ticks of CUT_TIMESCALE */
  follow(time: number): void {
    for (const rung of this.#rungs.values()) rung.follow(time)
  }

  /** A cut was made. */
  list(): void {
    for (const rung of this.#rungs.values()) rung.list()
  }

  /** The connection is gone. @param videoEnd where its picture ends, and `end` all of it, in ticks of CUT_TIMESCALE */
  discontinuity(videoEnd: number, end: number): void {
    for (const rung of this.#rungs.values()) rung.discontinuity(videoEnd, end)
  }

  /** Nothing is taken any more. */
  close(): void {
    this.#closed = true
  }

  #add(rendition: Rendition): void {
    const { cutter, targetDuration } = this.#options
    this.#rungs.set(rendition.name, new Rung(rendition, cutter, targetDuration))
    if (!this.#names.includes(rendition.name)) this.#names.push(rendition.name)
  }
}
