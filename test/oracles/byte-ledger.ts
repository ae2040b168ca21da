import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

/** Remembers what every address has ever answered: one never names two different byte strings, over restarts too. */
export class ByteLedger {
  readonly #known = new Map<string, string>()

  get size(): number {
    return this.#known.size
  }

  /**
   * Asks for media, and compares it with what the same address answered before.
   * @returns the status; a broken connection is 0
   */
  async ask(base: string, uri: string): Promise<number> {
    try {
      const response = await fetch(new URL(uri, base))
      const bytes = Buffer.from(await response.arrayBuffer())
      if (response.status === 200) this.note(new URL(uri, base).pathname, bytes)
      return response.status
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      return 0
    }
  }

  /** @throws AssertionError */
  note(path: string, bytes: Uint8Array): void {
    const digest = createHash('sha256').update(bytes).digest('hex')
    const before = this.#known.get(path)
    assert.ok(before === undefined || before === digest, `${path} names two different byte strings`)
    this.#known.set(path, digest)
  }
}
