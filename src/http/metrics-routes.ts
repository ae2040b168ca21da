import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { exposition, type MetricSource } from '../base/metric.ts'
import { eventLoopLag, LIBRARY_LAG } from './event-loop-lag.ts'

const HOUR_MS = 3_600_000

export type MetricsRoutesOptions = { readonly sources: readonly MetricSource[] }

/** Prometheus' text format; the process and its event-loop delay, and what the sources tell. */
export const metricsRoutes: FastifyPluginAsyncZod<MetricsRoutesOptions> = async (app, { sources }) => {
  const process = new Registry()
  collectDefaultMetrics({ register: process, eventLoopMonitoringPrecision: HOUR_MS })
  for (const name of LIBRARY_LAG) process.removeSingleMetric(name)
  const lag = eventLoopLag()

  app.get('/metrics', { config: { access: 'loopback-or-token' } }, async (_, reply) => {
    const ours = [lag, ...sources].map((source) => exposition(source())).join('')
    const text = `${await process.metrics()}\n${ours}`
    return reply.header('cache-control', 'no-store').type(process.contentType).send(text)
  })
}
