export type Kind = {
  readonly status: number
  /** What it means to a person. */
  readonly title: string
  /** When it is answered, and what to do: the anchor that `type` names shows it. */
  readonly when: string
  /** Headers of such an answer, and what they say. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Every problem that HTTP answers. The names are stable: `type` ends in them. */
export const PROBLEM_KINDS = {
  invalid: {
    status: 400,
    title: 'Something in the request is not right',
    when: 'A value breaks a rule. `errors` names each by its path.',
  },
  malformed: {
    status: 400,
    title: 'The request can’t be understood',
    when: 'The body is no JSON, or the request breaks a rule of HTTP.',
  },
  unauthorized: {
    status: 401,
    title: 'Please sign in',
    when: 'Nobody is signed in, or the token is not known: send one as `Authorization: Bearer`.',
    headers: { 'WWW-Authenticate': 'How to authenticate.' },
  },
  'session-expired': {
    status: 401,
    title: 'Please sign in again',
    when: 'An access token is over, or no longer good: `POST /api/v1/session/refresh` gives another, once, or says that the session has ended.',
    headers: { 'WWW-Authenticate': 'How to authenticate.' },
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    when: 'Who asks is known but may not do this, or the request comes from a page of another site.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    when: 'What the address names does not exist, or no longer.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This can’t be done here',
    when: 'The address is right, the method is not.',
    headers: { Allow: 'The methods of this address.' },
  },
  conflict: {
    status: 409,
    title: 'It is taken already',
    when: 'A name or a key is another’s.',
  },
  'too-large': {
    status: 413,
    title: 'The request is too large',
    when: 'The body is longer than `limits.http.bodyBytes`; a picture: than 1 MiB.',
  },
  'unsupported-type': {
    status: 415,
    title: 'This content type is not understood here',
    when: 'Bodies are `application/json`.',
  },
  unsupported: {
    status: 422,
    title: 'This is not supported',
    when: 'It is understood, but this server can’t do it.',
  },
  configuration: {
    status: 422,
    title: 'The configuration has a mistake',
    when: 'It was read again and is not right; what is in force stays. `errors` has the mistakes, `path` is always empty.',
  },
  limit: {
    status: 429,
    title: 'Too much at once, please wait a moment',
    when: 'A limit was reached. Wait as long as `Retry-After` says, then try again.',
    headers: { 'Retry-After': 'Seconds to wait.' },
  },
  internal: {
    status: 500,
    title: 'The server made a mistake',
    when: 'A bug of ours: the server’s log has it.',
  },
  unavailable: {
    status: 503,
    title: 'Not available just now, please try again',
    when: 'Something the server needs does not answer, or it is starting or stopping. Try again a little later.',
    headers: { 'Retry-After': 'Seconds to wait.' },
  },
} as const satisfies Record<string, Kind>
export type ProblemKind = keyof typeof PROBLEM_KINDS

/** The `type` of RFC 9457 section 3.1.1: its anchor on the page of the API says more, on whichever host that is. */
export function problemType(kind: ProblemKind): string {
  return `/api/docs#problem-${kind}`
}
