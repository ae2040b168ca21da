import type { Access } from '../access-rule.ts'
import type { ProblemKind } from '../problem-kinds.ts'
import { scopeOf } from '../scopes.ts'

type Requirement = Readonly<Record<string, readonly string[]>>

/** How one can authenticate; `security` of operations names these. */
export const SECURITY_SCHEMES = {
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The admin token (`streamhost token` makes a new one): `Authorization: Bearer at_…`.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'streamhost_access',
    description: 'The cookie of who signed in with a browser. Writes must come from a page of this server.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'What `POST /api/v1/session/access-token` answers: `Authorization: Bearer eyJ…`.',
  },
  apiToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API token that a person made for a program: `Authorization: Bearer st_…`. It may do what its scopes name, and never more than the person; an operation names the scope it needs.',
  },
  streamKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'The stream key of the channel that the address names: `Authorization: Bearer sk_…`.',
  },
  metricsToken: {
    type: 'http',
    scheme: 'bearer',
    description: '`observability.metrics.token` of the configuration.',
  },
} as const

/** Any one of these will do; an empty one means that nothing is needed. What stands beside `apiToken` is the scope that it needs. */
export function securityOf(method: string, url: string, access: Access): readonly Requirement[] {
  if (access === 'public') return []
  const scope = scopeOf(method, url, access)
  const byToken = scope === undefined || scope === 'open' ? [] : [{ apiToken: [scope] }]
  return [...signedInBy(access), ...byToken]
}

function signedInBy(access: Access): readonly Requirement[] {
  switch (access) {
    case 'loopback-or-token':
      return [{ metricsToken: [] }, { adminToken: [] }, { session: [] }]
    case 'admin-or-channel-key':
      return [{ streamKey: [] }, { adminToken: [] }, { session: [] }, { accessToken: [] }]
    case 'signed-in':
      return [{ session: [] }, { accessToken: [] }]
    default:
      return [{ adminToken: [] }, { session: [] }, { accessToken: [] }]
  }
}

/** As a sentence. */
export function accessWords(access: Access): string {
  switch (access) {
    case 'public':
      return 'For everybody.'
    case 'loopback-or-token':
      return 'For this machine, the metrics token and admins.'
    case 'admin-or-channel-key':
      return 'For who may broadcast in the channel: its owners and streamers, who has its stream key, and admins.'
    case 'channel-owner':
      return 'For owners of the channel, and admins.'
    case 'channel-streamer':
      return 'For owners and streamers of the channel, and admins.'
    case 'channel-moderator':
      return 'For owners and moderators of the channel, and admins.'
    case 'signed-in':
      return 'For every person who is signed in, about themselves.'
    default:
      return `For ${access}s${access === 'admin' ? '' : ' and those who may more'}.`
  }
}

export function accessProblems(access: Access): readonly ProblemKind[] {
  if (access === 'public') return []
  return access === 'loopback-or-token' ? ['unauthorized'] : ['unauthorized', 'forbidden']
}
