import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ConfigError, MalformedError, NotFoundError, RefusedError, UnavailableError } from '../base/errors.ts'
import { InvalidFieldError } from '../base/invalid-field-error.ts'
import type { Log } from '../base/log.ts'
import type { Problem } from '../contract/channel.ts'
import { PROBLEM_KINDS, type ProblemKind, problemType } from './problem-kinds.ts'
import { wrongFields } from './wrong-fields.ts'

/** Seconds after which it is worth to ask again, where nothing better is known. */
const RETRY_SECONDS: Partial<Record<number, string>> = { 429: '30', 503: '2' }

/** The address is right, the method is not (RFC 9110 section 15.5.6). */
export class MethodNotAllowedError extends Error {
  override readonly name = 'MethodNotAllowedError'
  readonly allowed: readonly string[]
  constructor(allowed: readonly string[]) {
    super(`use ${allowed.join(' or ')}`)
    this.allowed = allowed
  }
}

/** The configuration was read again and has mistakes, each a sentence. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

const OF_REFUSAL: Readonly<Record<string, ProblemKind>> = {
  UNAUTHORIZED: 'unauthorized',
  SESSION_EXPIRED: 'session-expired',
  FORBIDDEN: 'forbidden',
  CONFLICT: 'conflict',
  LIMIT: 'limit',
  UNSUPPORTED: 'unsupported',
}

/** Fastify's own refusals, by status. */
const OF_STATUS: Partial<Record<number, ProblemKind>> = {
  400: 'malformed',
  404: 'not-found',
  405: 'method-not-allowed',
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
  if (error instanceof MethodNotAllowedError) return problem('method-not-allowed', error.message)
  if (error instanceof UnavailableError) return problem('unavailable', error.message)
  if (error instanceof ConfigurationError) {
    const mistakes = error.mistakes.map((message) => ({ path: '', message }))
    return problem('configuration', undefined, mistakes)
  }
  if (error instanceof ConfigError)
    return problem('unavailable', 'the operator must change a setting; the log says which')
  if (hasZodFastifySchemaValidationErrors(error))
    return problem('invalid', undefined, error.validation.flatMap(wrongFields))
  const status = statusOf(error)
  if (status >= 500) return problem('internal')
  return problem(OF_STATUS[status] ?? 'malformed', messageOfRefusal(error))
}

export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.status === 401) reply.header('www-authenticate', 'Bearer realm="streamhost"')
  const retry = RETRY_SECONDS[body.status]
  if (retry !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retry)
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
    if (error instanceof MethodNotAllowedError) reply.header('allow', error.allowed.join(', '))
    if (error instanceof RefusedError && error.retryAfterSeconds !== undefined) {
      reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
    }
    return sendProblem(reply, body)
  }
}

function problem(kind: ProblemKind, detail?: string, errors?: { path: string; message: string }[]): Problem {
  const { status, title } = PROBLEM_KINDS[kind]
  return { type: problemType(kind), title, status, ...(detail && { detail }), ...(errors && { errors }) }
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}

function messageOfRefusal(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined
}
