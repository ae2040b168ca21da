import { NotFoundError, RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { ChannelRole, PersonRole } from '../../contract/people.ts'
import type { ChannelRecord } from '../channels/channel-store.ts'
import type { Channels } from '../channels/channels.ts'
import type { Members } from '../channels/members.ts'
import { tokenHash } from '../sign-in/admin-access.ts'
import { emailKey } from './email-key.ts'
import type { Mailer } from './mail.ts'
import type { OneTimeLinks } from './one-time-links.ts'
import type { People } from './people.ts'
import type { FoundLink, LinkRecord, PersonRecord } from './person-store.ts'

/** Those that are good at a time. */
const MOST = 1000

export type NewInvitationInput = {
  readonly email?: string | undefined
  readonly role: PersonRole
  readonly channel?: { readonly slug: string; readonly role: ChannelRole } | undefined
  /** Who invites. */
  readonly from: string | undefined
  /** Of the mail. */
  readonly locale: string | null
}

export type MadeInvitation = {
  readonly invitation: FoundLink
  /** Behind the server's address. */
  readonly path: string
  readonly mailed: boolean
}

export type InvitationsOptions = {
  readonly links: OneTimeLinks
  readonly channels: Pick<Channels, 'get'>
  readonly people: People
  readonly members: Members
  readonly mailer: Mailer
  /** Where links lead; undefined: it isn't known, and nothing is sent. */
  readonly publicUrl: () => string | undefined
}

/** Who was asked to come, as what, and what becomes of it. */
export class Invitations {
  readonly #options: InvitationsOptions

  constructor(options: InvitationsOptions) {
    this.#options = options
  }

  /** @throws NotFoundError for the channel; RefusedError LIMIT; InvalidFieldError */
  async make({ email, role, channel: wanted, from, locale }: NewInvitationInput): Promise<MadeInvitation> {
    const { links, channels, mailer, publicUrl } = this.#options
    const channel = wanted === undefined ? undefined : await channels.get(wanted.slug)
    if ((await links.list('invitation', MOST)).length >= MOST) {
      throw new RefusedError('LIMIT', `there are ${MOST} invitations already: withdraw some`)
    }
    const { link, path } = await links.make({
      ...{ purpose: 'invitation', email: email === undefined ? undefined : email.trim(), role, from },
      channel: channel === undefined || wanted === undefined ? undefined : { id: channel.id, role: wanted.role },
    })
    const invitation: FoundLink = { ...link, channel: channel === undefined ? null : channel }
    const at = publicUrl()
    const mailed = mailer.isSetUp && at !== undefined && email !== undefined
    if (mailed) {
      const told = channel === undefined || wanted === undefined ? null : { title: channel.title, role: wanted.role }
      mailer.send(
        { email: email.trim(), locale },
        { kind: 'invitation', from: from ?? null, channel: told, link: `${at}${path}` },
      )
    }
    return { invitation, path, mailed }
  }

  list(limit: number): Promise<readonly FoundLink[]> {
    return this.#options.links.list('invitation', limit)
  }

  /** @throws NotFoundError */
  withdraw(id: string): Promise<LinkRecord> {
    return this.#options.links.withdraw(id, 'invitation')
  }

  /**
   * Who has an account already takes what an invitation gives beside one: its channel, and a higher role.
   * @throws NotFoundError when it is over; RefusedError FORBIDDEN when it is for another address
   */
  async accept(secret: string, person: PersonRecord): Promise<{ readonly channel: ChannelRecord | undefined }> {
    const { links, people, members, channels } = this.#options
    const found = await links.look(secret)
    if (found.purpose !== 'invitation') throw new NotFoundError('this link is for something else')
    mustBeFor(found, person.email)
    const { role, channelRole } = await links.use(secret, 'invitation')
    if (role !== null && higher(role, person.role)) await people.change(person.id, { role })
    if (found.channel === null || channelRole === null) return { channel: undefined }
    const channel = await channels.get(found.channel.slug)
    const now = await members.roleIn(channel.slug, person.id)
    // Who owns it isn't made less by an old invitation.
    if (now !== 'owner') await members.set(channel.slug, person.id, channelRole, true)
    return { channel }
  }

  /** Makes the account that an invitation, or the first run, allows. @throws as `People.create` and `accept` */
  async signUp(
    secret: string,
    { email, name, password }: { readonly email: string; readonly name: string; readonly password: string },
    isOpen: boolean,
  ): Promise<PersonRecord> {
    const { links, people } = this.#options
    const link = await links.look(secret)
    if (link.purpose !== 'invitation' && link.purpose !== 'first-admin') {
      throw new NotFoundError('this link is for something else')
    }
    if (!isOpen && link.purpose !== 'first-admin') {
      throw new RefusedError('FORBIDDEN', 'nobody can make an account here at present')
    }
    mustBeFor(link, email)
    return people.create({
      ...{ email, name, password, role: link.role ?? 'viewer', linkHash: tokenHash(secret) },
      // The link came by mail, or from who knows the address.
      emailVerified: link.email !== null,
    })
  }
}

function mustBeFor({ email }: LinkRecord, shown: string): void {
  if (email === null || emailKey(email) === emailKey(shown)) return
  throw new InvalidFieldError('email', 'this invitation is for another e-mail address')
}

const ORDER: readonly PersonRole[] = ['viewer', 'streamer', 'admin']

function higher(role: PersonRole, than: PersonRole): boolean {
  return ORDER.indexOf(role) > ORDER.indexOf(than)
}
