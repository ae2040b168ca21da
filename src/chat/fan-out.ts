import type { ChatServerMessage, Reaction } from '../contract/chat.ts'

/** One connection of a person, as a room sees it. Nothing here may throw or wait. */
export type Outlet = {
  /** To this one alone: a message of the contract, as JSON. */
  send(json: string): void
  /** What goes to all: frames that are ready to be written; `essential` leaves out what a slow connection can do without. */
  write(frames: Uint8Array, essential: Uint8Array): void
}

/** Connections written to before others get their turn: a full room must not hold up the picture. */
const CHUNK = 512
/** The tick: a shorter one costs more, as the number of writes is what costs; a longer one is felt. */
const SHORTEST_MS = 50
const LONGEST_MS = 500
const MS_PER_OUTLET = 0.04

export type FanOutOptions = {
  /** Makes one buffer of frames out of texts, as the transport wants it. */
  readonly frame: (texts: readonly string[]) => Uint8Array
  readonly outlets: () => readonly Outlet[]
  /** Told of the newest message that is on its way to all who are here now. */
  readonly told: (seq: number) => void
}

/**
 * What goes to everybody in a room. The first message after a quiet tick goes at once, what follows within the tick goes
 * together at its end: one buffer, made once, one write for each connection.
 */
export class FanOut {
  readonly #options: FanOutOptions
  #texts: string[] = []
  /** Messages that are not yet closed into a text. */
  #messages: string[] = []
  #seq = 0
  readonly #reactions = new Map<Reaction, number>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(options: FanOutOptions) {
    this.#options = options
  }

  message(seq: number, json: string): void {
    this.#messages.push(json)
    this.#seq = seq
    this.#due()
  }

  event(message: ChatServerMessage): void {
    this.#close()
    this.#texts.push(JSON.stringify(message))
    this.#due()
  }

  reaction(kind: Reaction): void {
    this.#reactions.set(kind, (this.#reactions.get(kind) ?? 0) + 1)
    this.#due()
  }

  /** Sends what waits, and resolves when it was written. */
  async stop(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#flush()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #due(): void {
    if (this.#timer === undefined && this.#writing === undefined) void this.#flush()
  }

  /** The messages so far, in one text, so that what follows them comes after them. */
  #close(): void {
    if (this.#messages.length === 0) return
    this.#texts.push(`{"type":"messages","messages":[${this.#messages.join(',')}]}`)
    this.#messages = []
  }

  async #flush(): Promise<void> {
    this.#close()
    const essential = this.#texts
    this.#texts = []
    const all = this.#reactions.size === 0 ? essential : [...essential, this.#reactionsText()]
    if (all.length === 0) return
    this.#options.told(this.#seq)
    const outlets = this.#options.outlets()
    const tickMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, outlets.length * MS_PER_OUTLET))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#writing === undefined) void this.#flush()
    }, tickMs)
    this.#writing = this.#write(outlets, all, essential)
    await this.#writing
    this.#writing = undefined
    // Writing took longer than the tick: what came meanwhile is late already.
    if (this.#timer === undefined) void this.#flush()
  }

  async #write(outlets: readonly Outlet[], all: readonly string[], essential: readonly string[]): Promise<void> {
    const frames = this.#options.frame(all)
    const fewer = essential === all ? frames : this.#options.frame(essential)
    for (let at = 0; at < outlets.length; at += CHUNK) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve))
      const end = Math.min(outlets.length, at + CHUNK)
      for (let i = at; i < end; i++) outlets[i]?.write(frames, fewer)
    }
  }

  #reactionsText(): string {
    const counts = Object.fromEntries(this.#reactions)
    this.#reactions.clear()
    return JSON.stringify({ type: 'reactions', counts } satisfies ChatServerMessage)
  }
}
