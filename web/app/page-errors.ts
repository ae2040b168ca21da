import type { PageError } from '../../src/contract/insight.ts'

/** More errors than this of one page (a load of it) say nothing new. */
const mostReports = 5
/** And not more often than this, whatever happens. */
const apartMs = 2000

/** Decides which errors of the page are worth a message: each once, few, and not in a burst. Pure but for what it remembers. */
export class ErrorReports {
  readonly #told = new Set<string>()
  #lastMs = Number.NEGATIVE_INFINITY

  /** @returns null: told already, too many, or nothing of ours */
  take(error: unknown, page: string, version: string, nowMs: number): PageError | null {
    const message = messageOf(error)
    // Extensions and other people's scripts: browsers hide what it was.
    if (message === '' || message === 'Script error.') return null
    // It says that an observer needs another frame: no error of anybody.
    if (message.startsWith('ResizeObserver loop')) return null
    if (this.#told.has(message) || this.#told.size >= mostReports || nowMs - this.#lastMs < apartMs) return null
    this.#told.add(message)
    this.#lastMs = nowMs
    const stack = error instanceof Error ? error.stack?.slice(0, 4000) : undefined
    return {
      message: message.slice(0, 500),
      page: page.slice(0, 200),
      ...(stack === undefined ? {} : { stack }),
      ...(version === '' ? {} : { version: version.slice(0, 64) }),
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`
  return typeof error === 'string' ? error : ''
}
