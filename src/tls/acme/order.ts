import { generateKeyPairSync } from 'node:crypto'
import { Agent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import acme, { type Authorization, type Client, type Order } from 'acme-client'
import { messageOf } from '../../base/errors.ts'
import { type Pair, pairOf } from '../pair.ts'
import type { Challenges } from './challenges.ts'
import { parseRetryAfter } from './schedule.ts'

export type ChallengeType = 'http-01' | 'tls-alpn-01'

export type OrderOptions = {
  readonly directory: string
  /** PEM; the account is made when the authority doesn't know it. */
  readonly accountKey: string
  readonly email: string | undefined
  readonly domains: readonly string[]
  readonly type: ChallengeType
  readonly challenges: Challenges
  /** Certificates in PEM that the authority's server is checked by, besides those that Node knows. */
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

/** No certificate was given. */
export class OrderError extends Error {
  override readonly name = 'OrderError'
  /** The authority answered, and said no. */
  readonly reached: boolean
  /** What it asks to wait at least. */
  readonly retryAfterMs: number | undefined
  constructor(message: string, reached: boolean, retryAfterMs: number | undefined, options?: ErrorOptions) {
    super(message, options)
    this.reached = reached
    this.retryAfterMs = retryAfterMs
  }
}

const REQUEST_MS = 30_000
const POLL_MS = 1000
/** Authorities look from several places, and may take their time. */
const PATIENCE_MS = 180_000
const LONGEST_ANSWER = 2 ** 20

/** Gets a certificate (RFC 8555): account, order, proofs, certificate. @throws OrderError */
export async function obtain(options: OrderOptions): Promise<Pair> {
  const wire = new Wire(options)
  try {
    const client = new acme.Client({ directoryUrl: options.directory, accountKey: options.accountKey })
    await enter(client, options.email)
    const order = await client.createOrder({
      identifiers: options.domains.map((value) => ({ type: 'dns', value })),
    })
    const authorizations = await client.getAuthorizations(order)
    await Promise.all(authorizations.map((authorization) => prove(client, order, authorization, options)))
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const [, request] = await acme.crypto.createCsr({ altNames: [...options.domains] }, key)
    await client.finalizeOrder(order, request)
    const done = await poll(options.signal, async () => {
      const now = await client.getOrder(order)
      if (now.status === 'invalid') throw new Error('the order became invalid')
      return now.status === 'valid' ? now : undefined
    })
    return pairOf(await client.getCertificate(done), key)
  } catch (error) {
    throw new OrderError(messageOf(error), wire.reached, wire.retryAfterMs, { cause: error })
  } finally {
    wire.detach()
  }
}

/** Finds the account of this key, or makes it. A new creation of one that is there becomes an update, which may not be empty. */
async function enter(client: Client, email: string | undefined): Promise<void> {
  const contact = email === undefined ? undefined : [`mailto:${email}`]
  const known = await client.createAccount({ onlyReturnExisting: true }).catch(() => undefined)
  if (known === undefined) await client.createAccount({ termsOfServiceAgreed: true, ...(contact && { contact }) })
  else if (contact !== undefined && known.contact?.[0] !== contact[0]) await client.updateAccount({ contact })
}

/** Proves one name, and waits until the authority believes it. */
async function prove(client: Client, order: Order, authorization: Authorization, options: OrderOptions): Promise<void> {
  if (authorization.status === 'valid') return
  const name = authorization.identifier.value
  const challenge = authorization.challenges.find(({ type }) => type === options.type)
  if (challenge === undefined) throw new Error(`the authority offers no ${options.type} for ${name}`)
  const keyAuthorization = await client.getChallengeKeyAuthorization(challenge)
  const remove = await put(authorization, challenge.token, keyAuthorization, options)
  try {
    await client.completeChallenge(challenge)
    await poll(options.signal, async () => {
      const all = await client.getAuthorizations(order)
      const now = all.find(({ url }) => url === authorization.url)
      if (now?.status === 'valid') return now
      if (now?.status === 'pending') return undefined
      const error = now?.challenges.find(({ type }) => type === options.type)?.error as { detail?: string } | undefined
      throw new Error(`${name} could not be proved by ${options.type}: ${error?.detail ?? now?.status ?? 'it is gone'}`)
    })
  } finally {
    remove()
  }
}

async function put(
  authorization: Authorization,
  token: string,
  keyAuthorization: string,
  { type, challenges }: OrderOptions,
): Promise<() => void> {
  if (type === 'http-01') return challenges.putAnswer(token, keyAuthorization)
  const ecdsa = await acme.crypto.createPrivateEcdsaKey()
  const [key, cert] = await acme.crypto.createAlpnCertificate(authorization, keyAuthorization, ecdsa)
  return challenges.putPair(authorization.identifier.value, { cert: cert.toString(), key: key.toString() })
}

async function poll<T>(signal: AbortSignal, ask: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > untilMs) throw new Error('the authority did not decide in time')
    await sleep(POLL_MS, undefined, { signal })
  }
}

/**
 * What goes over acme-client's one axios while we ask: with a time limit, an end, the operator's own authority, and an ear
 * for Retry-After. Its own retries wait for hours if told so, and can't be ended: we try again ourselves.
 */
class Wire {
  readonly #ids: readonly [number, number]
  reached = false
  retryAfterMs: number | undefined

  constructor({ ca, signal }: OrderOptions) {
    const { axios } = acme
    Object.assign(axios.defaults as { acmeSettings?: object }, {
      acmeSettings: { ...(axios.defaults as { acmeSettings?: object }).acmeSettings, retryMaxAttempts: 0 },
    })
    const httpsAgent = ca === undefined ? undefined : new Agent({ ca: [...rootCertificates, ca] })
    const { request, response } = axios.interceptors
    this.#ids = [
      request.use((config) =>
        Object.assign(config, { timeout: REQUEST_MS, maxContentLength: LONGEST_ANSWER, signal, httpsAgent }),
      ),
      response.use((answer) => {
        this.reached = true
        if (answer.status >= 400) {
          this.retryAfterMs = parseRetryAfter(answer.headers['retry-after'], Date.now()) ?? this.retryAfterMs
        }
        return answer
      }),
    ]
  }

  detach(): void {
    acme.axios.interceptors.request.eject(this.#ids[0])
    acme.axios.interceptors.response.eject(this.#ids[1])
  }
}
