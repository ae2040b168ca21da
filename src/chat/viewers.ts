import { HEARTBEAT_SECONDS } from '../contract/chat-limits.ts'
import type { ChatLimits } from './settings.ts'

/** Who was not heard for three heartbeats is gone; a little more, for a heartbeat that is late. */
export const GONE_MS = (3 * HEARTBEAT_SECONDS + 1) * 1000
/** A changed count is told at most so often. */
const TELL_MS = 2000
/** Players of a server: beyond, new ones are not counted. */
const MAX_PLAYERS = 200_000

type Audience = {
  /** Player to when it was heard and from where; in the order of being heard. */
  readonly players: Map<string, { atMs: number; address: string | null }>
  told: number
  toldAtMs: number
}

export type ViewersOptions = {
  readonly limits: Pick<ChatLimits, 'viewersPerAddress'>
  /** A player began to play. */
  readonly onArrival?: (slug: string, player: string) => void
  /** The count of a channel changed. */
  readonly onChange: (slug: string, count: number) => void
  readonly monotonicMs: () => number
}

/** Players that play, by their heartbeats: a player counts once, however many connections it has. */
export class Viewers {
  readonly #options: ViewersOptions
  readonly #channels = new Map<string, Audience>()
  readonly #perAddress = new Map<string, number>()
  #players = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ViewersOptions) {
    this.#options = options
  }

  count(slug: string): number {
    return this.#channels.get(slug)?.players.size ?? 0
  }

  /** Channels that have viewers, and how many. */
  *all(): Iterable<readonly [string, number]> {
    for (const [slug, { players }] of this.#channels) yield [slug, players.size]
  }

  /** @param address null: not counted by address */
  heard(slug: string, player: string, address: string | null): void {
    const audience = this.#channels.get(slug) ?? { players: new Map(), told: 0, toldAtMs: Number.NEGATIVE_INFINITY }
    const known = audience.players.get(player)
    if (known === undefined && !this.#admit(address)) return
    this.#channels.set(slug, audience)
    if (known === undefined) this.#options.onArrival?.(slug, player)
    audience.players.delete(player)
    audience.players.set(player, { atMs: this.#options.monotonicMs(), address: known?.address ?? address })
    this.#tell(slug, audience)
    this.#timer ??= setInterval(() => this.#sweep(), TELL_MS)
  }

  /** The player says that it stopped. */
  stopped(slug: string, player: string): void {
    const audience = this.#channels.get(slug)
    if (audience === undefined) return
    this.#drop(audience, player)
    this.#tell(slug, audience)
  }

  /** A removed channel is watched by nobody. */
  forget(slug: string): void {
    const audience = this.#channels.get(slug)
    if (audience === undefined) return
    for (const player of [...audience.players.keys()]) this.#drop(audience, player)
    this.#channels.delete(slug)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #admit(address: string | null): boolean {
    if (this.#players >= MAX_PLAYERS) return false
    const count = address === null ? 0 : (this.#perAddress.get(address) ?? 0)
    if (count >= this.#options.limits.viewersPerAddress) return false
    if (address !== null) this.#perAddress.set(address, count + 1)
    this.#players++
    return true
  }

  #drop(audience: Audience, player: string): void {
    const known = audience.players.get(player)
    if (known === undefined) return
    audience.players.delete(player)
    this.#players--
    if (known.address === null) return
    const left = (this.#perAddress.get(known.address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(known.address)
    else this.#perAddress.set(known.address, left)
  }

  #sweep(): void {
    const before = this.#options.monotonicMs() - GONE_MS
    for (const [slug, audience] of this.#channels) {
      for (const [player, { atMs }] of audience.players) {
        if (atMs > before) break
        this.#drop(audience, player)
      }
      this.#tell(slug, audience)
      if (audience.players.size === 0 && audience.told === 0) this.#channels.delete(slug)
    }
    if (this.#channels.size === 0) this.stop()
  }

  #tell(slug: string, audience: Audience): void {
    const now = this.#options.monotonicMs()
    if (audience.players.size === audience.told || now - audience.toldAtMs < TELL_MS) return
    audience.told = audience.players.size
    audience.toldAtMs = now
    this.#options.onChange(slug, audience.told)
  }
}
