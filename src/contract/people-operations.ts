import { z } from 'zod'
import { NOTHING, type Operation, Page } from './operation.ts'
import {
  AccessToken,
  ChannelMemberList,
  ChannelRole,
  DeviceList,
  LinkLook,
  LinkToken,
  NewPassword,
  NewPerson,
  Person,
  PersonChange,
  PersonList,
  PersonRole,
  Session,
  SignIn,
  SignUp,
  YourChannelList,
} from './people.ts'

const PersonParams = z.object({ id: z.string().max(100).describe('The person’s `id`.') })

const SlugParams = z.object({ slug: z.string().describe('The channel’s name in addresses.') })
const MemberParams = SlugParams.extend({ personId: z.string().max(100) })

/** What people and sessions are asked with; part of `operations`. */
export const peopleOperations = {
  'GET /api/v1/session': {
    summary: 'Who is asking',
    tags: ['session'],
    response: { 200: Session },
  },
  'POST /api/v1/session': {
    summary: 'Sign in',
    description:
      'By e-mail address and password, or by the admin token. For browsers: the answer sets cookies that scripts can’t read. Programs use an API token, or send the admin token itself as `Authorization: Bearer`. Whatever is wrong, the answer is the same. Who fails is slowed down, by address and by account.',
    tags: ['session'],
    body: SignIn,
    response: { 200: Session },
    problems: ['unauthorized', 'limit'],
  },
  'POST /api/v1/session/refresh': {
    summary: 'Go on being signed in',
    description:
      'By the refresh cookie, which is another one afterwards: each is good once (and 30 s more, for tabs that ask at the same time). One that was used before ends the session, as somebody else has it.',
    tags: ['session'],
    response: { 200: Session },
    problems: ['unauthorized', 'limit'],
  },
  'DELETE /api/v1/session': {
    summary: 'Sign out',
    tags: ['session'],
    response: { 204: NOTHING },
  },
  'POST /api/v1/session/access-token': {
    summary: 'A bearer token for a program beside the browser',
    description:
      'A JWT (RFC 7519) as short-lived as the session’s own; its key is among `/.well-known/jwks.json`. It ends with the session.',
    tags: ['session'],
    response: { 200: AccessToken },
  },
  'POST /api/v1/sign-up': {
    summary: 'Make an account',
    description:
      'Who has an invitation is signed in by the answer (201). Else the server says 202 and writes to the address, whether or not it is known already.',
    tags: ['people'],
    body: SignUp,
    response: { 201: Session, 202: z.object({ mailed: z.literal(true) }) },
    problems: ['forbidden', 'conflict', 'limit'],
  },
  'POST /api/v1/one-time-links/look': {
    summary: 'What a one-time link is for',
    description: 'It is not used by that. One that was used, or is over, is not found.',
    tags: ['people'],
    body: z.strictObject({ token: LinkToken }),
    response: { 200: LinkLook },
    problems: ['not-found', 'limit'],
  },
  'GET /api/v1/people': {
    summary: 'List people',
    description: 'Newest first, page by page. `query` finds in names and e-mail addresses.',
    tags: ['people'],
    querystring: Page.extend({ query: z.string().trim().max(100).optional(), role: PersonRole.optional() }),
    response: { 200: PersonList },
  },
  'POST /api/v1/people': {
    summary: 'Make a person',
    tags: ['people'],
    body: NewPerson,
    response: { 201: Person },
    problems: ['conflict', 'limit'],
  },
  'GET /api/v1/people/:id': {
    summary: 'One person',
    tags: ['people'],
    params: PersonParams,
    response: { 200: Person },
  },
  'PATCH /api/v1/people/:id': {
    summary: 'Change what a person may do',
    description: 'In force at once, wherever they are signed in. The last admin stays one.',
    tags: ['people'],
    params: PersonParams,
    body: PersonChange,
    response: { 200: Person },
    problems: ['conflict'],
  },
  'PUT /api/v1/people/:id/password': {
    summary: 'Set a person’s password',
    description: 'They are signed out everywhere.',
    tags: ['people'],
    params: PersonParams,
    body: z.strictObject({ password: NewPassword }),
    response: { 204: NOTHING },
    problems: ['limit'],
  },
  'GET /api/v1/people/:id/devices': {
    summary: 'Where a person is signed in',
    tags: ['people'],
    params: PersonParams,
    response: { 200: DeviceList },
  },
  'DELETE /api/v1/people/:id/devices/:deviceId': {
    summary: 'Sign a person out of one device',
    description: 'At once.',
    tags: ['people'],
    params: PersonParams.extend({ deviceId: z.string().max(100) }),
    response: { 204: NOTHING },
  },
  'GET /api/v1/you/channels': {
    summary: 'Channels that you belong to',
    description: 'With your role in each: `owner`, `streamer` or `moderator`.',
    tags: ['people'],
    response: { 200: YourChannelList },
  },
  'GET /api/v1/channels/:slug/members': {
    summary: 'Who belongs to a channel',
    description: 'Owners first, at most 500 in all.',
    tags: ['channels'],
    params: SlugParams,
    response: { 200: ChannelMemberList },
  },
  'PUT /api/v1/channels/:slug/members/:personId': {
    summary: 'Give somebody a role in a channel',
    description: 'In force at once. Who isn’t known by their `id` is invited: `POST /api/v1/invitations`.',
    tags: ['channels'],
    params: MemberParams,
    body: z.strictObject({ role: ChannelRole }),
    response: { 204: NOTHING },
    problems: ['conflict'],
  },
  'DELETE /api/v1/channels/:slug/members/:personId': {
    summary: 'Take somebody’s role in a channel away',
    description: 'At once. The last owner stays, unless an admin asks.',
    tags: ['channels'],
    params: MemberParams,
    response: { 204: NOTHING },
    problems: ['conflict'],
  },
} as const satisfies Record<string, Operation>
