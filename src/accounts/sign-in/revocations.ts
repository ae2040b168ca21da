/** What an access token is judged by. */
type Shown = { readonly personId: string; readonly deviceId: string; readonly issuedAtMs: number }

/** More than that in the life of an access token is no server of people. The oldest go first: they are nearly over. */
const MOST = 100_000

/**
 * Access tokens that are over before their time: of devices that were signed out, and of people of whom something changed that
 * the token says. Kept as long as such tokens may live, and read from the store when the server starts.
 */
export class Revocations {
  readonly #lifeMs: () => number
  readonly #devices = new Map<string, number>()
  readonly #people = new Map<string, number>()

  /** @param lifeMs the longest life of an access token now */
  constructor(lifeMs: () => number) {
    this.#lifeMs = lifeMs
  }

  endDevice(deviceId: string, atMs: number): void {
    add(this.#devices, deviceId, atMs, this.#lifeMs())
  }

  /** Tokens of this person from before this moment don't count. */
  endTokensOf(personId: string, atMs: number): void {
    add(this.#people, personId, atMs, this.#lifeMs())
  }

  covers({ personId, deviceId, issuedAtMs }: Shown): boolean {
    if (this.#devices.has(deviceId)) return true
    const since = this.#people.get(personId)
    return since !== undefined && issuedAtMs < since
  }
}

function add(map: Map<string, number>, id: string, atMs: number, lifeMs: number): void {
  // Again at the end: a Map keeps the order of insertion, and so the oldest are found first.
  map.delete(id)
  map.set(id, atMs)
  for (const [oldest, endedAtMs] of map) {
    // Twice the life: it may have been longer when the token was made.
    if (map.size <= MOST && atMs - endedAtMs < 2 * lifeMs) return
    map.delete(oldest)
  }
}
