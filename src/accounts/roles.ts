/** Who may do what on the whole server, from nobody to everything. Each role may do all that those before it may; who may what in one channel is kept with the channel. */
export const ROLES = ['public', 'viewer', 'streamer', 'admin'] as const
export type Role = (typeof ROLES)[number]

export function atLeast(role: Role, wanted: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(wanted)
}
