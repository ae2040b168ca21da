import { z } from 'zod'
import { REACTIONS } from './chat-limits.ts'

/** Who wrote: `guest` until accounts come, `host` for who holds the channel's stream key, `moderator` and `admin` by role. */
export const ChatRole = z.enum(['guest', 'member', 'host', 'moderator', 'admin'])
export type ChatRole = z.infer<typeof ChatRole>

/** A person in a room. `id` is opaque, the same for every message of a person in this channel, and no secret. */
export const ChatPerson = z.object({ id: z.string(), name: z.string(), role: ChatRole })
export type ChatPerson = z.infer<typeof ChatPerson>

/** One message as everybody sees it. Text is text: whoever shows it must not read markup in it. */
export const ChatMessage = z.object({
  /** Of this channel, growing by one for each message, over broadcasts and restarts: pages order and resume by it. */
  seq: z.int().positive(),
  from: ChatPerson,
  text: z.string(),
  at: z.iso.datetime(),
  /** The message that it answers; left out: none. Its text is where that message is, so that one that was removed is nowhere. */
  replyTo: z.object({ seq: z.int().positive(), from: ChatPerson.pick({ id: true, name: true }) }).optional(),
})
export type ChatMessage = z.infer<typeof ChatMessage>

export const Reaction = z.enum(REACTIONS)
export type Reaction = z.infer<typeof Reaction>

/** How many of each kind since the last message of this kind. */
export const ReactionCounts = z.partialRecord(Reaction, z.int().positive())
export type ReactionCounts = z.infer<typeof ReactionCounts>

/** Who may write, besides those with a role in the channel: everybody, who has an account, or who follows the channel. */
export const ChatWriters = z.enum(['everybody', 'members', 'followers'])
export type ChatWriters = z.infer<typeof ChatWriters>

/** `open`: all who may write do; `slow`: each once in `slowSeconds`; `off`: nobody. */
export const RoomMode = z.object({
  mode: z.enum(['open', 'slow', 'off']),
  slowSeconds: z.int().min(1).max(3600),
  writers: ChatWriters,
  /** Whether people who are not signed in may write: `chat.guests`, and `writers` is everybody. */
  guests: z.boolean(),
})
export type RoomMode = z.infer<typeof RoomMode>

/** Why something was not taken. `retryAfterMs` and `until` say when it may be tried again. */
export const ChatRefusal = z.enum([
  'off', // the chat of this channel is switched off
  'sign-in', // guests may not write
  'followers', // only who follows the channel may write
  'name', // the name is empty, too long, or looks like somebody with a role
  'empty',
  'too-long',
  'slow', // slow mode
  'rate', // too many in a short time
  'quiet', // timed out by a moderator
  'banned',
  'gone', // what it answers was removed, or is no longer kept
])
export type ChatRefusal = z.infer<typeof ChatRefusal>

/** Page to server. Whatever else comes closes the connection with 1008; too many of any kind do so too. */
export const ClientMessage = z.discriminatedUnion('type', [
  /**
   * First of all, if the page wants chat. `token`: what an earlier `welcome` gave, so that a guest stays the same person over
   * reconnects and visits. `after`: the newest `seq` the page has, to be sent only what it missed.
   */
  z.strictObject({
    type: z.literal('join'),
    name: z.string().max(200).optional(),
    token: z.string().max(200).optional(),
    after: z.int().min(0).optional(),
  }),
  z.strictObject({ type: z.literal('rename'), name: z.string().max(200) }),
  /** `id`: the page's own number, sent back in `said` or `refused`. */
  z.strictObject({
    type: z.literal('say'),
    id: z.int().min(0),
    text: z.string().max(4000),
    /** The `seq` of the message that it answers, one of those that a page is sent when it joins. */
    replyTo: z.int().positive().optional(),
  }),
  z.strictObject({ type: z.literal('react'), kind: Reaction }),
  /** The heartbeat of a player that plays, every HEARTBEAT_SECONDS; `player` is random and made anew for every page load. `playing: false`: it stopped. */
  z.strictObject({ type: z.literal('watching'), player: z.string().regex(/^[\w-]{8,40}$/), playing: z.boolean() }),
])
export type ClientMessage = z.infer<typeof ClientMessage>

/** Server to page, beside the channel's state. */
export const ChatServerMessage = z.discriminatedUnion('type', [
  /** Answer to `join`. */
  z.object({
    type: z.literal('welcome'),
    you: ChatPerson.extend({
      /** Secret: to be the same person next time. */
      token: z.string(),
      /** May remove, time out, ban and change the mode. */
      moderates: z.boolean(),
      /** Follows the channel. */
      follows: z.boolean(),
      /** Until when this person may not write; null: may. `forever` is a ban. */
      quietUntil: z.iso.datetime().nullable(),
      banned: z.boolean(),
    }),
    room: RoomMode,
    /** The newest messages, or with `after` those that were missed; oldest first. */
    messages: z.array(ChatMessage),
    /** False: more was missed than is kept; the page shows `messages` in place of what it has. */
    resumed: z.boolean(),
    /** Highest `seq` so far; 0: none. */
    seq: z.int().min(0),
  }),
  /** Batched: oldest first, without holes but for removed ones. */
  z.object({ type: z.literal('messages'), messages: z.array(ChatMessage) }),
  z.object({ type: z.literal('said'), id: z.int(), seq: z.int() }),
  z.object({
    type: z.literal('refused'),
    /** Of the `say`; null for others. */
    id: z.int().nullable(),
    reason: ChatRefusal,
    retryAfterMs: z.int().nullable(),
    until: z.iso.datetime().nullable(),
  }),
  /** Removed from sight; after a `welcome` also what was removed while the page was away. `restored` undoes it. */
  z.object({ type: z.literal('removed'), seqs: z.array(z.int()) }),
  z.object({ type: z.literal('restored'), messages: z.array(ChatMessage) }),
  z.object({ type: z.literal('room'), room: RoomMode }),
  /** What concerns this person alone: timed out, banned, or free again; they follow the channel now, or no more. */
  z.object({
    ...{ type: z.literal('you'), name: z.string(), follows: z.boolean() },
    ...{ quietUntil: z.iso.datetime().nullable(), banned: z.boolean() },
  }),
  z.object({ type: z.literal('reactions'), counts: ReactionCounts }),
  /** Players that play, at most once in 2 s and only when it changed. */
  z.object({ type: z.literal('viewers'), count: z.int() }),
])
export type ChatServerMessage = z.infer<typeof ChatServerMessage>

/*
 * Moderation, by the API: all for moderators and admins, each action in the audit log, each answer with what undoes it.
 *   GET    /api/v1/channels/:slug/chat/messages?limit=&cursor=&person=   newest first (moderators see removed ones too)
 *   DELETE /api/v1/channels/:slug/chat/messages/:seq                     · POST …/:seq/restore
 *   POST   /api/v1/channels/:slug/chat/restrictions  NewRestriction      · GET … (those in force) · DELETE …/:id
 *   GET    /api/v1/channels/:slug/chat/room · PATCH … RoomMode's mode and slowSeconds
 *   GET    /api/v1/audit?limit=&cursor=                                  admins
 */
export const NewRestriction = z.strictObject({
  /** `ChatPerson.id` */
  person: z.string().max(100),
  kind: z.enum(['quiet', 'ban']),
  /** For `quiet`; a ban lasts until it is lifted. */
  seconds: z
    .int()
    .min(10)
    .max(30 * 24 * 3600)
    .optional(),
  /** A ban covers the address the person was last seen at as well. */
  address: z.boolean().default(false),
  /** Their messages are removed as well. */
  removeMessages: z.boolean().default(false),
  reason: z.string().trim().max(300).optional(),
})
export type NewRestriction = z.infer<typeof NewRestriction>

export const Restriction = z.object({
  id: z.string(),
  person: ChatPerson,
  kind: z.enum(['quiet', 'ban']),
  address: z.boolean(),
  until: z.iso.datetime().nullable(),
  at: z.iso.datetime(),
  by: z.string(),
  reason: z.string().nullable(),
})
export type Restriction = z.infer<typeof Restriction>
export const RestrictionList = z.object({ items: z.array(Restriction), nextCursor: z.string().nullable() })

/** A message as moderators see it. */
export const ModeratedMessage = ChatMessage.extend({
  removedAt: z.iso.datetime().nullable(),
  removedBy: z.string().nullable(),
})
export const ModeratedMessageList = z.object({ items: z.array(ModeratedMessage), nextCursor: z.string().nullable() })

export const RoomChange = z.strictObject({
  mode: RoomMode.shape.mode.optional(),
  slowSeconds: RoomMode.shape.slowSeconds.optional(),
  writers: ChatWriters.optional(),
})
export type RoomChange = z.infer<typeof RoomChange>
