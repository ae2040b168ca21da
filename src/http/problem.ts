import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ConfigError, MalformedError, NotFoundError, RefusedError, UnavailableError } from '../base/errors.ts'
import { InvalidFieldError } from '../base/invalid-field-error.ts'
import type { Log } from '../base/log.ts'
import type { Problem } from '../contract/channel.ts'

type Kind = { readonly status: number; readonly title: string }

/** The stable last words of `type`, and what they mean to a person. */
const KINDS = {
  invalid: { status: 400, title: 'Something in the request is not right' },
  malformed: { status: 400, title: 'The request can’t be understood' },
  unauthorized: { status: 401, title: 'Please sign in' },
  forbidden: { status: 403, title: 'You may not do this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  conflict: { status: 409, title: 'It is taken already' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-type': { status: 415, title: 'This content type is not understood here' },
  unsupported: { status: 422, title: 'This is not supported' },
  limit: { status: 429, title: 'Too much at once, please wait a moment' },
  internal: { status: 500, title: 'The server made a mistake' },
  unavailable: { status: 503, title: 'Not available just now, please try again' },
} as const satisfies Record<string, Kind>
type KindName = keyof typeof KINDS

const OF_REFUSAL: Readonly<Record<string, KindName>> = {
  UNAUTHORIZED: 'unauthorized',
  FORBIDDEN: 'forbidden',
  CONFLICT: 'conflict',
  LIMIT: 'limit',
  UNSUPPORTED: 'unsupported',
}

/** Fastify's own refusals, by status. */
const OF_STATUS: Partial<Record<number, KindName>> = {
  400: 'malformed',
  404: 'not-found',
  413: 'too-large',
  415: 'unsupported-type',
  429: 'limit',
}

/** Maps everything that was thrown to RFC 9457. What is our own bug keeps its words to itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof InvalidFieldError)
    return problem('invalid', undefined, [{ path: error.path, message: error.message }])
  if (error instanceof MalformedError) return problem('malformed', error.message)
  if (error instanceof RefusedError) return problem(OF_REFUSAL[error.code] ?? 'forbidden', error.message)
  if (error instanceof NotFoundError) return problem('not-found', error.message)
  if (error instanceof UnavailableError) return problem('unavailable', error.message)
  if (error instanceof ConfigError)
    return problem('unavailable', 'the operator must change a setting; the log says which')
  if (hasZodFastifySchemaValidationErrors(error)) return problem('invalid', undefined, error.validation.map(fieldOf))
  const status = statusOf(error)
  if (status >= 500) return problem('internal')
  return problem(OF_STATUS[status] ?? 'malformed', messageOfRefusal(error))
}

export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.status === 401) reply.header('www-authenticate', 'Bearer realm="streamhost"')
  if (body.status === 503) reply.header('retry-after', '2')
  // Errors pass: no cache may keep one.
  reply.header('cache-control', 'no-store').type('application/problem+json')
  // Serialised here, as no route declares schemas for its errors.
  return reply.code(body.status).serializer(JSON.stringify).send(body)
}

export function errorHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const body = problemOf(error)
    if (body.status === 500 || error instanceof ConfigError) {
      log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed')
    }
    return sendProblem(reply, body)
  }
}

function problem(kind: KindName, detail?: string, errors?: { path: string; message: string }[]): Problem {
  const { status, title } = KINDS[kind]
  return { type: `urn:streamhost:problem:${kind}`, title, status, ...(detail && { detail }), ...(errors && { errors }) }
}

function fieldOf({ instancePath, message }: { instancePath?: string; message?: string }): {
  path: string
  message: string
} {
  return { path: (instancePath ?? '').slice(1).replaceAll('/', '.'), message: message ?? 'not valid' }
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}

function messageOfRefusal(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined
}
