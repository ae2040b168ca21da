import { request as httpRequest } from 'node:http'
import { messageOf } from '../../base/errors.ts'
import type { Config } from '../../config/schema.ts'
import { socketPath as socketPathOf } from '../instance-lock.ts'
import { CommandError } from './exit.ts'
import type { ApiAnswer, ApiRequest, OpenOffline } from './ports.ts'

/** No answer to a person's command is longer. */
const MAX_ANSWER_BYTES = 16 << 20
const ANSWER_MS = 30_000

/** Nothing listens at the socket: no server runs on this data directory. */
class NobodyThereError extends Error {}

/** Runs an action against the API: of the server that runs on this data directory, else on the directory itself. */
export async function withApi<Result>(
  config: Config,
  loadOffline: () => Promise<OpenOffline>,
  action: (request: ApiRequest) => Promise<Result>,
): Promise<Result> {
  const socketPath = socketPathOf(config.storage.dataDir)
  const online: ApiRequest = (method, path, body) => call(socketPath, method, path, body)
  try {
    await online('GET', '/healthz')
  } catch (error) {
    if (!(error instanceof NobodyThereError)) throw error
    const open = await loadOffline()
    const offline = await open(config)
    try {
      return await action(offline.request)
    } finally {
      await offline.close()
    }
  }
  return action(online)
}

/** Runs an action against the server that runs on this data directory. @throws CommandError when none does */
export async function withServer<Result>(
  config: Config,
  action: (request: ApiRequest) => Promise<Result>,
): Promise<Result> {
  const socketPath = socketPathOf(config.storage.dataDir)
  try {
    return await action((method, path, body) => call(socketPath, method, path, body))
  } catch (error) {
    if (!(error instanceof NobodyThereError)) throw error
    throw new CommandError(`No server runs on the data directory ${config.storage.dataDir}.`)
  }
}

/** The body of an answer that says yes. @throws CommandError with the problem's words (RFC 9457) */
export async function expectOk(answer: Promise<ApiAnswer>): Promise<unknown> {
  const { status, json } = await answer
  if (status >= 200 && status < 300) return json
  const { title, detail, errors } = (json ?? {}) as { title?: unknown; detail?: unknown; errors?: unknown }
  // What is wrong with each field says more than that something is.
  const fields = Array.isArray(errors) ? errors.map((item) => `${wordOf(item?.path)}: ${item?.message}`) : []
  const words = fields.length > 0 ? fields : [String(detail ?? title ?? `the server answered with status ${status}`)]
  // What was typed is no such thing, or nothing is there or possible as it stands.
  throw new CommandError(words.join('\n'), fields.length > 0 ? 2 : 1)
}

/** A field of the API as the command line calls it. */
function wordOf(path: unknown): string {
  return path === 'slug' ? 'name' : String(path)
}

function call(socketPath: string, method: string, path: string, body: unknown): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>()
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const outgoing = httpRequest({ socketPath, method, path, headers, host: 'localhost', agent: false })
  outgoing.setTimeout(ANSWER_MS, () => outgoing.destroy(new Error(`it is silent for ${ANSWER_MS / 1000} s`)))
  outgoing.once('error', (error) => reject(whyNot(error, socketPath)))
  outgoing.once('response', async (incoming) => {
    try {
      let answer = ''
      for await (const chunk of incoming.setEncoding('utf8')) {
        answer += chunk
        if (answer.length > MAX_ANSWER_BYTES) throw new Error('its answer is too long')
      }
      resolve({ status: incoming.statusCode ?? 0, json: answer === '' ? null : parse(answer) })
    } catch (error) {
      reject(whyNot(error, socketPath))
    }
  })
  outgoing.end(text)
  return promise
}

function parse(answer: string): unknown {
  try {
    return JSON.parse(answer)
  } catch {
    return null
  }
}

function whyNot(error: unknown, socketPath: string): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new NobodyThereError(messageOf(error))
  if (code === 'EACCES') {
    return new CommandError(`Only the user who runs the server may command it: no permission for ${socketPath}.`)
  }
  return new CommandError(`The server does not answer at ${socketPath}: ${messageOf(error)}.`, 1, { cause: error })
}
