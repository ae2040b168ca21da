import { z } from 'zod'
import { bytes, choice, count, fromFile, path, section } from '../kinds.ts'

export const Storage = section('Where the server keeps its data.', {
  dataDir: path().default('./data').meta({
    description: 'Everything the server writes is in this directory. One server per directory.',
    reload: 'restart',
  }),
  minFreeBytes: bytes().prefault('5 GiB').meta({
    description:
      'Below this much free disk the rewind windows shrink, then nothing is kept for rewinding or a restart; the live never stops.',
    reload: 'at once',
  }),
})

export const Database = section('The database.', {
  url: z
    .string()
    .regex(/^(sqlite|postgres(ql)?:\/\/\S+)$/, { error: '`sqlite` or postgres://user:password@host/name' })
    .default('sqlite')
    .meta({
      description: '`sqlite` is a file in the data directory; else `postgres://…`.',
      effect: 'later',
      secret: true,
    }),
})

export const Bus = section('How several servers talk to each other.', {
  url: z
    .string()
    .regex(/^(local|rediss?:\/\/\S+)$/, { error: '`local` or redis://host:6379' })
    .default('local')
    .meta({ description: '`local` for one server; else `redis://…`.', effect: 'later', secret: true }),
})

export const Chat = section('Chat beside the picture.', {
  enabled: z.boolean().default(true).meta({ description: 'Channels have a chat.' }),
  guests: z.boolean().default(true).meta({ description: 'People who are not signed in may write.' }),
  guestName: z
    .string()
    .trim()
    .min(1)
    .max(20)
    .default('Guest')
    .meta({ description: 'What somebody is called who gave no name; a number is added.' }),
  reservedNames: z
    .array(z.string().trim().min(1).max(32))
    .max(1000)
    .default([])
    .meta({
      description:
        'Names that no guest may have or look like, besides words such as admin and moderator, the server’s name and the channel’s title.',
      example: ['Pastor Anna'],
    }),
  history: count(0, 200).default(50).meta({ description: 'Messages that are shown on joining.' }),
  slowSeconds: count(1, 3600).default(10).meta({
    description: 'In slow mode each person writes once in so many seconds, unless a moderator chose another.',
  }),
  keepDays: count(1, 36_500)
    .default(90)
    .meta({ description: 'Messages are forgotten after so many days; the addresses they came from after 14 at most.' }),
}).meta({ reload: 'at once' })

export const Monetization = section('Giving and payments.', {})
export const Notifications = section('Push, mail and hooks.', {})
export const Cluster = section('Several servers as one.', {})

export const Observability = section('Logs and metrics.', {
  log: section('What the server says while it runs.', {
    level: choice('off', 'error', 'warn', 'info', 'debug').default('info').meta({
      description: 'The least important lines that are written.',
    }),
    format: choice('auto', 'text', 'json').default('auto').meta({
      description: '`text` for people, `json` for machines; `auto` is text on a terminal.',
    }),
  }),
  metrics: section('Prometheus metrics at `/metrics`.', {
    token: z
      .string()
      .min(16)
      .optional()
      .meta({
        description: 'Bearer token that opens `/metrics` to others than this machine.',
        example: fromFile('/run/secrets/metrics'),
        secret: true,
      }),
  }),
}).meta({ reload: 'at once' })
