/** Who may do what, from nobody to everything. Each role may do all that those before it may. */
export const ROLES = ['public', 'viewer', 'streamer', 'moderator', 'admin'] as const
export type Role = (typeof ROLES)[number]

export function atLeast(role: Role, wanted: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(wanted)
}
