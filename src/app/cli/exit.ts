import { MalformedError, messageOf } from '../../base/errors.ts'

/** 0 done, 1 failed, 2 wrong usage or configuration. */
export type ExitStatus = 0 | 1 | 2

/** A command cannot do what it was asked to; the message is a sentence for the person who asked. */
export class CommandError extends Error {
  readonly status: ExitStatus
  constructor(message: string, status: ExitStatus = 1, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The sentence for an error that a person can do something about; undefined: it is our own mistake. */
export function sentenceFor(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') {
    const system = systemSentence(error.code, error)
    if (system !== undefined) return system
    const isOurs = [
      'CONFIG',
      'UNAVAILABLE',
      'NOT_FOUND',
      'UNAUTHORIZED',
      'FORBIDDEN',
      'CONFLICT',
      'LIMIT',
      'UNSUPPORTED',
    ]
    if (isOurs.includes(error.code) || error instanceof MalformedError) return error.message
  }
  return error.cause instanceof Error ? sentenceFor(error.cause) : undefined
}

function systemSentence(code: string, error: Error): string | undefined {
  const port = 'port' in error && typeof error.port === 'number' ? error.port : undefined
  switch (code) {
    case 'EADDRINUSE':
      if (port === undefined) return undefined
      return `Port ${port} is in use by another program; stop that one or choose another port in the configuration.`
    case 'EADDRNOTAVAIL':
      return `This machine has no such address to listen on: ${messageOf(error)}.`
    case 'EACCES':
      if (port === undefined) return `No permission: ${messageOf(error)}.`
      return `Port ${port} may not be opened by this user; choose one above 1023 in the configuration.`
    case 'ENOSPC':
      return `The disk is full: ${messageOf(error)}.`
    case 'EROFS':
      return `The disk is read-only: ${messageOf(error)}.`
    default:
      return undefined
  }
}
