import type { Pair } from '../pair.ts'

/** What proves that names are ours, while somebody asks: answers of HTTP-01 by token, certificates of TLS-ALPN-01 by name. */
export class Challenges {
  readonly #answers = new Map<string, string>()
  readonly #pairs = new Map<string, Pick<Pair, 'cert' | 'key'>>()

  /** HTTP-01 (RFC 8555 8.3): the key authorization. */
  answer(token: string): string | undefined {
    return this.#answers.get(token)
  }

  /** TLS-ALPN-01 (RFC 8737): the certificate to show. */
  get(name: string): Pick<Pair, 'cert' | 'key'> | undefined {
    return this.#pairs.get(name)
  }

  /** @returns what takes it away */
  putAnswer(token: string, keyAuthorization: string): () => void {
    this.#answers.set(token, keyAuthorization)
    return () => this.#answers.delete(token)
  }

  /** @returns what takes it away */
  putPair(name: string, pair: Pick<Pair, 'cert' | 'key'>): () => void {
    this.#pairs.set(name, pair)
    return () => this.#pairs.delete(name)
  }
}
