import { z } from 'zod'
import { Channel } from './channel.ts'
import { EMAIL_LENGTH, PASSWORD_MAX, PASSWORD_MIN, PERSON_NAME_LENGTH } from './people-limits.ts'

/** Lists are paged by cursors; one that is always whole says so in the same way. */
const wholeList = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), nextCursor: z.null() })

/** What a person may do on the whole server; who owns or moderates a channel is kept with the channel. */
export const PersonRole = z.enum(['viewer', 'streamer', 'admin'])
export type PersonRole = z.infer<typeof PersonRole>

/** Of a person in one channel: an owner may all that the others may. */
export const ChannelRole = z.enum(['owner', 'streamer', 'moderator'])
export type ChannelRole = z.infer<typeof ChannelRole>

/** As it is typed; whether mail arrives there only a mail can tell. */
export const Email = z
  .string()
  .trim()
  .max(EMAIL_LENGTH)
  .regex(/^[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]{1,190}$/u, {
    error: 'a mail address such as anna@example.org',
  })

/** A new one; what else is asked of it, the server says. */
export const NewPassword = z
  .string()
  .min(PASSWORD_MIN, { error: `a password has at least ${PASSWORD_MIN} characters` })
  .max(PASSWORD_MAX, { error: `a password has at most ${PASSWORD_MAX} characters` })

export const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(PERSON_NAME_LENGTH * 4)

/** Who is signed in, as they see themselves. */
export const SessionPerson = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  role: PersonRole,
})
export type SessionPerson = z.infer<typeof SessionPerson>

/** Who is asking; `GET /api/v1/session`. */
export const Session = z.object({
  role: z.enum(['public', 'viewer', 'streamer', 'admin']),
  /** Null: nobody, or the admin token, which is no person. */
  person: SessionPerson.nullable(),
  /** When `POST /api/v1/session/refresh` should be called at the latest; null: there is nothing to refresh. */
  expiresAt: z.iso.datetime().nullable(),
  /** Nobody is signed in now, but this browser was: a refresh may bring them back. */
  renewable: z.boolean(),
})
export type Session = z.infer<typeof Session>

const Password = z.string().min(1).max(PASSWORD_MAX)

export const SignIn = z.union([
  z.strictObject({ token: z.string().trim().min(1).max(200) }),
  z.strictObject({ email: z.string().trim().min(1).max(EMAIL_LENGTH), password: Password }),
])
export type SignIn = z.infer<typeof SignIn>

/** The secret of a one-time link: what stands behind `#t=`. */
export const LinkToken = z.string().trim().min(1).max(200)

export const SignUp = z.strictObject({
  email: Email,
  name: PersonName,
  password: NewPassword,
  /** Of an invitation, or of the link by which the first admin is made. */
  invitation: LinkToken.optional(),
})
export type SignUp = z.infer<typeof SignUp>

export const AccessToken = z.object({ accessToken: z.string(), expiresAt: z.iso.datetime() })

/** What a one-time link is for, to be shown before it is used. */
export const LinkLook = z.object({
  purpose: z.enum(['first-admin', 'invitation', 'verify-email', 'reset-password']),
  /** Null: any. */
  email: z.string().nullable(),
  /** That the person gets; null: as they have it. */
  role: PersonRole.nullable(),
  /** Who invites; null: nobody in particular. */
  from: z.string().nullable(),
  /** The channel that comes with it. */
  channel: z.object({ slug: z.string(), title: z.string(), role: ChannelRole }).nullable(),
  expiresAt: z.iso.datetime(),
})
export type LinkLook = z.infer<typeof LinkLook>

/** A person as admins see them. */
export const Person = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  role: PersonRole,
  disabled: z.boolean(),
  createdAt: z.iso.datetime(),
  /** When they last signed in, or were signed in; null: never. */
  lastSeenAt: z.iso.datetime().nullable(),
})
export type Person = z.infer<typeof Person>
export const PersonList = z.object({ items: z.array(Person), nextCursor: z.string().nullable() })

export const NewPerson = z.strictObject({
  email: Email,
  name: PersonName,
  role: PersonRole.default('viewer'),
  /** Left out: they can sign in once they, or you, set one. */
  password: NewPassword.optional(),
})
export type NewPerson = z.infer<typeof NewPerson>

/** What is left out stays. */
export const PersonChange = z.strictObject({ role: PersonRole.optional(), disabled: z.boolean().optional() })
export type PersonChange = z.infer<typeof PersonChange>

/** Somebody who belongs to a channel. */
export const ChannelMember = z.object({
  person: z.object({ id: z.string(), name: z.string() }),
  role: ChannelRole,
  since: z.iso.datetime(),
})
export type ChannelMember = z.infer<typeof ChannelMember>
export const ChannelMemberList = wholeList(ChannelMember)

/** People whom the owner of a channel meets already, to be made members. */
export const KnownPerson = z.object({ id: z.string(), name: z.string() })
export type KnownPerson = z.infer<typeof KnownPerson>
export const KnownPersonList = wholeList(KnownPerson)

/** A channel that the person who asks belongs to. */
export const YourChannel = z.object({ channel: Channel, role: ChannelRole })
export type YourChannel = z.infer<typeof YourChannel>
export const YourChannelList = wholeList(YourChannel)

/** What a program may do with an API token; never more than its person may. */
export const Scope = z.enum([
  'read', // whatever is there to read
  'channels', // make and change channels, their keys and members
  'chat', // write and moderate
  'admin', // what admins may, if the person is one
])
export type Scope = z.infer<typeof Scope>

export const ApiToken = z.object({
  id: z.string(),
  label: z.string(),
  scopes: z.array(Scope),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
})
export type ApiToken = z.infer<typeof ApiToken>
export const ApiTokenList = wholeList(ApiToken)

export const NewApiToken = z.strictObject({
  /** What it is for. */
  label: z.string().trim().min(1).max(60),
  scopes: z.array(Scope).min(1).max(4),
  /** Null: it never ends. */
  days: z.int().min(1).max(3650).nullable(),
})

/** The one answer that ever contains the token. */
export const ApiTokenWithToken = z.object({ apiToken: ApiToken, token: z.string() })

/** What is kept of oneself. */
export const You = SessionPerson.extend({
  /** BCP 47, of mail; null: English. */
  locale: z.string().nullable(),
  hasPassword: z.boolean(),
  createdAt: z.iso.datetime(),
})
export type You = z.infer<typeof You>

/** What is left out stays. */
export const YouChange = z.strictObject({
  name: PersonName.optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
    .max(35)
    .nullable()
    .optional(),
})

/** An invitation that is good. */
export const Invitation = z.object({
  id: z.string(),
  /** Null: whoever has the link. */
  email: z.string().nullable(),
  role: PersonRole,
  channel: z.object({ slug: z.string(), title: z.string(), role: ChannelRole }).nullable(),
  /** Who invites; null: the command line, or the admin token. */
  from: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})
export type Invitation = z.infer<typeof Invitation>
export const InvitationList = wholeList(Invitation)

export const NewInvitation = z.strictObject({
  email: Email.optional(),
  role: PersonRole.default('viewer'),
  channel: z.strictObject({ slug: z.string().max(64), role: ChannelRole }).optional(),
})

/** An invitation into a channel, by who owns it. */
export const NewChannelInvitation = z.strictObject({ email: Email, role: ChannelRole })

/** The one answer that ever contains the link: whole when the server knows its own address, else only what stands behind that. */
export const InvitationWithLink = z.object({ invitation: Invitation, link: z.string(), mailed: z.boolean() })

/** Where somebody is signed in. */
export const Device = z.object({
  id: z.string(),
  /** Browser and system in short words, as they said of themselves. */
  agent: z.string(),
  /** Of IPv6 the network. */
  address: z.string(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  /** It is the one that asks. */
  current: z.boolean(),
})
export type Device = z.infer<typeof Device>
export const DeviceList = wholeList(Device)

/** Where somebody is signed in, as admins see it of everybody. */
export const PersonDevice = Device.extend({ person: z.object({ id: z.string(), name: z.string(), role: PersonRole }) })
export type PersonDevice = z.infer<typeof PersonDevice>
export const PersonDeviceList = z.object({ items: z.array(PersonDevice), nextCursor: z.string().nullable() })
