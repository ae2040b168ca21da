import type { Channel } from '../../src/contract/channel.ts'
import { ChannelFeed } from '../api/channel-feed.ts'
import { askTime } from '../api/client.ts'
import { serverClock } from '../player/server-clock.ts'
import type { PlayerPhase } from '../player/stats.ts'
import { beatHeart } from './heartbeat.ts'

const clockMs = 60_000

/** What a page knows of its channel while it is open. */
export type Followed = {
  /** null: not known yet */
  readonly channel: Channel | null
  readonly missing: boolean
  readonly reachable: boolean
  /** The socket, for what else goes over it. */
  readonly feed: ChannelFeed | null
  /** Something is wrong: ask at once. */
  ask(): void
  /** The network is back. */
  hurry(): void
  /** What the player does: who plays is counted, and needs the server's clock. */
  follow(phase: PlayerPhase): void
}

/** Follows a channel and the server's clock for as long as the component lives. */
export function followChannel(slug: () => string): Followed {
  let channel = $state.raw<Channel | null>(null)
  let missing = $state(false)
  let reachable = $state(true)
  let feed = $state.raw<ChannelFeed | null>(null)
  let heart: ReturnType<typeof beatHeart> | null = null
  let clockTimer: ReturnType<typeof setInterval> | undefined

  $effect(() => {
    const mine = new ChannelFeed(slug(), {
      state: (next, nowIso) => {
        if (nowIso !== null) serverClock.message(Date.now(), Date.parse(nowIso))
        channel = next
        missing = false
      },
      missing: () => {
        missing = true
      },
      reachable: (next) => {
        reachable = next
      },
    })
    feed = mine
    heart = beatHeart(mine)
    mine.attach({
      opened: () => {},
      closed: () => {},
      message: (message) => {
        if (message.type === 'viewers' && channel !== null) channel = { ...channel, viewers: message.count }
      },
    })
    mine.start()
    return () => {
      clearInterval(clockTimer)
      clockTimer = undefined
      heart?.stop()
      mine.stop()
    }
  })

  return {
    get channel() {
      return channel
    },
    get missing() {
      return missing
    },
    get reachable() {
      return reachable
    },
    get feed() {
      return feed
    },
    ask: () => void feed?.ask(),
    hurry: () => feed?.hurry(),
    follow: (phase) => {
      heart?.playing(phase === 'playing')
      // Nothing that is shown before the first picture needs the clock.
      if (phase !== 'playing' || clockTimer !== undefined) return
      void setClock()
      clockTimer = setInterval(() => void setClock(), clockMs)
    },
  }
}

async function setClock(): Promise<void> {
  serverClock.stale()
  for (let i = 0; i < 3; i += 1) {
    const sentMs = Date.now()
    const serverMs = await askTime()
    serverClock.answer(sentMs, Date.now(), serverMs)
  }
}
