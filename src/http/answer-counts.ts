import { Histogram } from '../base/histogram.ts'
import type { Metric } from '../base/metric.ts'

/** How the API and the pages answered, by class of status. */
export class AnswerCounts {
  readonly #counts = new Map<string, number>()
  readonly #seconds = new Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10])

  /** @param ms from the request's head to the answer's end */
  add(status: number, ms: number): void {
    this.#seconds.observe(ms / 1000)
    const name = `${Math.floor(status / 100)}xx`
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  *metrics(): Iterable<Metric> {
    yield {
      name: 'streamhost_http_answers_total',
      help: 'Answers of API and pages, by class of status.',
      kind: 'counter',
      values: [...this.#counts].map(([status, value]) => ({ labels: { status }, value })),
    }
    yield {
      name: 'streamhost_http_answer_seconds',
      help: 'From a request to API and pages to the end of its answer.',
      kind: 'histogram',
      values: [{ histogram: this.#seconds }],
    }
  }
}
