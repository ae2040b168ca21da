import type { z } from 'zod'
import type { NewChannel, Problem } from '../../src/contract/channel.ts'
import type { Operations } from '../../src/contract/operations.ts'
import { problemKind } from './problem-kind.ts'

/** What a problem says to people; `said` is the server's own English. */
type InWords = (type: string | undefined, said: string) => string
let inWords: InWords = (_, said) => said

/** Once, at the start: how the page says what the server refused. */
export function sayProblems(how: InWords): void {
  inWords = how
}

/** Gets a session that ended another turn; false: it can't. */
let renew: () => Promise<boolean> = async () => false

/** Once, at the start: what is tried when a session has ended, before the question is asked again. */
export function renewBy(how: () => Promise<boolean>): void {
  renew = how
}

/** The server refused, or (`status` 0) did not answer. The message is for people. */
export class ApiError extends Error {
  readonly status: number
  /** The last part of the problem's `type`; empty: the server did not say. */
  readonly kind: string
  readonly fields: ReadonlyArray<{ readonly path: string; readonly message: string }>

  constructor(status: number, message: string, fields: ApiError['fields'] = [], kind = '') {
    super(message)
    this.status = status
    this.kind = kind
    this.fields = fields
  }
}

/** What an operation of the contract takes; a wrong address, parameter or body does not compile. */
type Input<O> = (O extends { params: infer S extends z.ZodType } ? { readonly params: z.input<S> } : unknown) &
  (O extends { querystring: infer S extends z.ZodType } ? { readonly query?: z.input<S> } : unknown) &
  (O extends { body: infer S extends z.ZodType }
    ? undefined extends z.input<S>
      ? { readonly body?: z.input<S> }
      : { readonly body: z.input<S> }
    : unknown) & {
    /** A token that asks in place of the session's cookie: a stream key. */
    readonly bearer?: string
  }
type Arguments<I> = Record<never, never> extends I ? [input?: I] : [input: I]

/** What it answers when all is well; null where there is nothing to say. */
export type Answer<K extends keyof Operations> = {
  [S in keyof Operations[K]['response']]: S extends 200 | 201 | 204
    ? Operations[K]['response'][S] extends infer T extends z.ZodType
      ? z.output<T>
      : never
    : never
}[keyof Operations[K]['response']]

/** Calls the API by the contract's name of an operation. @throws ApiError */
export async function call<K extends keyof Operations>(
  operation: K,
  ...[input]: Arguments<Input<Operations[K]>>
): Promise<Answer<K>> {
  const { params, query, body, bearer } = (input ?? {}) as Parts
  const [method = '', pattern = ''] = operation.split(' ')
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params?.[name])))
  const values = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(values.map(([name, value]) => [name, String(value)])).toString()
  const address = search === '' ? path : `${path}?${search}`
  const sent = body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }
  return request(method, address, bearer === undefined ? sent : { ...sent, bearer })
}

type Sent = { readonly body?: string | Blob; readonly type?: string; readonly bearer?: string }

/** Asks for what `call` has no types for. @throws ApiError */
export async function request<T>(method: string, address: string, sent: Sent = {}): Promise<T> {
  try {
    return await send(method, address, sent)
  } catch (error) {
    // What asks about the session itself is answered by it.
    const ended = error instanceof ApiError && error.status === 401 && sent.bearer === undefined
    if (!ended || address.startsWith('/api/v1/session') || !(await renew())) throw error
    return send(method, address, sent)
  }
}

/** The server checked its answer against the same contract before it sent it. */
async function send<T>(method: string, path: string, { body, type, bearer }: Sent): Promise<T> {
  const headers = new Headers({ accept: 'application/json' })
  if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
  if (type !== undefined) headers.set('content-type', type)
  const init: RequestInit = { method, headers, signal: AbortSignal.timeout(body instanceof Blob ? 60_000 : 10_000) }
  if (body !== undefined) init.body = body
  const answer = await fetch(path, init).catch(() => null)
  if (answer === null) throw new ApiError(0, '')
  const text = await answer.text().catch(() => '')
  let value: unknown = null
  try {
    value = text === '' ? null : JSON.parse(text)
  } catch {
    // A proxy's own page: the status says what there is to know.
  }
  if (answer.ok) return value as T
  const problem = (value ?? {}) as Partial<Problem>
  const errors = (problem.errors ?? []).map(({ path, message }) => ({
    path,
    message: inWords(problem.type, message),
  }))
  const said = inWords(problem.type, problem.detail ?? problem.title ?? '')
  throw new ApiError(answer.status, said, errors, problemKind(problem.type))
}

type Parts = {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly bearer?: string
}

export const api = {
  site: () => call('GET /api/v1/site'),
  channels: () => call('GET /api/v1/channels', { query: { limit: 100 } }),
  channel: (slug: string) => call('GET /api/v1/channels/:slug', { params: { slug } }),
  session: () => call('GET /api/v1/session'),
  signOut: () => call('DELETE /api/v1/session'),
  makeChannel: (body: NewChannel) => call('POST /api/v1/channels', { body }),
  rotateKey: (slug: string) => call('POST /api/v1/channels/:slug/key', { params: { slug } }),
  endBroadcast: (slug: string) => call('POST /api/v1/channels/:slug/end', { params: { slug } }),
  removeChannel: (slug: string) => call('DELETE /api/v1/channels/:slug', { params: { slug } }),
}

/** The server's clock in ms since 1970, or NaN. */
export async function askTime(): Promise<number> {
  const answer = await fetch('/time', { cache: 'no-store', signal: AbortSignal.timeout(4000) }).catch(() => null)
  return answer?.ok ? Date.parse((await answer.text()).trim().replaceAll('"', '')) : Number.NaN
}
