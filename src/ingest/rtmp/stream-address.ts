/** What a peer wants to publish to or to play, put together from `connect` and `publish`. */
export type StreamAddress = {
  /** A stream key or a slug. May be empty. */
  readonly name: string
  /** The `key` query parameter. */
  readonly key: string | undefined
  /** All that stood behind the name's question mark. */
  readonly query: string
}

/** The application name in `rtmp://HOST/live`. */
export const APP = 'live'
/** Longest app, address or name looked at. */
const MAX_LENGTH = 1024

/**
 * The app of a connection. Encoders differ: for `rtmp://host/live/sk_x` the app is `live` or, in some, `live/sk_x` with an
 * empty name. Without an app the address (`tcUrl`) tells it. Answers undefined when the first part of its path is not `live`.
 */
export function readApp(
  app: string | undefined,
  tcUrl: string | undefined,
): { rest: string; query: string } | undefined {
  const { path, query } = splitQuery(app ? app : pathOf(tcUrl ?? ''))
  const [first, ...rest] = path.split('/').filter((part) => part !== '')
  if (first !== APP) return undefined
  // FMS calls the default instance of an application `_definst_`.
  return { rest: rest.filter((part) => part !== '_definst_').join('/'), query: query || splitQuery(tcUrl ?? '').query }
}

/** The stream that `publish` or `play` names: its own name goes first, else what the app had more than `live`. */
export function readStreamAddress(app: { rest: string; query: string }, streamName: string): StreamAddress {
  const { path, query } = splitQuery(streamName.slice(0, MAX_LENGTH))
  const name = path.replace(/^\/+|\/+$/g, '')
  const key = new URLSearchParams(query).get('key') ?? new URLSearchParams(app.query).get('key')
  return { name: name || app.rest, key: key || undefined, query }
}

function splitQuery(text: string): { path: string; query: string } {
  const limited = text.slice(0, MAX_LENGTH)
  const at = limited.indexOf('?')
  return at < 0 ? { path: limited, query: '' } : { path: limited.slice(0, at), query: limited.slice(at + 1) }
}

/** What stands behind the host in `rtmp://host:1935/live/x?y`. */
function pathOf(tcUrl: string): string {
  return /^[a-z]+:\/\/[^/?]*(.*)$/i.exec(tcUrl.slice(0, MAX_LENGTH))?.[1] ?? ''
}
