import type { Access } from '../access-rule.ts'
import type { ProblemKind } from '../problem-kinds.ts'

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

/** Any one of these will do; an empty one means that nothing is needed. */
export function securityOf(access: Access): readonly Requirement[] {
  switch (access) {
    case 'public':
      return []
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
