import { z } from 'zod'
import { choice, count, fromFile, section } from '../kinds.ts'

const Mail = section('Mail to people: invitations, and links that prove an address or set a new password.', {
  url: z
    .string()
    .regex(/^smtps?:\/\/[^\s/]+\/?$/, { error: 'smtp://user:password@mail.example.org:587, or smtps://… for port 465' })
    .optional()
    .meta({
      description:
        'The SMTP server that takes it: `smtp://user:password@host:587` (STARTTLS where it is offered), `smtps://…` for TLS from the start. None: no mail is sent, links are shown to who makes them.',
      example: 'smtp://live:password@mail.example.org:587',
      secret: true,
    }),
  from: z
    .string()
    .regex(/^([^<>\r\n"]{1,80} )?<?[^\s@<>"]{1,64}@[^\s@<>"]{1,190}>?$/, {
      error: 'a mail address, or StreamHost <live@example.org>',
    })
    .optional()
    .meta({ description: 'Whom mail comes from.', example: 'StreamHost <live@example.org>' }),
})

export const Auth = section('Accounts and signing in.', {
  signUp: choice('open', 'invitation', 'closed').default('invitation').meta({
    description:
      'Who may make an account: everybody, who was invited, or nobody but admins for others. `open` needs `server.publicUrl`, and should have `auth.mail`: without it addresses are not proved, and one that is taken shows.',
    reload: 'at once',
  }),
  accessMinutes: count(1, 60).default(10).meta({
    description: 'How long a proof of who somebody is holds before it is renewed; pages do so by themselves.',
    reload: 'at once',
  }),
  refreshDays: count(1, 365).default(30).meta({
    description: 'Who doesn’t come for so many days must sign in again.',
    reload: 'at once',
  }),
  secretKey: z
    .string()
    .min(32)
    .max(1000)
    .optional()
    .meta({
      description:
        'Under it secrets are encrypted in the database, so that a stolen copy of the data directory opens nothing. None: under one in `secrets.json`, which lies beside it.',
      example: fromFile('/run/secrets/streamhost-key'),
      secret: true,
      reload: 'restart',
    }),
  mail: Mail.meta({ reload: 'at once' }),
})
