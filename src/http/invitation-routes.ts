import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { MadeInvitation, NewInvitationInput } from '../accounts/people/invitations.ts'
import type { FoundLink } from '../accounts/people/person-store.ts'
import { operations } from '../contract/operations.ts'
import type { Invitation } from '../contract/people.ts'
import { actorOf } from './audit-routes.ts'
import { languageOf } from './sign-up-routes.ts'
import { personOf } from './your-person.ts'

export type InvitationRoutesOptions = {
  readonly accounts: Accounts
  readonly publicUrl: () => string | undefined
  readonly audit: Audit
}

const LISTED = 100

/** Asking people to come: admins anywhere, owners into their channel. */
export const invitationRoutes: FastifyPluginAsyncZod<InvitationRoutesOptions> = async (app, options) => {
  const { accounts, publicUrl, audit } = options
  const { invitations } = accounts
  const config = { access: 'admin' } as const

  const made = ({ invitation, path, mailed }: MadeInvitation) => ({
    // Never by what the request calls us: the link would lead where whoever sent it wants.
    ...{ invitation: invitationView(invitation), link: `${publicUrl() ?? ''}${path}`, mailed },
  })

  app.get('/api/v1/invitations', { config, schema: operations['GET /api/v1/invitations'] }, async (_, reply) => {
    reply.header('cache-control', 'no-store')
    return { items: (await invitations.list(LISTED)).map(invitationView), nextCursor: null }
  })

  app.post(
    '/api/v1/invitations',
    { config, schema: operations['POST /api/v1/invitations'] },
    async (request, reply) => {
      const input: NewInvitationInput = {
        ...{ ...request.body, from: request.identity.person?.name, locale: languageOf(request) },
      }
      const answer = await invitations.make(input)
      const { email, role, channel } = answer.invitation
      const subject = `${email ?? 'whoever has the link'}: ${role}`
      audit.record({ ...actorOf(request), action: 'invitation.create', channel: channel?.slug, subject })
      return reply.code(201).header('cache-control', 'no-store').send(made(answer))
    },
  )

  app.delete(
    '/api/v1/invitations/:id',
    { config, schema: operations['DELETE /api/v1/invitations/:id'] },
    async (request, reply) => {
      const { email } = await invitations.withdraw(request.params.id)
      const subject = email ?? 'whoever has the link'
      audit.record({ ...actorOf(request), action: 'invitation.withdraw', subject })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/v1/invitations/accept',
    { config: { access: 'signed-in' }, schema: operations['POST /api/v1/invitations/accept'] },
    async (request) => {
      const person = await personOf(request, accounts)
      const { channel } = await invitations.accept(request.body.token, person)
      audit.record({ ...actorOf(request), action: 'invitation.accept', channel: channel?.slug })
      return { channel: channel?.slug ?? null }
    },
  )

  app.post(
    '/api/v1/channels/:slug/invitations',
    { config: { access: 'channel-owner' }, schema: operations['POST /api/v1/channels/:slug/invitations'] },
    async (request, reply) => {
      const { slug } = request.params
      const { email, role } = request.body
      const from = request.identity.person?.name
      // On the server itself they become no more than a viewer: that is the admins' to give.
      const answer = await invitations.make({
        ...{ email, role: 'viewer', channel: { slug, role }, from, locale: languageOf(request) },
      })
      audit.record({ ...actorOf(request), action: 'invitation.create', channel: slug, subject: `${email}: ${role}` })
      return reply.code(201).header('cache-control', 'no-store').send(made(answer))
    },
  )
}

function invitationView({
  id,
  email,
  role,
  channel,
  channelRole,
  from,
  createdAtMs,
  expiresAtMs,
}: FoundLink): Invitation {
  return {
    ...{ id, email, role: role ?? 'viewer', from },
    channel:
      channel === null || channelRole === null ? null : { slug: channel.slug, title: channel.title, role: channelRole },
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
}
