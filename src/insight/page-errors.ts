import type { Log } from '../base/log.ts'
import { type Metric, single } from '../base/metric.ts'
import type { PageError } from '../contract/insight.ts'

/** Errors told apart; those that were seen least lately are forgotten. */
const MAX_DISTINCT = 200
/** An error that goes on is logged again when it was seen so often in all. */
const LOGGED_AT = new Set([1, 10, 100, 1000, 10_000, 100_000])
const STACK_LINES = 6

/** Errors that our own pages met in browsers: each is logged once, then counted. */
export class PageErrors {
  readonly #log: Log
  readonly #seen = new Map<string, number>()
  #total = 0

  constructor(log: Log) {
    this.#log = log.child({ component: 'page' })
  }

  report({ message, page, stack, version }: PageError): void {
    this.#total++
    const where = stack?.split('\n').slice(0, STACK_LINES).map(harmless) ?? []
    const key = JSON.stringify([message, version, where.slice(0, 2)])
    const count = (this.#seen.get(key) ?? 0) + 1
    // Set anew, it is the youngest.
    this.#seen.delete(key)
    this.#seen.set(key, count)
    const oldest = this.#seen.keys().next()
    if (this.#seen.size > MAX_DISTINCT && !oldest.done) this.#seen.delete(oldest.value)
    if (!LOGGED_AT.has(count)) return
    const fields = { error: harmless(message), page: harmless(page), version: version && harmless(version), count }
    this.#log.warn({ ...fields, stack: where.join(' | ') }, 'a page failed in a browser')
  }

  *metrics(): Iterable<Metric> {
    yield single('streamhost_page_errors_total', 'counter', 'Errors that pages met in browsers.', this.#total)
    yield single('streamhost_page_errors_distinct', 'gauge', 'How many different ones are remembered.', this.#seen.size)
  }
}

/** A stranger wrote it: nothing in it may begin a line of the log or move a terminal's cursor. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
