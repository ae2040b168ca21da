import { Transform } from 'node:stream'
import type { preParsingAsyncHookHandler } from 'fastify'

/** The body is longer than it may be. */
class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
  readonly statusCode = 413
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The longest body that this route takes; left out: `limits.http.bodyBytes`. */
    bodyBytes?: number
  }
}

/** Refuses longer bodies: at once when they say how long they are, else when they have become so. @param bytes asked for each body */
export function bodyLimit(bytes: () => number): preParsingAsyncHookHandler {
  return async (request, reply, payload) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    if (length === undefined && encoding === undefined) return payload
    const most = request.routeOptions.config.bodyBytes ?? bytes()
    const tooLarge = (): TooLargeError => new TooLargeError(`a body of more than ${most} bytes is not taken`)
    if (Number(length) > most) {
      // What was not read can't be told from the next request.
      reply.header('connection', 'close')
      throw tooLarge()
    }
    if (encoding === undefined) return payload
    let received = 0
    return payload.pipe(
      new Transform({
        transform(chunk: Buffer, _, done) {
          received += chunk.byteLength
          done(received > most ? tooLarge() : null, chunk)
        },
      }),
    )
  }
}
