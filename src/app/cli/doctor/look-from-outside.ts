import { isIP } from 'node:net'
import { messageOf } from '../../../base/errors.ts'
import type { Config } from '../../../config/schema.ts'
import type { Finding } from './finding.ts'
import type { RunningServer } from './running-server.ts'

const ABOUT = 'outside'
const ASKED_MS = 8000
const MOST_CHARACTERS = 1000
/** One-time codes and the delay that players show go wrong beyond this. */
const DRIFT_MS = 2000

/**
 * What a viewer would see at `server.publicUrl`, by the network as this machine has it: who answers, whether its certificate is
 * trusted, whether its clock is ours, whether WebSockets get through. Nothing else is asked, and nobody but that address.
 */
export async function lookFromOutside(
  { server: { publicUrl } }: Config,
  server: RunningServer | undefined,
): Promise<Finding[]> {
  if (publicUrl === undefined) {
    const todo = 'Letters, invitations and cards need it: set server.publicUrl to the address that viewers use.'
    return [{ about: ABOUT, state: 'note', found: 'server.publicUrl is not set', todo }]
  }
  if (server === undefined) {
    return [{ about: ABOUT, state: 'good', found: `${publicUrl} was not asked: no server runs` }]
  }
  const page = await answerOf(publicUrl)
  if (page.state !== 'good') return [page]
  return [page, await socketOf(publicUrl)]
}

async function answerOf(publicUrl: string): Promise<Finding> {
  const broken = (found: string, todo: string): Finding => ({ about: ABOUT, state: 'broken', found, todo })
  const startedAt = Date.now()
  try {
    const answer = await fetch(new URL('/time', publicUrl), {
      redirect: 'follow',
      signal: AbortSignal.timeout(ASKED_MS),
    })
    const text = (await answer.text()).slice(0, MOST_CHARACTERS)
    const tookMs = Date.now() - startedAt
    const theirs = Date.parse(text)
    if (answer.status !== 200 || !/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(theirs)) {
      const found = `${publicUrl} is answered by something else (status ${answer.status})`
      return broken(found, 'What stands before the server must hand all paths on to it: see docs/operating.md.')
    }
    const driftMs = Math.abs(theirs - startedAt - tookMs / 2)
    if (driftMs > DRIFT_MS + tookMs) {
      return broken(
        `${publicUrl} is a server whose clock differs by ${Math.round(driftMs / 1000)} s`,
        'It seems to be another machine: set its clock, or the address.',
      )
    }
    const end = new URL(answer.url).origin
    const found = `${publicUrl} answers after ${tookMs} ms${end === new URL(publicUrl).origin ? '' : `, sent on to ${end}`}`
    if (end === new URL(publicUrl).origin) return { about: ABOUT, state: 'good', found }
    return { about: ABOUT, state: 'note', found, todo: `Set server.publicUrl to ${end}.` }
  } catch (error) {
    return broken(`${publicUrl} can’t be reached: ${reasonOf(error)}`, advice(publicUrl))
  }
}

/** A page's one WebSocket: what a proxy hands on only when it is told to. */
async function socketOf(publicUrl: string): Promise<Finding> {
  const about = 'WebSocket'
  const todo = 'The proxy before the server must hand on Upgrade and Connection: see docs/operating.md.'
  const list = await fetch(new URL('/api/v1/channels?limit=1', publicUrl), { signal: AbortSignal.timeout(ASKED_MS) })
    .then(async (answer) => (await answer.json()) as { items?: { slug?: unknown }[] })
    .catch(() => undefined)
  const slug = list?.items?.[0]?.slug
  if (typeof slug !== 'string') return { about, state: 'good', found: 'not tried: there is no public channel yet' }
  const address = new URL(`/api/v1/channels/${slug}/ws`, publicUrl)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = new WebSocket(address)
  const timer = setTimeout(() => resolve(false), ASKED_MS)
  socket.addEventListener('open', () => resolve(true))
  socket.addEventListener('error', () => resolve(false))
  const open = await promise
  clearTimeout(timer)
  socket.close()
  return open
    ? { about, state: 'good', found: 'gets through' }
    : { about, state: 'broken', found: `does not get through at ${address}: no chat, no live state`, todo }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'nobody knows this name',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'there is no way there',
  ETIMEDOUT: 'there is no answer',
  UND_ERR_CONNECT_TIMEOUT: 'there is no answer',
  CERT_HAS_EXPIRED: 'its certificate has ended',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody vouches for its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'this machine does not know who vouches for its certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificates between its own and the authority’s are missing in its chain',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

function reasonOf(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError') return 'there is no answer'
    if ('code' in cause && typeof cause.code === 'string') {
      const words = REASONS[cause.code]
      if (words !== undefined) return words
      if (cause.cause === undefined) return messageOf(cause) || cause.code
    }
  }
  return messageOf(error)
}

/** Many routers don't let their own network in by the address outside. */
function advice(publicUrl: string): string {
  const host = new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === 'localhost' || (isIP(host) !== 0 && /^(127\.|::1$)/.test(host))) {
    return 'Only this machine can use that address: set server.publicUrl to the one that viewers use.'
  }
  return 'Check name, firewall and port forwarding; some routers let nobody in from their own network: then try it from a phone’s.'
}
