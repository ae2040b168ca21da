import type { Audit } from '../audit.ts'
import type { Members } from '../channels/members.ts'
import type { ApiTokens } from '../sign-in/api-tokens.ts'
import type { Devices } from '../sign-in/devices.ts'
import { lastAdmin } from './people.ts'
import type { PersonRecord, PersonStore } from './person-store.ts'

/** Something that is kept of people elsewhere than in their account: theirs to take along and to delete. */
export type PersonalRecords = {
  /** Its name in the export. */
  readonly name: string
  /** All of it, in pieces. */
  read(personId: string): AsyncIterable<readonly unknown[]>
  /** It is gone, also from what is shown now. */
  remove(personId: string): Promise<void>
}

export type PersonalDataOptions = {
  readonly store: Pick<PersonStore, 'remove'>
  readonly devices: Devices
  readonly tokens: ApiTokens
  readonly members: Members
  readonly audit: Audit
  readonly records: () => readonly PersonalRecords[]
}

/** All that is kept of a person: shown to them in one file, and forgotten when they leave. */
export class PersonalData {
  readonly #options: PersonalDataOptions

  constructor(options: PersonalDataOptions) {
    this.#options = options
  }

  /** One JSON object, in pieces of text: what is long is never in memory as a whole. */
  async *export(person: PersonRecord): AsyncGenerator<string> {
    const { devices, tokens, members, audit, records } = this.#options
    const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
    const { id, name, email, emailVerified, role, locale, createdAtMs, lastSeenAtMs } = person
    const account = {
      ...{ id, name, email, emailVerified, role, locale, hasPassword: person.passwordHash !== null },
      ...{ createdAt: time(createdAtMs), lastSeenAt: time(lastSeenAtMs) },
    }
    const deviceList = (await devices.list(id)).map(({ agent, address, createdAtMs, lastUsedAtMs }) => ({
      ...{ agent, address, createdAt: time(createdAtMs), lastUsedAt: time(lastUsedAtMs) },
    }))
    const tokenList = (await tokens.list(id)).map(({ label, scopes, createdAtMs, expiresAtMs, lastUsedAtMs }) => ({
      ...{ label, scopes, createdAt: time(createdAtMs), expiresAt: time(expiresAtMs), lastUsedAt: time(lastUsedAtMs) },
    }))
    const channels = (await members.ofPerson(id)).map(({ channel, role }) => ({ channel: channel.slug, role }))
    const head = { exportedAt: time(Date.now()), account, devices: deviceList, tokens: tokenList, channels }
    yield JSON.stringify(head).slice(0, -1)
    yield* listed('audit', audit.ofPerson(id))
    for (const each of records()) yield* listed(each.name, each.read(id))
    yield '}\n'
  }

  /** The person leaves: what is theirs goes. @throws RefusedError CONFLICT for the last admin */
  async remove(person: PersonRecord): Promise<void> {
    const { store, devices, tokens, audit, records } = this.#options
    if ((await store.remove(person.id)) === 'last-admin') throw lastAdmin()
    tokens.forget(person.id)
    await devices.endAll(person.id)
    for (const each of records()) await each.remove(person.id)
    await audit.anonymise(person.id)
  }
}

async function* listed(name: string, pieces: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  yield `,${JSON.stringify(name)}:[`
  let first = true
  for await (const piece of pieces) {
    if (piece.length === 0) continue
    const text = piece.map((item) => JSON.stringify(item)).join(',')
    yield first ? text : `,${text}`
    first = false
  }
  yield ']'
}
