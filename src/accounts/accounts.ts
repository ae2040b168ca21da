import type { Log } from '../base/log.ts'
import type { Audit } from './audit.ts'
import type { Channels } from './channels/channels.ts'
import { type MemberStore, Members } from './channels/members.ts'
import { Invitations } from './people/invitations.ts'
import type { Mailer } from './people/mail.ts'
import { type MadeLink, OneTimeLinks } from './people/one-time-links.ts'
import { People } from './people/people.ts'
import type { DeviceStore, LinkStore, PersonStore, SigningKeyStore } from './people/person-store.ts'
import { PersonalData, type PersonalRecords } from './people/personal-data.ts'
import { AccessTokens } from './sign-in/access-tokens.ts'
import { type ApiTokenStore, ApiTokens } from './sign-in/api-tokens.ts'
import { Credentials } from './sign-in/credentials.ts'
import { Devices } from './sign-in/devices.ts'
import type { Argon2Cost } from './sign-in/password-hash.ts'
import { Passwords } from './sign-in/passwords.ts'
import { RefreshTokens } from './sign-in/refresh-tokens.ts'
import { Revocations } from './sign-in/revocations.ts'
import { SignIn } from './sign-in/sign-in.ts'
import { SignInAttempts } from './sign-in/sign-in-attempts.ts'
import { SigningKeys } from './sign-in/signing-keys.ts'
import { Vault } from './vault.ts'

/** What accounts need of the configuration; named as there. It may change while the server runs: read it when it matters. */
export type AuthSettings = {
  readonly signUp: 'open' | 'invitation' | 'closed'
  readonly accessMinutes: number
  readonly refreshDays: number
  /** `server.publicUrl` */
  readonly publicUrl?: string | undefined
}

export type AccountsOptions = {
  readonly store: {
    readonly people: PersonStore
    readonly devices: DeviceStore
    readonly links: LinkStore
    readonly signingKeys: SigningKeyStore
    readonly members: MemberStore
    readonly apiTokens: ApiTokenStore
  }
  readonly channels: Channels
  readonly audit: Audit
  readonly mailer: Mailer
  /** What is kept of people elsewhere; asked when somebody takes it along or leaves. */
  readonly records: () => readonly PersonalRecords[]
  readonly settings: AuthSettings
  /** `Secrets.keySecret` */
  readonly keySecret: Uint8Array
  /** `auth.secretKey`; undefined: secrets are sealed under `keySecret` */
  readonly secretKey: string | undefined
  readonly log: Log
  /** Tests make it small. */
  readonly passwordCost?: Argon2Cost
}

/** All that concerns people and how they prove who they are, joined together. */
export class Accounts {
  readonly settings: AuthSettings
  readonly vault: Vault
  readonly keys: SigningKeys
  readonly access: AccessTokens
  readonly devices: Devices
  readonly passwords: Passwords
  readonly people: People
  readonly links: OneTimeLinks
  readonly attempts = new SignInAttempts()
  readonly signIn: SignIn
  readonly members: Members
  readonly invitations: Invitations
  readonly credentials: Credentials
  readonly tokens: ApiTokens
  readonly data: PersonalData

  constructor(options: AccountsOptions) {
    const { store, settings, keySecret, secretKey, channels, mailer, audit, log, passwordCost } = options
    this.settings = settings
    this.vault = secretKey === undefined ? new Vault(keySecret) : new Vault(Buffer.from(secretKey), keySecret)
    this.keys = new SigningKeys({ store: store.signingKeys, vault: this.vault, log })
    const accessLifeMs = () => settings.accessMinutes * 60_000
    const revocations = new Revocations(accessLifeMs)
    this.access = new AccessTokens({
      keys: this.keys,
      revocations,
      issuer: () => settings.publicUrl ?? 'streamhost',
      lifeMs: accessLifeMs,
    })
    this.devices = new Devices({
      store: store.devices,
      people: store.people,
      access: this.access,
      refresh: new RefreshTokens(keySecret),
      revocations,
      refreshLifeMs: () => settings.refreshDays * 24 * 3600_000,
      accessLifeMs,
    })
    this.passwords = new Passwords(log, passwordCost)
    this.people = new People({ store: store.people, passwords: this.passwords, devices: this.devices })
    this.links = new OneTimeLinks(store.links)
    this.signIn = new SignIn({
      ...{ store: store.people, passwords: this.passwords, devices: this.devices, attempts: this.attempts, log },
    })
    const publicUrl = () => settings.publicUrl
    const { people, links, passwords, vault, devices } = this
    this.members = new Members({ store: store.members, channels, people })
    this.invitations = new Invitations({ links, channels, people, members: this.members, mailer, publicUrl })
    this.credentials = new Credentials({ people, links, passwords, mailer, vault, publicUrl, log })
    this.tokens = new ApiTokens(store.apiTokens, log)
    this.data = new PersonalData({
      ...{ store: store.people, devices, tokens: this.tokens, members: this.members, audit },
      records: options.records,
    })
    devices.onChanged((personId) => this.tokens.forget(personId))
  }

  /** @throws UnavailableError */
  async start(): Promise<void> {
    await this.devices.start()
  }

  async stop(): Promise<void> {
    this.devices.stop()
    await this.credentials.settled()
    await this.passwords.stop()
  }

  /** While there is nobody: a link by which the first admin makes an account; earlier ones are worth nothing. */
  async firstAdminLink(): Promise<MadeLink | undefined> {
    if ((await this.people.count()) > 0) return undefined
    return this.links.make({ purpose: 'first-admin', role: 'admin' })
  }
}
