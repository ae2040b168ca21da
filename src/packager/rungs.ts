import type { Demand, PromisedRung, RungSink } from '../live/rungs.ts'
import type { Packet, Track } from '../media/packet.ts'
import type { Cutter } from './cutter.ts'
import { Feed } from './feed.ts'
import type { Rendition } from './rendition.ts'
import { Rung } from './rung.ts'

export type RungsOptions = {
  readonly cutter: Cutter
  /** Seconds. */
  readonly targetDuration: number
  readonly newRendition: (name: string, track: Track, promised?: PromisedRung) => Rendition
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
  /** Those that are on their way, or here. */
  readonly #awaited = new Set<string>()
  /** Players were let in. */
  #isOpen = false
  #source: Feed | undefined
  #closed = false

  constructor(options: RungsOptions) {
    this.#options = options
  }

  /** Best first. */
  get renditions(): readonly Rendition[] {
    return this.#names.flatMap((name) => this.#rungs.get(name)?.rendition ?? [])
  }
  /** Those that players are told of: something of what they show is their own, or will be. */
  get listed(): readonly Rendition[] {
    return this.renditions.filter(({ isOffered, showsOwn }) => isOffered || showsOwn)
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
  /** A playlist or a part of one is waited for. */
  get isAwaited(): boolean {
    for (const { rendition } of this.#rungs.values()) if (rendition.window.waiting > 0) return true
    return false
  }
  /** One that was announced is still to come. */
  get awaited(): boolean {
    for (const name of this.#awaited) if (this.#rungs.get(name)?.rendition.window.playable !== true) return true
    return false
  }
  /**
   * The source's segments are shown between others: its key frames are to bring their parameter sets along (decision 21). Asked
   * with every key frame.
   */
  get lends(): boolean {
    for (const { rendition } of this.#rungs.values())
      if (rendition.promised !== undefined && rendition.hasOwn) return true
    return false
  }
  /** Whether its own frames come. */
  flows(name: string): boolean {
    return this.#rungs.get(name)?.flowing === true
  }

  /** What a process before this one has shown. */
  restore(rendition: Rendition): void {
    const rung = this.#add(rendition)
    if (rendition.promised === undefined || rendition.promised.always) return
    rendition.offer()
    rung.sleep()
  }

  expect(names: readonly string[], promised: readonly PromisedRung[] = []): void {
    this.#order(names)
    for (const name of names) {
      const promise = promised.find((each) => each.name === name)
      if (promise !== undefined) {
        this.#promise(promise)
        continue
      }
      const rung = this.#rungs.get(name)
      if (rung !== undefined) rung.rendition.promised = undefined
      rung?.announce()
      this.#awaited.add(name)
    }
  }

  /** Players are let in: what isn't there yet is the source's until it is. */
  letIn(): void {
    this.#isOpen = true
    for (const rung of this.#rungs.values()) rung.letIn()
  }

  track(name: string, track: Track): void {
    if (this.#closed) return
    const rung = this.#rungs.get(name)
    if (rung === undefined) this.#add(this.#options.newRendition(name, track))
    else rung.track(track)
  }

  packet(name: string, packet: Packet): void {
    const rung = this.#rungs.get(name)
    if (this.#closed || rung === undefined) return
    const { flowing } = rung
    if (rung.packet(packet)) this.#offer(rung.own, packet, rung)
    if (rung.flowing !== flowing) {
      if (rung.flowing && rung.rendition.promised !== undefined) rung.rendition.offer()
      this.#findStandIns()
    }
    this.#options.changed()
  }

  pause(name: string): void {
    this.#awaited.delete(name)
    if (this.#closed) return
    const rung = this.#rungs.get(name)
    rung?.pause()
    if (rung !== undefined) this.#giveUp(rung)
    this.#findStandIns()
    this.list()
    this.#options.changed()
  }

  sleep(name: string): void {
    if (this.#closed) return
    this.#rungs.get(name)?.sleep()
    this.#findStandIns()
    this.list()
    this.#options.changed()
  }

  withdraw(name: string): void {
    this.#awaited.delete(name)
    this.#rungs.get(name)?.rendition.withdraw()
    this.sleep(name)
  }

  demand(name: string): Demand | undefined {
    return this.#rungs.get(name)?.rendition.demand
  }

  /** A frame of the source, which leads and has been packaged. */
  sourcePacket(packet: Packet, { track, alignment }: Rendition): void {
    if (this.#rungs.size === 0) return
    this.#source ??= new Feed(track, alignment, this.#options.cutter.cuts)
    this.#source.track = track
    this.#offer(this.#source, packet)
    this.follow(this.#options.cutter.cutTime(packet.dts))
  }

  /** @param time that the source has reached, in ticks of CUT_TIMESCALE */
  follow(time: number): void {
    for (const rung of this.#rungs.values()) {
      rung.follow(time)
      if (rung.isOverdue) this.#giveUp(rung)
    }
    this.#findStandIns()
    this.list()
  }

  /** A cut was made, or something changed: what is missing is listed. */
  list(): void {
    for (const rung of this.#rungs.values()) rung.list()
  }

  /** The connection is gone. @param videoEnd where its picture ends, and `end` all of it, in ticks of CUT_TIMESCALE */
  discontinuity(videoEnd: number, end: number): void {
    this.#source?.forget()
    for (const rung of this.#rungs.values()) rung.discontinuity(videoEnd, end)
  }

  /** Nothing is taken any more. */
  close(): void {
    this.#closed = true
  }

  /** @param but whose own it is: it has had it */
  #offer(feed: Feed, packet: Packet, but?: Rung): void {
    const cut = but === undefined ? feed.take(packet) : feed.packets.length === 1 ? feed.cut : undefined
    for (const rung of this.#rungs.values()) if (rung !== but) rung.offer(feed, packet, cut)
  }

  #findStandIns(): void {
    for (const [name, rung] of this.#rungs) {
      if (!rung.needsStandIn) continue
      const feed = this.#standInFor(name)
      // The source stands in without a copy, where it lends.
      if (feed !== undefined && !(rung.isLent && feed === this.#source)) rung.borrow(feed)
    }
  }

  /** The next smaller quality that flows, for whoever plays this one can carry it; else the next larger one, else the source. */
  #standInFor(name: string): Feed | undefined {
    const place = this.#names.indexOf(name)
    const nearest = [...this.#names.slice(place + 1), ...this.#names.slice(0, Math.max(0, place)).reverse()]
    for (const other of nearest) {
      const rung = this.#rungs.get(other)
      if (rung?.flowing === true) return rung.own
    }
    return this.#source?.cut === undefined ? undefined : this.#source
  }

  #promise(promised: PromisedRung): void {
    const { newRendition, source: sourceOf, changed } = this.#options
    const source = sourceOf()
    const { name, always } = promised
    if (this.#closed || source === undefined) return
    const rung = this.#rungs.get(name) ?? this.#add(newRendition(name, source.track, promised))
    rung.rendition.promised = promised
    rung.rendition.offer()
    if (always) {
      rung.announce()
      this.#awaited.add(name)
      if (this.#isOpen) rung.letIn()
    } else if (!rung.flowing) rung.sleep()
    changed()
  }

  /** Nothing of its own is on its way: if it isn't made on demand, players aren't told of it for long. */
  #giveUp({ rendition }: Rung): void {
    this.#awaited.delete(rendition.name)
    if (rendition.promised?.always === true) rendition.withdraw()
  }

  /** @param names best first; if all are known, they change places among themselves */
  #order(names: readonly string[]): void {
    if (!names.every((name) => this.#names.includes(name)))
      this.#names = [...names, ...this.#names.filter((name) => !names.includes(name))]
    const inOrder = names.values()
    this.#names = this.#names.map((name) => (names.includes(name) ? (inOrder.next().value ?? name) : name))
  }

  #add(rendition: Rendition): Rung {
    const { cutter, targetDuration, source } = this.#options
    const rung = new Rung(rendition, cutter, targetDuration, source)
    this.#rungs.set(rendition.name, rung)
    if (!this.#names.includes(rendition.name)) this.#names.push(rendition.name)
    return rung
  }
}
