/**
 * Errors are classes by who must act. Each carries a stable `code` for logs and answers; `cause` holds the error below.
 * One function per protocol maps the classes to its own codes (HTTP status, RTMP `NetStream.*`, WebSocket close codes).
 */
abstract class CodedError extends Error {
  abstract readonly code: string
}

/** The peer sent bytes or text that its own specification forbids. Ends that one connection, never the process. */
export class MalformedError extends CodedError {
  override readonly name = 'MalformedError'
  readonly code = 'MALFORMED'
}

/** The request is understood but not allowed: wrong key, forbidden by role, banned, a limit reached. */
export class RefusedError extends CodedError {
  override readonly name = 'RefusedError'
  readonly code: string
  /** When it is worth to ask again; undefined: nobody knows. */
  readonly retryAfterSeconds: number | undefined
  constructor(
    code: 'UNAUTHORIZED' | 'SESSION_EXPIRED' | 'FORBIDDEN' | 'CONFLICT' | 'LIMIT' | 'UNSUPPORTED',
    message: string,
    options?: ErrorOptions & { readonly retryAfterSeconds?: number },
  ) {
    super(message, options)
    this.code = code
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/** The thing that was named does not exist (any more). */
export class NotFoundError extends CodedError {
  override readonly name = 'NotFoundError'
  readonly code = 'NOT_FOUND'
}

/** The operator must change something: a setting, a port, a directory. The message is a sentence that says what to do. */
export class ConfigError extends CodedError {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG'
}

/** Something this server depends on does not answer now; the same request may work later. */
export class UnavailableError extends CodedError {
  override readonly name = 'UnavailableError'
  readonly code = 'UNAVAILABLE'
}

export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
