import { cursorOf, positionOf } from '../../base/cursor.ts'
import { messageOf, NotFoundError, RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { Log } from '../../base/log.ts'
import type { BroadcastHistoryStore, BroadcastRecord, HistoryPosition } from './broadcast-history-store.ts'
import { type BroadcastLook, BroadcastTally, NO_FIGURES } from './broadcast-tally.ts'
import type { ChannelRecord } from './channel-store.ts'
import type { Channels } from './channels.ts'

/** So much is lost at most when the process is killed. */
const NOTE_MS = 60_000
/** What was said last in the chat is written a little later than it was said. */
const LATE_MS = 15_000

export type BroadcastHistoryOptions = {
  readonly store: BroadcastHistoryStore
  readonly channels: Pick<Channels, 'get'>
  readonly log: Log
}

export type HistoryItem = BroadcastRecord & { /** It goes on. */ readonly isOn: boolean }
export type HistoryPage = { readonly items: readonly HistoryItem[]; readonly nextCursor: string | undefined }

/** What is told of a channel's broadcasts: how long, who watched, how it went. Noted every minute while they go on. */
export class BroadcastHistory {
  readonly #options: BroadcastHistoryOptions
  /** By channel. */
  readonly #tallies = new Map<string, BroadcastTally>()
  readonly #late = new Set<NodeJS.Timeout>()
  #notedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: BroadcastHistoryOptions) {
    this.#options = options
  }

  /** Once a second, with every broadcast that goes on. */
  tick(looks: Iterable<BroadcastLook>, nowMs = Date.now()): void {
    const over = new Map(this.#tallies)
    for (const look of looks) {
      const tally = this.#tallyOf(look, nowMs)
      if (over.get(look.slug) === tally) over.delete(look.slug)
      tally.look(look)
    }
    for (const [slug, tally] of over) {
      if (this.#tallies.get(slug) === tally) this.#tallies.delete(slug)
      this.#ended(tally, nowMs)
    }
    if (nowMs - this.#notedAtMs < NOTE_MS) return
    this.#notedAtMs = nowMs
    for (const tally of this.#tallies.values()) void this.#note(tally, nowMs)
  }

  /** A player began to play the channel. @param player its own random name */
  arrived(slug: string, player: string, nowMs = Date.now()): void {
    this.#tallies.get(slug)?.arrived(player, nowMs)
  }

  /** Notes all that goes on. Call it before the store stops. */
  async stop(nowMs = Date.now()): Promise<void> {
    for (const timer of this.#late) clearTimeout(timer)
    await Promise.all([...this.#tallies.values()].map((tally) => this.#note(tally, nowMs)))
  }

  /**
   * A page of a channel's broadcasts, newest first; one that goes on is the first, with its newest figures.
   * @param cursor the `nextCursor` of the page before @throws NotFoundError; InvalidFieldError when it is none of ours
   */
  async list(slug: string, limit: number, cursor?: string): Promise<HistoryPage> {
    const before = cursor === undefined ? undefined : placeOf(cursor)
    const { id } = await this.#options.channels.get(slug)
    const found = await this.#options.store.list(id, limit + 1, before)
    const items = found.slice(0, limit).map((record) => this.#item(slug, record))
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('broadcasts', `${last.startedAtMs}.${last.id}`) : undefined }
  }

  /** Nothing is told of it any more. @throws NotFoundError; RefusedError CONFLICT while it goes on */
  async remove(
    slug: string,
    broadcastId: string,
  ): Promise<{ readonly channel: ChannelRecord; readonly removed: BroadcastRecord }> {
    const channel = await this.#options.channels.get(slug)
    if (this.#tallies.get(slug)?.broadcastId === broadcastId) {
      throw new RefusedError('CONFLICT', 'this broadcast goes on: end it first')
    }
    const removed = await this.#options.store.remove(channel.id, broadcastId)
    if (removed === undefined) throw new NotFoundError('the channel has no such broadcast')
    return { channel, removed }
  }

  #item(slug: string, record: BroadcastRecord): HistoryItem {
    const tally = this.#tallies.get(slug)
    const isOn = tally?.broadcastId === record.id
    return { ...record, figures: (isOn ? tally.figures : undefined) ?? record.figures, isOn }
  }

  #tallyOf(look: BroadcastLook, nowMs: number): BroadcastTally {
    const known = this.#tallies.get(look.slug)
    if (known?.broadcastId === look.broadcastId) return known
    const tally = new BroadcastTally(look, nowMs)
    this.#tallies.set(look.slug, tally)
    void this.#goOn(tally)
    return tally
  }

  async #goOn(tally: BroadcastTally): Promise<void> {
    try {
      tally.goOnFrom((await this.#options.store.figures(tally.broadcastId)) ?? NO_FIGURES)
    } catch (error) {
      // Counted from here on: better than nothing.
      tally.goOnFrom(NO_FIGURES)
      this.#failed(tally, error)
    }
  }

  #ended(tally: BroadcastTally, nowMs: number): void {
    void this.#note(tally, nowMs)
    const timer = setTimeout(() => {
      this.#late.delete(timer)
      void this.#note(tally, nowMs)
    }, LATE_MS).unref()
    this.#late.add(timer)
  }

  async #note(tally: BroadcastTally, nowMs: number): Promise<void> {
    const { figures, broadcastId } = tally
    if (figures === undefined) return
    try {
      await this.#options.store.note(broadcastId, nowMs, figures)
    } catch (error) {
      this.#failed(tally, error)
    }
  }

  #failed({ slug, broadcastId }: BroadcastTally, error: unknown): void {
    const facts = { channel: slug, broadcast: broadcastId, error: messageOf(error) }
    this.#options.log.warn(facts, 'the figures of a broadcast could not be kept')
  }
}

function placeOf(cursor: string): HistoryPosition {
  const [, startedAt, id] = /^(\d{1,15})\.(.{1,100})$/.exec(positionOf('broadcasts', cursor)) ?? []
  if (startedAt === undefined || id === undefined) {
    throw new InvalidFieldError('cursor', 'not a cursor of this list; begin again without one')
  }
  return { startedAtMs: Number(startedAt), id }
}
