import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** One metric as it stands at this moment. */
export type Metric = {
  /** As Prometheus wants it: `streamhost_ingest_bytes_total`. */
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  readonly values: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[]
}

/** Asked at each scrape, so that nothing counts twice and a channel that left leaves its figures too. */
export type MetricSource = () => Iterable<Metric>

export type MetricsRoutesOptions = { readonly sources: readonly MetricSource[] }

/** Prometheus' text format; the process and its event-loop delay, and what the sources tell. */
export const metricsRoutes: FastifyPluginAsyncZod<MetricsRoutesOptions> = async (app, { sources }) => {
  const process = new Registry()
  collectDefaultMetrics({ register: process })

  app.get('/metrics', { config: { access: 'loopback-or-token' } }, async (_, reply) => {
    const scrape = new Registry()
    for (const source of sources) for (const metric of source()) put(scrape, metric)
    const text = `${await process.metrics()}\n${await scrape.metrics()}`
    return reply.header('cache-control', 'no-store').type(process.contentType).send(text)
  })
}

function put(registry: Registry, metric: Metric): void {
  const labelNames = [...new Set(metric.values.flatMap(({ labels }) => Object.keys(labels ?? {})))]
  const settings = { name: metric.name, help: metric.help, labelNames, registers: [registry] }
  const set = metric.kind === 'gauge' ? gauge(settings) : counter(settings)
  for (const { labels, value } of metric.values) set(labels ?? {}, value)
}

type Settings = { name: string; help: string; labelNames: string[]; registers: Registry[] }
type Put = (labels: Readonly<Record<string, string>>, value: number) => void

function gauge(settings: Settings): Put {
  const made = new Gauge(settings)
  return (labels, value) => made.set(labels, value)
}

function counter(settings: Settings): Put {
  const made = new Counter(settings)
  return (labels, value) => made.inc(labels, value)
}
