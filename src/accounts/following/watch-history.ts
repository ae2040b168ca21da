import { cursorOf, positionOf } from '../../base/cursor.ts'
import { messageOf, NotFoundError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { Log } from '../../base/log.ts'
import { HEARTBEAT_SECONDS } from '../../contract/chat-limits.ts'
import type { PersonalRecords } from '../people/personal-data.ts'

/** Written so often: who watches waits for no disk. */
const WRITE_MS = 30_000
/** People who watch at the same time, and are remembered; beyond, the newest are not. */
const MOST_WATCHING = 100_000
/** Between two heartbeats nobody was away for longer than that; a longer silence isn't counted as watched. */
const LONGEST_STEP_MS = 2 * HEARTBEAT_SECONDS * 1000
const EXPORTED_AT_ONCE = 100
/** Of one person: the oldest make room. */
export const MOST_KEPT = 1000

/** What somebody watched of one broadcast. Times in ms since 1970. */
export type Watched = {
  readonly broadcastId: string
  readonly channel: { readonly slug: string; readonly title: string }
  readonly firstMs: number
  readonly lastMs: number
  /** How much of the time between a player of theirs played, seconds. */
  readonly seconds: number
}

export type WatchedPage = { readonly items: readonly Watched[]; readonly nextCursor: string | undefined }

/** What came since the last writing. */
export type WatchStep = {
  readonly personId: string
  readonly channelId: string
  readonly broadcastId: string
  readonly fromMs: number
  readonly toMs: number
  readonly seconds: number
}

/** Where a list goes on: entries last watched before that one. */
export type WatchedPosition = { readonly lastMs: number; readonly broadcastId: string }

/** Keeps who watched what. Every method throws UnavailableError when the store doesn't answer. */
export type WatchStore = {
  /** Adds to what is kept of these broadcasts; people or channels that are gone are passed over. */
  add(steps: readonly WatchStep[], mostOfOne: number): Promise<void>
  /** Last watched first. */
  list(personId: string, limit: number, before: WatchedPosition | undefined): Promise<readonly Watched[]>
  /** @returns false: there is no such entry */
  remove(personId: string, broadcastId: string): Promise<boolean>
  clear(personId: string): Promise<void>
}

type Open = {
  readonly personId: string
  readonly channelId: string
  readonly broadcastId: string
  fromMs: number
  toMs: number
  /** Not written yet. */
  watchedMs: number
}

/**
 * What people watched, from the heartbeats of their players: theirs alone to see and to delete. Several players of one person
 * at the same time are one.
 */
export class WatchHistory {
  readonly #store: WatchStore
  readonly #log: Log
  readonly #now: () => number
  readonly #open = new Map<string, Open>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(store: WatchStore, log: Log, nowMs: () => number = Date.now) {
    this.#store = store
    this.#log = log
    this.#now = nowMs
  }

  /** A player of this person plays this broadcast. */
  heard(personId: string, channelId: string, broadcastId: string): void {
    const key = `${personId}\0${broadcastId}`
    const nowMs = this.#now()
    const open = this.#open.get(key)
    if (open === undefined) {
      if (this.#open.size >= MOST_WATCHING) return
      this.#open.set(key, { personId, channelId, broadcastId, fromMs: nowMs, toMs: nowMs, watchedMs: 0 })
    } else {
      const step = nowMs - open.toMs
      if (step > 0 && step <= LONGEST_STEP_MS) open.watchedMs += step
      open.toMs = Math.max(open.toMs, nowMs)
    }
    this.#timer ??= setTimeout(() => void this.write(), WRITE_MS).unref()
  }

  /** A page, last watched first. @throws InvalidFieldError for a cursor of another list */
  async list(personId: string, limit: number, cursor?: string): Promise<WatchedPage> {
    const found = await this.#store.list(personId, limit + 1, cursor === undefined ? undefined : placeOf(cursor))
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('watched', `${last.lastMs} ${last.broadcastId}`) : undefined }
  }

  /** @throws NotFoundError */
  async remove(personId: string, broadcastId: string): Promise<void> {
    await this.write()
    this.#open.delete(`${personId}\0${broadcastId}`)
    if (!(await this.#store.remove(personId, broadcastId))) throw new NotFoundError('you did not watch this')
  }

  async clear(personId: string): Promise<void> {
    await this.write()
    for (const [key, open] of this.#open) if (open.personId === personId) this.#open.delete(key)
    await this.#store.clear(personId)
  }

  /** For the person themselves. */
  records(): PersonalRecords {
    const store = this.#store
    return {
      name: 'watched',
      async *read(personId) {
        let before: WatchedPosition | undefined
        do {
          const found = await store.list(personId, EXPORTED_AT_ONCE, before)
          yield found.map(({ channel, firstMs, lastMs, seconds }) => ({
            ...{ channel: channel.slug, seconds },
            ...{ first: new Date(firstMs).toISOString(), last: new Date(lastMs).toISOString() },
          }))
          before = found.length < EXPORTED_AT_ONCE ? undefined : found.at(-1)
        } while (before !== undefined)
      },
      remove: (personId) => this.clear(personId),
    }
  }

  /** Writes what waits, if the store answers. */
  async write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#writing
    const steps: WatchStep[] = []
    const nowMs = this.#now()
    for (const [key, open] of this.#open) {
      const { personId, channelId, broadcastId, fromMs, toMs, watchedMs } = open
      const seconds = Math.floor(watchedMs / 1000)
      steps.push({ personId, channelId, broadcastId, fromMs, toMs, seconds })
      open.watchedMs -= seconds * 1000
      if (nowMs - toMs > LONGEST_STEP_MS) this.#open.delete(key)
    }
    if (steps.length === 0) return
    this.#writing = this.#store
      .add(steps, MOST_KEPT)
      .catch((error: unknown) => {
        this.#log.warn({ people: steps.length, error: messageOf(error) }, 'what people watched could not be kept')
      })
      .finally(() => {
        this.#writing = undefined
        if (this.#open.size > 0) this.#timer ??= setTimeout(() => void this.write(), WRITE_MS).unref()
      })
    await this.#writing
  }

  /** Call it before the store stops. */
  async close(): Promise<void> {
    await this.write()
    clearTimeout(this.#timer)
    this.#open.clear()
  }
}

function placeOf(cursor: string): WatchedPosition {
  const [, lastMs, broadcastId] = /^(\d{1,15}) ([\w-]{1,100})$/.exec(positionOf('watched', cursor)) ?? []
  if (lastMs === undefined || broadcastId === undefined)
    throw new InvalidFieldError('cursor', 'not a cursor of this list')
  return { lastMs: Number(lastMs), broadcastId }
}
