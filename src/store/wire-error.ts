import { ConfigError, messageOf, NotFoundError, UnavailableError } from '../base/errors.ts'
import type { WireError } from './protocol.ts'
import { sqliteCode } from './sqlite-error.ts'

/** In the worker: what was thrown, by who must act. */
export function toWire(error: unknown): WireError {
  const message = messageOf(error)
  if (error instanceof ConfigError) return { kind: 'config', message }
  if (error instanceof NotFoundError) return { kind: 'not-found', message }
  switch (sqliteCode(error)) {
    case 'busy':
      return { kind: 'unavailable', message: 'the database is in use by another program' }
    case 'full':
      return { kind: 'unavailable', message: 'the disk of the database is full' }
    case 'damaged':
      return { kind: 'unavailable', message: 'the database is damaged' }
    default:
      return { kind: 'bug', message, stack: error instanceof Error ? error.stack : undefined }
  }
}

/** On the main thread: the error as the port documents it. */
export function fromWire(error: WireError): Error {
  switch (error.kind) {
    case 'config':
      return new ConfigError(error.message)
    case 'not-found':
      return new NotFoundError(error.message)
    case 'unavailable':
      return new UnavailableError(error.message)
    case 'bug': {
      const bug = new Error(`the store failed: ${error.message}`)
      if (error.stack !== undefined) bug.stack = `${bug.message}\n${error.stack}`
      return bug
    }
  }
}
