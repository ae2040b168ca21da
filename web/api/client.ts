import type { z } from 'zod'
import type {
  Channel,
  ChannelList,
  ChannelWithKey,
  NewChannel,
  Problem,
  Session,
  Site,
} from '../../src/contract/channel.ts'

type Json<T extends z.ZodType> = z.infer<T>

/** The server refused, or (`status` 0) did not answer. The message is for people. */
export class ApiError extends Error {
  readonly status: number
  readonly fields: ReadonlyArray<{ readonly path: string; readonly message: string }>

  constructor(status: number, message: string, fields: ApiError['fields'] = []) {
    super(message)
    this.status = status
    this.fields = fields
  }
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, headers: { accept: 'application/json' }, signal: AbortSignal.timeout(10_000) }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { accept: 'application/json', 'content-type': 'application/json' }
  }
  const answer = await fetch(`/api/v1${path}`, init).catch(() => null)
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
  throw new ApiError(answer.status, problem.detail ?? problem.title ?? '', problem.errors ?? [])
}

const name = encodeURIComponent

export const api = {
  site: () => ask<Site>('GET', '/site'),
  channels: () => ask<Json<typeof ChannelList>>('GET', '/channels?limit=100'),
  channel: (slug: string) => ask<Channel>('GET', `/channels/${name(slug)}`),
  session: () => ask<Session>('GET', '/session'),
  signIn: (token: string) => ask<Session>('POST', '/session', { token }),
  signOut: () => ask<null>('DELETE', '/session'),
  makeChannel: (channel: NewChannel) => ask<Json<typeof ChannelWithKey>>('POST', '/channels', channel),
  rotateKey: (slug: string) => ask<Json<typeof ChannelWithKey>>('POST', `/channels/${name(slug)}/key`),
  endBroadcast: (slug: string) => ask<null>('POST', `/channels/${name(slug)}/end`),
  removeChannel: (slug: string) => ask<null>('DELETE', `/channels/${name(slug)}`),
}

/** The server's clock in ms since 1970, or NaN. */
export async function askTime(): Promise<number> {
  const answer = await fetch('/time', { cache: 'no-store', signal: AbortSignal.timeout(4000) }).catch(() => null)
  return answer?.ok ? Date.parse((await answer.text()).trim().replaceAll('"', '')) : Number.NaN
}
