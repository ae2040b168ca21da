import { HEARTBEAT_SECONDS } from '../../src/contract/chat-limits.ts'
import type { ChannelFeed } from '../api/channel-feed.ts'

/**
 * Says that a player plays, for as long as it does: viewers are counted by it, so an open page without a picture is none.
 *
 * @returns ends it
 */
export function beatHeart(feed: ChannelFeed): { playing(playing: boolean): void; stop(): void } {
  // Random and of this page load alone: it follows nobody around. (randomUUID is missing over plain HTTP.)
  const player = [...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  let timer: ReturnType<typeof setInterval> | null = null
  const say = (playing: boolean) => feed.send({ type: 'watching', player, playing })
  const detach = feed.attach({
    opened: () => {
      if (timer !== null) say(true)
    },
    closed: () => {},
    message: () => {},
  })
  const heart = {
    playing(playing: boolean): void {
      if (playing === (timer !== null)) return
      say(playing)
      if (timer !== null) clearInterval(timer)
      timer = playing ? setInterval(() => say(true), HEARTBEAT_SECONDS * 1000) : null
    },
    stop(): void {
      heart.playing(false)
      detach()
    },
  }
  return heart
}
