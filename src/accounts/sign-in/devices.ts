import { cursorOf, positionOf } from '../../base/cursor.ts'
import { NotFoundError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import { newId } from '../new-id.ts'
import type {
  DevicePosition,
  DeviceRecord,
  DeviceStore,
  PersonDeviceRecord,
  PersonRecord,
  PersonStore,
} from '../people/person-store.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Revocations } from './revocations.ts'

/** Of one person; the one that was used longest ago makes room. */
const MOST_DEVICES = 50
const MAX_AGENT = 80
/** Two tabs, or a page that lost the answer, show the same refresh token: so long both get the same next one. */
const GRACE_MS = 30_000
const PRUNE_EVERY_MS = 3600_000

/** From where somebody signs in. */
export type Where = { readonly address: string; readonly agent: string }

/** What a browser gets: short proof and long one. */
export type Grant = {
  readonly person: PersonRecord
  readonly deviceId: string
  readonly access: { readonly token: string; readonly expiresAtMs: number }
  readonly refresh: { readonly token: string; readonly endsAtMs: number }
}

/** @see Devices.accessAgain; the device itself ends later than the token */
export type AccessAgain = Pick<Grant, 'access'> & { readonly endsAtMs: number }

export type PersonDevicePage = {
  readonly items: readonly PersonDeviceRecord[]
  readonly nextCursor: string | undefined
}

/** @param deviceIds where they were signed out; undefined: what they are has changed everywhere */
export type ChangeListener = (personId: string, deviceIds: readonly string[] | undefined) => void

/** What a refresh came to. */
export type Refreshed =
  | { readonly outcome: 'good'; readonly grant: Grant }
  | { readonly outcome: 'ended' }
  /** A token that was used before: the device has ended. */
  | { readonly outcome: 'reused'; readonly person: PersonRecord; readonly device: DeviceRecord }

export type DevicesOptions = {
  readonly store: DeviceStore
  readonly people: Pick<PersonStore, 'tokensChanged' | 'change'>
  readonly access: AccessTokens
  readonly refresh: RefreshTokens
  readonly revocations: Revocations
  readonly refreshLifeMs: () => number
  readonly accessLifeMs: () => number
  readonly nowMs?: () => number
}

/** Where people are signed in: each device has a refresh token that changes with every use, and ends by hand or when it is old. */
export class Devices {
  readonly #options: DevicesOptions
  readonly #now: () => number
  readonly #listeners = new Set<ChangeListener>()
  #pruner: NodeJS.Timeout | undefined

  constructor(options: DevicesOptions) {
    this.#options = options
    this.#now = options.nowMs ?? Date.now
  }

  /** Reads what ended lately, so that it has ended for us too. @throws UnavailableError */
  async start(): Promise<void> {
    const { store, people, revocations, accessLifeMs } = this.#options
    const since = this.#now() - 2 * accessLifeMs()
    for (const { id, endedAtMs } of await store.ended(since)) revocations.endDevice(id, endedAtMs)
    for (const { id, tokensSinceMs } of await people.tokensChanged(since)) revocations.endTokensOf(id, tokensSinceMs)
    this.#pruner = setInterval(() => void this.#prune(), PRUNE_EVERY_MS).unref()
    void this.#prune()
  }

  stop(): void {
    clearInterval(this.#pruner)
  }

  /** Told whose standing changed or who was signed out somewhere. @returns the undo */
  onChanged(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Signs a person in. @throws UnavailableError */
  async begin(person: PersonRecord, { address, agent }: Where): Promise<Grant> {
    const { store, refresh, refreshLifeMs } = this.#options
    const nowMs = this.#now()
    const device: DeviceRecord = {
      ...{ id: newId('d'), personId: person.id, agent: agent.slice(0, MAX_AGENT), address },
      ...{ createdAtMs: nowMs, lastUsedAtMs: nowMs, endsAtMs: nowMs + refreshLifeMs() },
    }
    const { token, hash } = refresh.first(device.id)
    for (const id of await store.create(device, hash, MOST_DEVICES)) this.#options.revocations.endDevice(id, nowMs)
    await this.#options.people.change(person.id, { lastSeenAtMs: nowMs })
    return this.#grant(person, device, token)
  }

  /** @param token as the browser shows it @throws UnavailableError */
  async refresh(token: string, { address, agent }: Where): Promise<Refreshed> {
    const { store, refresh, refreshLifeMs, revocations } = this.#options
    const read = refresh.read(token)
    if (read === undefined) return { outcome: 'ended' }
    const nowMs = this.#now()
    const next = refresh.next(read)
    const seen = { address, agent: agent.slice(0, MAX_AGENT), atMs: nowMs }
    const found = await store.rotate(
      read.deviceId,
      read.hash,
      { hash: next.hash, endsAtMs: nowMs + refreshLifeMs() },
      seen,
      GRACE_MS,
    )
    if (found.outcome === 'ended') return found
    const { person, device } = found
    if (found.outcome === 'reused') {
      revocations.endDevice(device.id, nowMs)
      this.#tell(person.id, [device.id])
      return { outcome: 'reused', person, device }
    }
    if (person.disabledAtMs !== null) return { outcome: 'ended' }
    return { outcome: 'good', grant: await this.#grant(person, device, next.token) }
  }

  /** An access token of its own for a device that is signed in. @throws UnavailableError */
  access(person: PersonRecord, deviceId: string): Promise<Grant['access']> {
    return this.#options.access.sign(person, deviceId)
  }

  /** Whether we made this refresh token, whatever became of it. */
  isOurs(token: string | undefined): boolean {
    return token !== undefined && this.#options.refresh.read(token) !== undefined
  }

  /** Ends the device whose refresh token this is, whichever of its tokens. @returns false: it is none of ours */
  async endByRefresh(token: string): Promise<boolean> {
    const read = this.#options.refresh.read(token)
    if (read === undefined) return false
    const { store, revocations } = this.#options
    const nowMs = this.#now()
    const ended = await store.endById(read.deviceId, nowMs)
    if (ended === undefined) return false
    revocations.endDevice(read.deviceId, nowMs)
    this.#tell(ended, [read.deviceId])
    return true
  }

  /** Last used first. */
  list(personId: string): Promise<readonly DeviceRecord[]> {
    return this.#options.store.list(personId, this.#now())
  }

  /** Everybody's, last used first. @param cursor the `nextCursor` of the page before @throws InvalidFieldError when it is none of ours */
  async listAll(limit: number, cursor: string | undefined): Promise<PersonDevicePage> {
    const after = cursor === undefined ? undefined : placeOf(cursor)
    const found = await this.#options.store.listAll(limit + 1, after, this.#now())
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('devices', `${last.lastUsedAtMs}:${last.id}`) : undefined }
  }

  /** At once. @throws NotFoundError when the person isn't signed in there */
  async end(personId: string, deviceId: string): Promise<void> {
    if ((await this.#end(personId, [deviceId])).length === 0) throw new NotFoundError('there is no such device')
  }

  /** @param except stays signed in */
  async endAll(personId: string, except?: string): Promise<number> {
    return (await this.#end(personId, undefined, except)).length
  }

  /** What access tokens say of this person is no longer so. */
  tokensChanged({ id, tokensSinceMs }: PersonRecord): void {
    this.#options.revocations.endTokensOf(id, tokensSinceMs)
    this.#tell(id)
  }

  /** The access token of a device once more, after what the old one said has changed. @returns undefined: they are signed in there no more */
  async accessAgain(person: PersonRecord, deviceId: string): Promise<AccessAgain | undefined> {
    const device = (await this.list(person.id)).find(({ id }) => id === deviceId)
    if (device === undefined) return undefined
    return { access: await this.#options.access.sign(person, deviceId), endsAtMs: device.endsAtMs }
  }

  async #end(personId: string, ids: readonly string[] | undefined, except?: string): Promise<readonly string[]> {
    const { store, revocations } = this.#options
    const nowMs = this.#now()
    const ended = await store.end(personId, ids, except, nowMs)
    for (const id of ended) revocations.endDevice(id, nowMs)
    if (ended.length > 0) this.#tell(personId, ended)
    return ended
  }

  async #grant(person: PersonRecord, device: DeviceRecord, token: string): Promise<Grant> {
    const access = await this.#options.access.sign(person, device.id)
    return { person, deviceId: device.id, access, refresh: { token, endsAtMs: device.endsAtMs } }
  }

  #tell(personId: string, deviceIds?: readonly string[]): void {
    for (const listener of this.#listeners) listener(personId, deviceIds)
  }

  async #prune(): Promise<void> {
    await this.#options.store.prune(this.#now() - 2 * this.#options.accessLifeMs()).catch(() => undefined)
  }
}

function placeOf(cursor: string): DevicePosition {
  const [, lastUsedAtMs, id] = /^(\d{1,15}):([\w-]{1,100})$/.exec(positionOf('devices', cursor)) ?? []
  if (lastUsedAtMs === undefined || id === undefined) {
    throw new InvalidFieldError('cursor', 'not a cursor of this list; begin again without one')
  }
  return { lastUsedAtMs: Number(lastUsedAtMs), id }
}
