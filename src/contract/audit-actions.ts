/** What the audit log tells of; without the schemas, so that a page can have it without their library. */
export const AUDIT_ACTIONS = [
  'session.begin',
  'session.refuse', // a wrong token
  'session.end',
  'admin-token.rotate',
  'config.reload',
  'channel.create',
  'channel.rename',
  'channel.key.rotate',
  'channel.end', // the broadcast, by hand
  'channel.delete',
  'chat.message.remove',
  'chat.message.restore',
  'chat.restriction.add',
  'chat.restriction.lift',
  'chat.room.change',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]
