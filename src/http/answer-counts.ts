import type { Metric } from '../base/metric.ts'

/** How the API and the pages answered, by class of status. */
export class AnswerCounts {
  readonly #counts = new Map<string, number>()

  add(status: number): void {
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
  }
}
