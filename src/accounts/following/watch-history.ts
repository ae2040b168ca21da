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
  readonly channelId: string
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
  /** Of each person, by broadcast. */
  readonly #open = new Map<string, Map<string, Open>>()
  #opened = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(store: WatchStore, log: Log, nowMs: () => number = Date.now) {
    this.#store = store
    this.#log = log
    this.#now = nowMs
  }

  /** A player of this person plays this broadcast. */
  heard(personId: string, channelId: string, broadcastId: string): void {
    const nowMs = this.#now()
    const theirs = this.#open.get(personId) ?? new Map<string, Open>()
    const open = theirs.get(broadcastId)
    if (open === undefined) {
      if (this.#opened >= MOST_WATCHING) return
      this.#opened++
      this.#open.set(personId, theirs.set(broadcastId, { channelId, fromMs: nowMs, toMs: nowMs, watchedMs: 0 }))
    } else {
      const step = nowMs - open.toMs
      if (step > 0 && step <= LONGEST_STEP_MS) open.watchedMs += step
      open.toMs = Math.max(open.toMs, nowMs)
    }
    this.#timer ??= setTimeout(() => void this.write(), WRITE_MS).unref()
  }

  /** A page, last watched first, up to this moment. @throws InvalidFieldError for a cursor of another list */
  async list(personId: string, limit: number, cursor?: string): Promise<WatchedPage> {
    if (cursor === undefined) await this.#writeOf(personId)
    const found = await this.#store.list(personId, limit + 1, cursor === undefined ? undefined : placeOf(cursor))
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('watched', `${last.lastMs} ${last.broadcastId}`) : undefined }
  }

  /** @throws NotFoundError */
  async remove(personId: string, broadcastId: string): Promise<void> {
    await this.#writeOf(personId)
    this.#close(personId, broadcastId)
    if (!(await this.#store.remove(personId, broadcastId))) throw new NotFoundError('you did not watch this')
  }

  async clear(personId: string): Promise<void> {
    await this.#writeOf(personId)
    for (const broadcastId of [...(this.#open.get(personId)?.keys() ?? [])]) this.#close(personId, broadcastId)
    await this.#store.clear(personId)
  }

  /** For the person themselves. */
  records(): PersonalRecords {
    const store = this.#store
    const write = (personId: string) => this.#writeOf(personId)
    return {
      name: 'watched',
      async *read(personId) {
        await write(personId)
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
    const steps = [...this.#open.keys()].flatMap((personId) => this.#stepsOf(personId))
    if (steps.length === 0) return
    this.#writing = this.#add(steps).finally(() => {
      this.#writing = undefined
      if (this.#opened > 0) this.#timer ??= setTimeout(() => void this.write(), WRITE_MS).unref()
    })
    await this.#writing
  }

  /** Writes what waits of one person, who asks for it. */
  async #writeOf(personId: string): Promise<void> {
    await this.#writing
    const steps = this.#stepsOf(personId)
    if (steps.length > 0) await this.#add(steps)
  }

  /** What came of one person since it was asked last. */
  #stepsOf(personId: string): WatchStep[] {
    const nowMs = this.#now()
    return [...(this.#open.get(personId) ?? [])].map(([broadcastId, open]) => {
      const { channelId, fromMs, toMs, watchedMs } = open
      const seconds = Math.floor(watchedMs / 1000)
      open.watchedMs -= seconds * 1000
      if (nowMs - toMs > LONGEST_STEP_MS) this.#close(personId, broadcastId)
      return { personId, channelId, broadcastId, fromMs, toMs, seconds }
    })
  }

  async #add(steps: readonly WatchStep[]): Promise<void> {
    try {
      await this.#store.add(steps, MOST_KEPT)
    } catch (error) {
      this.#log.warn({ people: steps.length, error: messageOf(error) }, 'what people watched could not be kept')
    }
  }

  #close(personId: string, broadcastId: string): void {
    const theirs = this.#open.get(personId)
    if (theirs?.delete(broadcastId)) this.#opened--
    if (theirs?.size === 0) this.#open.delete(personId)
  }

  /** Call it before the store stops. */
  async close(): Promise<void> {
    await this.write()
    clearTimeout(this.#timer)
    this.#open.clear()
    this.#opened = 0
  }
}

function placeOf(cursor: string): WatchedPosition {
  const [, lastMs, broadcastId] = /^(\d{1,15}) ([\w-]{1,100})$/.exec(positionOf('watched', cursor)) ?? []
  if (lastMs === undefined || broadcastId === undefined)
    throw new InvalidFieldError('cursor', 'not a cursor of this list')
  return { lastMs: Number(lastMs), broadcastId }
}
