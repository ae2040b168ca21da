/** What the audit log tells of; without the schemas, so that a page can have it without their library. */
export const AUDIT_ACTIONS = [
  'session.begin',
  'session.refuse', // a wrong token
  'session.end',
  'session.slow', // so many failures that the account is slowed
  'session.reuse', // a refresh token that was used before: the device has ended
  'person.create',
  'person.sign-up',
  'person.change',
  'person.password',
  'person.sign-out', // of one or all devices
  'person.email',
  'person.delete',
  'person.export',
  'invitation.create',
  'invitation.withdraw',
  'invitation.accept',
  'api-token.create',
  'api-token.remove',
  'admin-token.rotate',
  'config.reload',
  'channel.create',
  'channel.rename',
  'channel.change', // what is told of it; the subject says what
  'channel.picture.put', // the subject: poster or logo
  'channel.picture.remove',
  'channel.key.add',
  'channel.key.rename',
  'channel.key.rotate', // without a subject: all keys became one
  'channel.key.revoke',
  'channel.end', // the broadcast, by hand
  'channel.delete',
  'channel.member.set',
  'channel.member.remove',
  'channel.broadcast.delete', // what was told of it
  'chat.message.remove',
  'chat.message.restore',
  'chat.restriction.add',
  'chat.restriction.lift',
  'chat.room.change',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]
