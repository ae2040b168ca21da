import type { StoredRestriction } from './chat-store.ts'

/** Of one room: beyond, the oldest time-outs are forgotten first. */
const MAX = 20_000

export type Standing = {
  readonly banned: boolean
  /** Until when the person may not write; undefined: may. */
  readonly quietUntilMs: number | undefined
}

const FREE: Standing = { banned: false, quietUntilMs: undefined }

/** Who may not write in a room, by person and by address. */
export class Restrictions {
  readonly #byId = new Map<string, StoredRestriction>()
  readonly #byTarget = new Map<string, Set<StoredRestriction>>()

  constructor(restrictions: readonly StoredRestriction[] = []) {
    for (const restriction of restrictions) this.add(restriction)
  }

  /** Again changes nothing. */
  add(restriction: StoredRestriction): void {
    this.remove(restriction.id)
    if (this.#byId.size >= MAX) {
      const oldest = [...this.#byId.values()].find(({ kind }) => kind === 'quiet') ?? [...this.#byId.values()][0]
      if (oldest !== undefined) this.remove(oldest.id)
    }
    this.#byId.set(restriction.id, restriction)
    for (const target of targetsOf(restriction)) {
      this.#byTarget.set(target, (this.#byTarget.get(target) ?? new Set()).add(restriction))
    }
  }

  /** @returns what was in force under this id */
  remove(id: string): StoredRestriction | undefined {
    const restriction = this.#byId.get(id)
    if (restriction === undefined) return undefined
    this.#byId.delete(id)
    for (const target of targetsOf(restriction)) {
      const all = this.#byTarget.get(target)
      all?.delete(restriction)
      if (all?.size === 0) this.#byTarget.delete(target)
    }
    return restriction
  }

  /** Those in force, newest first. */
  list(nowMs: number): readonly StoredRestriction[] {
    this.#forget(nowMs)
    return [...this.#byId.values()].sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1))
  }

  standing(personId: string, address: string | null, nowMs: number): Standing {
    const person = this.#byTarget.get(`p${personId}`)
    const place = address === null ? undefined : this.#byTarget.get(`a${address}`)
    if (person === undefined && place === undefined) return FREE
    const all = [...(person ?? []), ...(place ?? [])].filter((each) => isInForce(each, nowMs))
    const until = all.flatMap(({ untilMs }) => (untilMs === null ? [] : [untilMs]))
    return {
      banned: all.some(({ kind }) => kind === 'ban'),
      quietUntilMs: until.length === 0 ? undefined : Math.max(...until),
    }
  }

  #forget(nowMs: number): void {
    for (const restriction of [...this.#byId.values()]) if (!isInForce(restriction, nowMs)) this.remove(restriction.id)
  }
}

function isInForce({ untilMs }: StoredRestriction, nowMs: number): boolean {
  return untilMs === null || untilMs > nowMs
}

function targetsOf({ personId, address }: StoredRestriction): readonly string[] {
  return address === null ? [`p${personId}`] : [`p${personId}`, `a${address}`]
}
