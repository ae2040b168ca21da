import { words } from '../words/chat.ts'
import type { ChatView } from './chat-room.ts'
import { untilTime } from './times.ts'

/** Why this person may neither write nor react now, in words; null: they may. `nowMs`: the server's clock. */
export function whyNot({ me, room }: ChatView, nowMs: number): string | null {
  const { note } = words.chat
  if (room?.mode === 'off') return note.off
  if (me?.banned) return note.banned
  if (me?.quietUntilMs != null && me.quietUntilMs > nowMs) return note.quiet(untilTime(me.quietUntilMs, nowMs))
  if (room !== null && !room.guests && me?.role === 'guest') return note.signIn
  if (room?.writers === 'followers' && me?.role === 'member' && !me.follows) return note.followers
  return null
}
