import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { MalformedError, NotFoundError, RefusedError } from '../base/errors.ts'
import type { PageError, QualityReport } from '../contract/insight.ts'
import { operations } from '../contract/operations.ts'
import { addressOf } from './address.ts'
import { CountedAttempts } from './counted-attempts.ts'
import type { LiveStates } from './live-states.ts'

/** Takes what pages report. */
export type Reports = {
  quality(slug: string, report: QualityReport): void
  pageError(error: PageError): void
  /** The channel was removed, and its figures with it. */
  forget(slug: string): void
}

export type ReportRoutesOptions = { readonly reports: Reports; readonly live: Pick<LiveStates, 'get'> }

const QUALITY_BYTES = 2048
const PAGE_ERROR_BYTES = 16_384
/** A player reports twice a minute, and when the page goes. */
const REPORTS_PER_PLAYER = 8
/** Many viewers may share an address: a school, a phone network. */
const REPORTS_PER_ADDRESS = 2400
const ERRORS_PER_ADDRESS = 10
const MINUTE_MS = 60_000

/** Reports of our own pages: anybody may send them, nobody is answered more than "taken". */
export const reportRoutes: FastifyPluginAsyncZod<ReportRoutesOptions> = async (app, { reports, live }) => {
  const perPlayer = new CountedAttempts({ max: REPORTS_PER_PLAYER, windowMs: MINUTE_MS })
  const parse = app.getDefaultJsonParser('error', 'error')
  // `sendBeacon` says text/plain, which any site may send without being asked: here, where a request needs no rights and
  // has no other effect than a count, that does no harm. Only the routes of this plugin take it.
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (request, body, done) => {
    if (typeof body !== 'string') done(new MalformedError('the body is no text'))
    else parse(request, body, done)
  })

  app.post(
    '/api/v1/channels/:slug/quality',
    {
      config: { access: 'public', rateLimit: { max: REPORTS_PER_ADDRESS, timeWindow: MINUTE_MS } },
      bodyLimit: QUALITY_BYTES,
      schema: operations['POST /api/v1/channels/:slug/quality'],
    },
    async (request, reply) => {
      const { slug } = request.params
      // Nothing plays there; and no question to the store for each of thousands of viewers.
      if (live.get(slug) === undefined) throw new NotFoundError('this channel is not live')
      if (!perPlayer.take(`${addressOf(request)} ${request.body.player}`)) {
        throw new RefusedError('LIMIT', 'too many reports of this player')
      }
      reports.quality(slug, request.body)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/v1/page-errors',
    {
      config: { access: 'public', rateLimit: { max: ERRORS_PER_ADDRESS, timeWindow: MINUTE_MS } },
      bodyLimit: PAGE_ERROR_BYTES,
      schema: operations['POST /api/v1/page-errors'],
    },
    async (request, reply) => {
      reports.pageError(request.body)
      return reply.code(204).send(null)
    },
  )
}
