import type { ChannelRole, PersonRole } from '../../contract/people.ts'

/** What is kept of a person. */
export type PersonRecord = {
  /** Opaque; stays whatever else changes. */
  readonly id: string
  readonly name: string
  /** As it was typed. */
  readonly email: string
  readonly emailVerified: boolean
  readonly role: PersonRole
  /** A PHC string; null: nobody can sign in by password. */
  readonly passwordHash: string | null
  /** BCP 47; null: as the browser says. */
  readonly locale: string | null
  readonly createdAtMs: number
  readonly lastSeenAtMs: number | null
  /** Null: they may sign in. */
  readonly disabledAtMs: number | null
  /** Access tokens from before are worth nothing: what they say of the person is no longer so. */
  readonly tokensSinceMs: number
}

/** What is left out stays. */
export type PersonChanges = Partial<Omit<PersonRecord, 'id' | 'createdAtMs'>>

export type PersonFilter = {
  /** In names and e-mail addresses, whatever the case. */
  readonly query?: string | undefined
  readonly role?: PersonRole | undefined
}

/** A place in the list of people, which is newest first. */
export type PersonPosition = { readonly createdAtMs: number; readonly id: string }

/** Keeps people. Every method throws UnavailableError when the store doesn't answer. */
export type PersonStore = {
  /**
   * Makes a person, and uses up the link that allowed it, or neither; a channel that the link names gets a member.
   * @param emailKey see `emailKey` @param linkHash of a link that must still be there
   */
  create(
    person: PersonRecord,
    emailKey: string,
    linkHash: string | null,
  ): Promise<'created' | 'email-taken' | 'link-used'>
  byId(id: string): Promise<PersonRecord | undefined>
  byEmailKey(emailKey: string): Promise<PersonRecord | undefined>
  /** Newest first, those behind `after`. */
  list(limit: number, after: PersonPosition | undefined, filter: PersonFilter): Promise<readonly PersonRecord[]>
  /**
   * @param emailKey of the new address, where it changes
   * @returns what the person is now; undefined: nobody of this id; `last-admin`: nobody else who may sign in would be one
   */
  change(
    id: string,
    changes: PersonChanges,
    emailKey?: string,
  ): Promise<PersonRecord | 'last-admin' | 'email-taken' | undefined>
  /** With all that is kept of them. */
  remove(id: string): Promise<'removed' | 'last-admin' | undefined>
  count(): Promise<number>
  /** Those whose `tokensSinceMs` is not before this moment. */
  tokensChanged(sinceMs: number): Promise<readonly { readonly id: string; readonly tokensSinceMs: number }[]>
}

/** Where somebody is signed in. */
export type DeviceRecord = {
  readonly id: string
  readonly personId: string
  readonly agent: string
  readonly address: string
  readonly createdAtMs: number
  readonly lastUsedAtMs: number
  /** When it must be signed in anew. */
  readonly endsAtMs: number
}

/** With whose it is. */
export type PersonDeviceRecord = DeviceRecord & { readonly person: Pick<PersonRecord, 'id' | 'name' | 'role'> }

/** A place in the list of all devices. */
export type DevicePosition = { readonly lastUsedAtMs: number; readonly id: string }

export type Seen = { readonly address: string; readonly agent: string; readonly atMs: number }

/** What presenting a refresh token came to. `again`: the one just before, so shortly after that both are answered alike. */
export type Rotation =
  | { readonly outcome: 'rotated' | 'again'; readonly device: DeviceRecord; readonly person: PersonRecord }
  /** It was used long ago: somebody else has it. The device is ended. */
  | { readonly outcome: 'reused'; readonly device: DeviceRecord; readonly person: PersonRecord }
  | { readonly outcome: 'ended' }

/** Keeps devices. Every method throws UnavailableError when the store doesn't answer. */
export type DeviceStore = {
  /** Beyond `most` of a person, those that were used longest ago end. @returns the ids of those */
  create(device: DeviceRecord, refreshHash: string, most: number): Promise<readonly string[]>
  /** Those that are signed in, last used first. */
  list(personId: string, nowMs: number): Promise<readonly DeviceRecord[]>
  /** Those of everybody that are signed in, last used first, behind `after`. */
  listAll(limit: number, after: DevicePosition | undefined, nowMs: number): Promise<readonly PersonDeviceRecord[]>
  rotate(
    id: string,
    hash: string,
    next: { readonly hash: string; readonly endsAtMs: number },
    seen: Seen,
    graceMs: number,
  ): Promise<Rotation>
  /** @param ids of the person's devices; undefined: all of them @returns those that were signed in till now */
  end(
    personId: string,
    ids: readonly string[] | undefined,
    except: string | undefined,
    nowMs: number,
  ): Promise<readonly string[]>
  /** @returns whose it was; undefined: it wasn't signed in */
  endById(id: string, nowMs: number): Promise<string | undefined>
  /** Ended not before this moment. */
  ended(sinceMs: number): Promise<readonly { readonly id: string; readonly endedAtMs: number }[]>
  /** Forgets those that ended before this moment. */
  prune(beforeMs: number): Promise<void>
}

export type LinkPurpose = 'first-admin' | 'invitation' | 'verify-email' | 'reset-password'

/** What is kept of a one-time link: never its secret. */
export type LinkRecord = {
  readonly id: string
  /** SHA-256 of the secret, in hex. */
  readonly hash: string
  readonly purpose: LinkPurpose
  /** Whom it is for; null: whoever has it. */
  readonly email: string | null
  /** Whose address is proved, or whose password may be set. */
  readonly personId: string | null
  /** That the new person gets. */
  readonly role: PersonRole | null
  readonly channelId: string | null
  readonly channelRole: ChannelRole | null
  /** Who made it, as they were called then; null: the command line or the server itself. */
  readonly from: string | null
  /** What it makes, sealed; null: nothing. */
  readonly content: string | null
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** With what its channel is called now. */
export type FoundLink = LinkRecord & { readonly channel: { readonly slug: string; readonly title: string } | null }

/** Keeps one-time links. Every method throws UnavailableError when the store doesn't answer. */
export type LinkStore = {
  /** @param instead those of the same purpose for the same person, or (without one) address, are worth nothing any more */
  create(link: LinkRecord, instead: boolean): Promise<void>
  find(hash: string, nowMs: number): Promise<FoundLink | undefined>
  /** Takes it away: only one caller ever gets it. */
  use(hash: string, purpose: LinkPurpose, nowMs: number): Promise<LinkRecord | undefined>
  /** Newest first. */
  list(purpose: LinkPurpose, limit: number, nowMs: number): Promise<readonly FoundLink[]>
  remove(id: string, purpose: LinkPurpose): Promise<LinkRecord | undefined>
  prune(nowMs: number): Promise<void>
}

/** A key that signs access tokens. */
export type SigningKeyRecord = {
  /** `kid` */
  readonly id: string
  /** The private JWK, sealed by the `Vault`. */
  readonly sealed: string
  readonly createdAtMs: number
}

/** Keeps signing keys. Every method throws UnavailableError when the store doesn't answer. */
export type SigningKeyStore = {
  /** Newest first. */
  list(): Promise<readonly SigningKeyRecord[]>
  add(key: SigningKeyRecord): Promise<void>
  remove(ids: readonly string[]): Promise<void>
}
