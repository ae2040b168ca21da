import type { Histogram } from '../base/histogram.ts'
import type { ChatServerMessage, Reaction } from '../contract/chat.ts'

/** One connection of a person, as a room sees it. Nothing here may throw or wait. */
export type Outlet = {
  /** To this one alone: a message of the contract, as JSON. */
  send(json: string): void
  /** What goes to all: frames that are ready to be written; `essential` leaves out what a slow connection can do without. */
  write(frames: Uint8Array, essential: Uint8Array): void
}

/** So long connections are written to before others get their turn: a full room must not hold up the picture. */
const TURN_MS = 10
/** The clock is asked after so many: asking costs as well. */
const CHUNK = 64
/** The tick: a shorter one costs more, as the number of writes is what costs; a longer one is felt. */
const SHORTEST_MS = 50
const LONGEST_MS = 500
/** Of the square root of how many there are: 100 ms for a thousand, 230 for five thousand. */
const TICK_FACTOR = 3.2

export type FanOutOptions = {
  /** Makes one buffer of frames out of texts, as the transport wants it. */
  readonly frame: (texts: readonly string[]) => Uint8Array
  readonly outlets: () => readonly Outlet[]
  /** Seconds from the moment that a message came to the last connection it was handed to. */
  readonly seconds?: Histogram
}

/** What waits for the next tick, in order. `seq`: a message of the chat; else something that happened. */
type Item = { readonly seq: number | undefined; readonly json: string }

/**
 * What goes to everybody in a room. The first message after a quiet tick goes at once, what follows within the tick goes
 * together at its end: one buffer, made once, one write for each connection.
 */
export class FanOut {
  readonly #options: FanOutOptions
  #items: Item[] = []
  readonly #reactions = new Map<Reaction, number>()
  /** When the first of those that wait came; undefined: nothing waits. */
  #sinceMs: number | undefined
  /** Who came while messages waited and was told some of them already: up to which. */
  #late = new Map<Outlet, number>()
  /** The same, of the messages that are being written. */
  #lateNow = new Map<Outlet, number>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(options: FanOutOptions) {
    this.#options = options
  }

  message(seq: number, json: string): void {
    this.#items.push({ seq, json })
    this.#due()
  }

  event(message: ChatServerMessage): void {
    this.#items.push({ seq: undefined, json: JSON.stringify(message) })
    this.#due()
  }

  reaction(kind: Reaction): void {
    this.#reactions.set(kind, (this.#reactions.get(kind) ?? 0) + 1)
    this.#due()
  }

  /** An outlet that was just told all messages up to `seq`: it doesn't get them twice. */
  joined(outlet: Outlet, seq: number): void {
    if (this.#items.length > 0) this.#late.set(outlet, seq)
    // Who joins again on the same connection may be in the midst of those being written to.
    if (this.#writing !== undefined) this.#lateNow.set(outlet, seq)
  }

  /** Sends what waits, and resolves when it was written. */
  async stop(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    this.#clear()
    await this.#flush()
    this.#clear()
  }

  #clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #due(): void {
    this.#sinceMs ??= performance.now()
    if (this.#timer === undefined && this.#writing === undefined) void this.#flush()
  }

  async #flush(): Promise<void> {
    if (this.#items.length === 0 && this.#reactions.size === 0) return
    const outlets = this.#options.outlets()
    const tickMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.sqrt(outlets.length) * TICK_FACTOR))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#writing === undefined) void this.#flush()
    }, tickMs)
    this.#writing = this.#write(outlets)
    await this.#writing
    this.#writing = undefined
    // Writing took longer than the tick: what came meanwhile is late already.
    if (this.#timer === undefined) void this.#flush()
  }

  async #write(outlets: readonly Outlet[]): Promise<void> {
    const items = this.#items
    this.#items = []
    const passing = this.#reactions.size === 0 ? [] : [this.#reactionsText()]
    const sinceMs = this.#sinceMs
    this.#sinceMs = undefined
    const late = this.#late
    this.#lateNow = late
    this.#late = new Map()
    const batches = new Map<number, readonly [frames: Uint8Array, essential: Uint8Array]>()
    const batchAfter = (seq: number) => {
      const known = batches.get(seq)
      if (known !== undefined) return known
      const texts = textsOf(items, seq)
      const essential = this.#options.frame(texts)
      const made = [passing.length === 0 ? essential : this.#options.frame([...texts, ...passing]), essential] as const
      batches.set(seq, made)
      return made
    }
    const [frames, essential] = batchAfter(0)
    let turnEndsMs = performance.now() + TURN_MS
    for (let at = 0; at < outlets.length; at += CHUNK) {
      if (performance.now() > turnEndsMs) {
        await new Promise((resolve) => setImmediate(resolve))
        turnEndsMs = performance.now() + TURN_MS
      }
      const end = Math.min(outlets.length, at + CHUNK)
      for (let i = at; i < end; i++) {
        const outlet = outlets[i]
        if (outlet === undefined) continue
        const seq = late.size === 0 ? undefined : late.get(outlet)
        if (seq === undefined) outlet.write(frames, essential)
        else outlet.write(...batchAfter(seq))
      }
    }
    late.clear()
    if (sinceMs !== undefined) this.#options.seconds?.observe((performance.now() - sinceMs) / 1000)
  }

  #reactionsText(): string {
    const counts = Object.fromEntries(this.#reactions)
    this.#reactions.clear()
    return JSON.stringify({ type: 'reactions', counts } satisfies ChatServerMessage)
  }
}

/** Items as messages of the contract: those of the chat that follow each other in one. */
function textsOf(items: readonly Item[], afterSeq: number): readonly string[] {
  const texts: string[] = []
  let messages: string[] = []
  const close = (): void => {
    if (messages.length > 0) texts.push(`{"type":"messages","messages":[${messages.join(',')}]}`)
    messages = []
  }
  for (const { seq, json } of items) {
    if (seq === undefined) {
      close()
      texts.push(json)
    } else if (seq > afterSeq) {
      messages.push(json)
    }
  }
  close()
  return texts
}
