import { z } from 'zod'

/** One thing that an admin or a moderator did. */
export const AuditEntry = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** Who: a person’s name, or `admin` for the admin token, `public` for who was refused. */
  actor: z.string(),
  /** The person’s `id`; null: none, or nobody in particular. */
  person: z.string().nullable(),
  /** The address it came from, or `local` for the command line on the box. */
  address: z.string(),
  /** One of AUDIT_ACTIONS; a string here, as entries outlive the versions that wrote them. */
  action: z.string(),
  channel: z.string().nullable(),
  /** What it was done to, in words that stay true when the thing is gone. */
  subject: z.string().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>
export const AuditList = z.object({ items: z.array(AuditEntry), nextCursor: z.string().nullable() })
export type AuditList = z.infer<typeof AuditList>
