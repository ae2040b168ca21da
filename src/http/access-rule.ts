import type { Role } from '../accounts/roles.ts'
import type { ChannelRole } from '../contract/people.ts'

/**
 * Who may use a route. `loopback-or-token`: this machine, the metrics token, or an admin. `admin-or-channel-key`: who may
 * broadcast in the channel: as `channel-streamer`, or who has the stream key of the channel that the address names (`Authorization: Bearer sk_…`). `signed-in`: any person,
 * as it is about themselves: not the admin token, which is nobody.
 */
export type Access = Role | 'signed-in' | ChannelRule | 'loopback-or-token' | 'admin-or-channel-key'

/** Who has this role in the channel that the address names; its owners have them all, and admins need none. */
export type ChannelRule = `channel-${ChannelRole}`
