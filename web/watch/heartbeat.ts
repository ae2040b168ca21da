import type { ClientMessage } from '../../src/contract/chat.ts'
import { HEARTBEAT_SECONDS } from '../../src/contract/chat-limits.ts'

/** The connection to the server, of which the heart needs little. */
type Line = {
  send(message: ClientMessage): unknown
  attach(listener: { opened(): void; closed(): void; message(): void }): () => void
}

/** Who stands still for less, because something is late or the picture is moved about, is watching all the same (ms). */
const lingerMs = 3000

/**
 * Says that a player plays, for as long as it does: viewers are counted by it, so an open page without a picture is none.
 *
 * @returns ends it
 */
export function beatHeart(feed: Line): { playing(playing: boolean): void; stop(): void } {
  // Random and of this page load alone: it follows nobody around. (randomUUID is missing over plain HTTP.)
  const player = [...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  let timer: ReturnType<typeof setInterval> | null = null
  let leaving: ReturnType<typeof setTimeout> | undefined
  const say = (playing: boolean) => feed.send({ type: 'watching', player, playing })
  const detach = feed.attach({
    opened: () => {
      if (timer !== null) say(true)
    },
    closed: () => {},
    message: () => {},
  })
  function leave(): void {
    clearTimeout(leaving)
    leaving = undefined
    if (timer === null) return
    clearInterval(timer)
    timer = null
    say(false)
  }
  return {
    playing(playing: boolean): void {
      if (!playing) {
        leaving ??= setTimeout(leave, lingerMs)
        return
      }
      clearTimeout(leaving)
      leaving = undefined
      if (timer !== null) return
      say(true)
      timer = setInterval(() => say(true), HEARTBEAT_SECONDS * 1000)
    },
    stop(): void {
      leave()
      detach()
    },
  }
}
