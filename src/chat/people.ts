import type { ChatPerson, ChatRole } from '../contract/chat.ts'
import type { Name } from './names.ts'
import type { ChatRates } from './rates.ts'
import type { ChatLimits } from './settings.ts'
import { TokenBucket } from './token-bucket.ts'

/** Who left is remembered so long, and so many of them: else slow mode and rates would begin anew with each reconnect. */
const REMEMBERED_MS = 10 * 60_000
const REMEMBERED = 20_000

/** Names that somebody may take in a short time, and then one in ten seconds: others must know with whom they speak. */
const RENAMES = { perSecond: 0.1, burst: 3 }

/** Somebody in a room, however many connections they have. */
export type Person = {
  readonly id: string
  role: ChatRole
  name: Name
  connections: number
  readonly messages: TokenBucket
  readonly reactions: TokenBucket
  readonly renames: TokenBucket
  /** Monotonic; undefined: said nothing yet. */
  saidAtMs: number | undefined
  leftAtMs: number
}

export function chatPerson({ id, name, role }: Person): ChatPerson {
  return { id, name: name.text, role }
}

/** The people of a room: those present, and for a while those who left. Nobody present looks like somebody else. */
export class People {
  readonly #limits: ChatLimits
  readonly #rates: ChatRates
  readonly #present = new Map<string, Person>()
  /** In the order of leaving. */
  readonly #left = new Map<string, Person>()
  /** What the names of those present look like. */
  readonly #looks = new Map<string, Person>()

  constructor(limits: ChatLimits, rates: ChatRates) {
    this.#limits = limits
    this.#rates = rates
  }

  get present(): number {
    return this.#present.size
  }

  find(id: string): Person | undefined {
    return this.#present.get(id) ?? this.#left.get(id)
  }

  /** One more connection of a person. */
  enter(id: string, role: ChatRole, name: Name, nowMs: number): Person {
    const person = this.find(id) ?? this.#make(id, role, name, nowMs)
    person.role = role
    if (person.connections++ === 0) {
      this.#left.delete(id)
      this.#present.set(id, person)
    }
    this.rename(person, name)
    return person
  }

  leave(person: Person, nowMs: number): void {
    if (--person.connections > 0) return
    this.#forgetLooks(person)
    person.leftAtMs = nowMs
    this.#present.delete(person.id)
    this.#left.set(person.id, person)
    this.#forget(nowMs)
  }

  rename(person: Person, name: Name): void {
    this.#forgetLooks(person)
    person.name = name
    for (const look of name.looks) if (!this.#looks.has(look)) this.#looks.set(look, person)
  }

  /** Whether nobody else who is present looks like this. */
  isFree(name: Name, id: string): boolean {
    return name.looks.every((look) => (this.#looks.get(look)?.id ?? id) === id)
  }

  #forgetLooks(person: Person): void {
    for (const look of person.name.looks) if (this.#looks.get(look) === person) this.#looks.delete(look)
  }

  #make(id: string, role: ChatRole, name: Name, nowMs: number): Person {
    const { messageBurst, firstMessages } = this.#limits
    const { person, reactions } = this.#rates
    return {
      ...{ id, role, name, connections: 0, saidAtMs: undefined, leftAtMs: nowMs },
      messages: new TokenBucket(person, nowMs, Math.min(messageBurst, firstMessages)),
      renames: new TokenBucket(RENAMES, nowMs),
      reactions: new TokenBucket(reactions, nowMs),
    }
  }

  #forget(nowMs: number): void {
    for (const person of this.#left.values()) {
      if (this.#left.size <= REMEMBERED && nowMs - person.leftAtMs < REMEMBERED_MS) return
      this.#left.delete(person.id)
    }
  }
}
