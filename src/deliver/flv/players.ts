import { NotFoundError, RefusedError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { PlayAuthorizer, PlayRequest } from '../../live/playing.ts'
import type { Reader } from '../../live/ports.ts'
import type { Layout } from './layouts.ts'
import { LiveFlv } from './live-flv.ts'
import { ViewerCounts } from './viewer.ts'

/** What players may take. A broadcast keeps what it began with. */
export type PlayerLimits = {
  /** Players at the same time; one more is refused. */
  readonly connections: number
  /** What may wait for a player before it skips to the next key frame. */
  readonly bufferedBytes: number
  /** How long a player may take nothing, or be behind. */
  readonly stalledSeconds: number
  /** How long frames are gathered before they are sent; `auto`: by the number of players. */
  readonly mergeMs: number | 'auto'
  /** All that is published is packaged too, so that packets are kept anyway. */
  readonly packaged: boolean
}

export type PlayersOptions = {
  readonly authorizer: PlayAuthorizer
  readonly limits: PlayerLimits
  readonly log: Log
}

/** How often players that skip are spoken of. */
const SAY_MS = 1000
const PROTOCOLS = ['rtmp', 'http-flv', 'websocket-flv'] as const satisfies readonly Layout['protocol'][]

/** What players of RTMP, HTTP-FLV and WebSocket-FLV can play now: all broadcasts, as long as they go on. */
export class Players {
  readonly #options: PlayersOptions
  readonly #live = new Map<string, LiveFlv>()
  readonly #counts = new ViewerCounts()
  /** Since the start. */
  #refused = 0
  #saidSkips = 0
  #sayer: NodeJS.Timeout | undefined

  constructor(options: PlayersOptions) {
    this.#options = options
  }

  /** How long a player's connection may take nothing of what waits for it, milliseconds. */
  get stalledMs(): number {
    return this.#options.limits.stalledSeconds * 1000
  }
  /** Sent to players since the start. */
  get bytes(): number {
    return this.#counts.bytes
  }

  /** The reader that a broadcast is played from. */
  open({ slug }: { readonly slug: string }): Reader {
    const { bufferedBytes, mergeMs, packaged } = this.#options.limits
    const rules = { bufferedBytes, stalledMs: this.stalledMs, counts: this.#counts }
    const live: LiveFlv = new LiveFlv({
      rules,
      mergeMs,
      copies: !packaged,
      onEnd: () => {
        if (this.#live.get(slug) === live) this.#live.delete(slug)
      },
    })
    this.#live.set(slug, live)
    return live
  }

  start(): void {
    this.#sayer = setInterval(() => this.#say(), SAY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#sayer)
  }

  /**
   * What may be played. Join it at once: it may be over a moment later.
   * @throws NotFoundError when there is no such broadcast; RefusedError when it may not be played, or too many play already
   */
  async find(request: PlayRequest): Promise<LiveFlv> {
    await this.#options.authorizer.authorizePlay(request)
    const live = this.#live.get(request.slug)
    if (live === undefined) throw new NotFoundError('this channel is not live')
    const { connections } = this.#options.limits
    if (this.#playing() >= connections) {
      this.#refused++
      throw new RefusedError('LIMIT', `this server takes ${connections} players at the same time, and has them`)
    }
    return live
  }

  /** A player's connection took nothing for too long and was cut off. */
  stalled(): void {
    this.#counts.cutOff++
  }

  /** For metrics. */
  describe(): {
    readonly playing: readonly { readonly slug: string; readonly protocol: string; readonly players: number }[]
    readonly bytes: number
    readonly skips: number
    readonly cutOff: number
    readonly refused: number
  } {
    const playing = [...this.#live].flatMap(([slug, live]) =>
      PROTOCOLS.map((protocol) => ({ slug, protocol, players: live.viewers(protocol) })),
    )
    const { bytes, skips, cutOff } = this.#counts
    return { playing, bytes, skips, cutOff, refused: this.#refused }
  }

  #playing(): number {
    let sum = 0
    for (const live of this.#live.values()) for (const protocol of PROTOCOLS) sum += live.viewers(protocol)
    return sum
  }

  #say(): void {
    const skips = this.#counts.skips - this.#saidSkips
    if (skips === 0) return
    this.#saidSkips = this.#counts.skips
    this.#options.log.warn({ skips }, 'players take less than they are sent and skip to the next key frame')
  }
}
