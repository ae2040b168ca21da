import { randomBytes } from 'node:crypto'
import { NotFoundError } from '../../base/errors.ts'
import type { ChannelRole, PersonRole } from '../../contract/people.ts'
import { newId } from '../new-id.ts'
import { tokenHash } from '../sign-in/admin-access.ts'
import type { FoundLink, LinkPurpose, LinkRecord, LinkStore } from './person-store.ts'

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

/** How long each kind is good. */
const LIFE_MS: Readonly<Record<LinkPurpose, number>> = {
  'first-admin': 7 * DAY_MS,
  invitation: 14 * DAY_MS,
  'verify-email': 2 * DAY_MS,
  'reset-password': HOUR_MS,
}

/** The page that takes each kind; the secret stands behind `#`, which browsers send to nobody. */
const PAGES: Readonly<Record<LinkPurpose, string>> = {
  'first-admin': '/invitation',
  invitation: '/invitation',
  'verify-email': '/verify',
  'reset-password': '/reset',
}

export type NewLink = {
  readonly purpose: LinkPurpose
  readonly email?: string | undefined
  readonly personId?: string | undefined
  readonly role?: PersonRole | undefined
  readonly channel?: { readonly id: string; readonly role: ChannelRole } | undefined
  readonly from?: string | undefined
  /** What it makes, sealed. */
  readonly content?: string | undefined
}

/** A link just made: the only time its secret is told. */
export type MadeLink = {
  readonly link: LinkRecord
  /** To be put behind the server's own address: `/invitation#t=…` */
  readonly path: string
}

/** Links that are good once, by 256 random bits that nobody keeps. */
export class OneTimeLinks {
  readonly #store: LinkStore

  constructor(store: LinkStore) {
    this.#store = store
  }

  /** One for the same purpose and person (or address) that was made before is worth nothing from now on. */
  async make({ purpose, email, personId, role, channel, from, content }: NewLink): Promise<MadeLink> {
    const secret = randomBytes(32).toString('base64url')
    const createdAtMs = Date.now()
    const link: LinkRecord = {
      ...{ id: newId('l'), hash: tokenHash(secret), purpose, email: email ?? null, personId: personId ?? null },
      ...{ role: role ?? null, channelId: channel?.id ?? null, channelRole: channel?.role ?? null, from: from ?? null },
      ...{ content: content ?? null, createdAtMs, expiresAtMs: createdAtMs + LIFE_MS[purpose] },
    }
    await this.#store.create(link, email !== undefined || personId !== undefined || purpose === 'first-admin')
    return { link, path: `${PAGES[purpose]}#t=${secret}` }
  }

  /** Without using it. @throws NotFoundError: used, over, or never made */
  async look(secret: string): Promise<FoundLink> {
    const found = await this.#store.find(tokenHash(secret), Date.now())
    if (found === undefined) throw over()
    return found
  }

  /** Only one caller ever gets it. @throws NotFoundError */
  async use(secret: string, purpose: LinkPurpose): Promise<LinkRecord> {
    const used = await this.#store.use(tokenHash(secret), purpose, Date.now())
    if (used === undefined) throw over()
    return used
  }

  /** Newest first, those still good. */
  list(purpose: LinkPurpose, limit: number): Promise<readonly FoundLink[]> {
    return this.#store.list(purpose, limit, Date.now())
  }

  /** @throws NotFoundError */
  async withdraw(id: string, purpose: LinkPurpose): Promise<LinkRecord> {
    const link = await this.#store.remove(id, purpose)
    if (link === undefined) throw over()
    return link
  }

  /** Forgets those that are over. */
  prune(): Promise<void> {
    return this.#store.prune(Date.now())
  }
}

function over(): NotFoundError {
  return new NotFoundError('this link is over: it was used already, or is too old')
}
