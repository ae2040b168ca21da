import type { IngestReport } from '../../src/contract/insight.ts'
import { ApiError, call } from '../api/client.ts'

const pollMs = 1000
/** What the server keeps, and the charts show. */
const windowMs = 5 * 60_000

export type ReportEvents = {
  /** The report with all samples of the last five minutes. */
  readonly report: (report: IngestReport) => void
  /** Status of the answer; 0: there was none. */
  readonly failed: (status: number) => void
}

/** Follows what one encoder sends: asks once a second for what is new. */
export class LiveReport {
  readonly #slug: string
  readonly #key: string | undefined
  readonly #events: ReportEvents
  #samples: IngestReport['samples'] = []
  #timer: ReturnType<typeof setTimeout> | null = null
  #stopped = false

  /** @param key the channel's stream key; without it the session must be an admin's */
  constructor(slug: string, key: string | undefined, events: ReportEvents) {
    this.#slug = slug
    this.#key = key
    this.#events = events
  }

  start(): void {
    void this.#ask()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async #ask(): Promise<void> {
    // A hidden page asks nothing; what it missed the server still has.
    if (document.visibilityState === 'visible') await this.#refresh()
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#ask(), pollMs)
  }

  async #refresh(): Promise<void> {
    const since = this.#samples.at(-1)?.at
    try {
      const report = await call('GET /api/v1/channels/:slug/ingest', {
        params: { slug: this.#slug },
        query: since === undefined ? {} : { since },
        ...(this.#key === undefined ? {} : { bearer: this.#key }),
      })
      if (this.#stopped) return
      this.#samples = joined(this.#samples, report.samples)
      this.#events.report({ ...report, samples: this.#samples })
    } catch (error) {
      if (!this.#stopped) this.#events.failed(error instanceof ApiError ? error.status : 0)
    }
  }
}

function joined(known: IngestReport['samples'], newer: IngestReport['samples']): IngestReport['samples'] {
  const last = Date.parse(newer.at(-1)?.at ?? known.at(-1)?.at ?? '')
  return [...known, ...newer].filter(({ at }) => last - Date.parse(at) <= windowMs)
}
