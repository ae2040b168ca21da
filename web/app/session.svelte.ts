import { untrack } from 'svelte'
import type { Session } from '../../src/contract/people.ts'
import { ApiError, api, call, renewBy } from '../api/client.ts'

/**
 * Who is signed in. The cookies are the server's business; a device keeps beside them whose name to show before the
 * server has answered, and until when the session lasts, so that tabs know of each other.
 */
const keptAs = 'signed-in'
/** Renewed so long before its end. */
const aheadMs = 60_000
/** However wrong this device's clock is, the server is not asked more often. */
const leastMs = 30_000
const nobody: Session = { role: 'public', person: null, expiresAt: null, renewable: false }

type Kept = { readonly name: string | null; readonly until: string | null }

let current = $state.raw<Session | null>(null)
let kept = $state.raw<Kept | null>(recall())
/** Renewals that came when the session was over already: what was asked meanwhile was asked by nobody. */
let late = $state(0)
let asking: Promise<Session> | null = null
let renewing: Promise<boolean> | null = null
let timer: ReturnType<typeof setTimeout> | undefined

export const session = {
  /** What the server said last; null: not asked yet. */
  get now(): Session | null {
    return current
  },
  /** Somebody is signed in, as far as this page knows. */
  get signedIn(): boolean {
    return current === null ? kept !== null : current.role !== 'public'
  },
  /** Of who is signed in; null: whoever holds the admin token. */
  get name(): string | null {
    return current === null ? (kept?.name ?? null) : (current.person?.name ?? null)
  },
  /** Changes when connections that were made before are nobody's, though somebody is signed in. */
  get late(): number {
    return late
  },
  get role(): Session['role'] {
    return current?.role ?? 'public'
  },
}

/** Once, at the start. Whoever never signed in here costs the server no question. */
export function startSession(): void {
  renewBy(renew)
  if (kept !== null) void sessionKnown().catch(() => undefined)
  addEventListener('storage', ({ key }) => {
    if (key !== keptAs) return
    const before = kept
    kept = recall()
    // Another tab: signed in, signed out, or merely renewed.
    if ((before === null) !== (kept === null) || before?.name !== kept?.name) void ask().catch(() => undefined)
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') plan()
  })
}

/** Asks the server, once. Whoever calls it in an effect is not called again by what it answers. @throws ApiError */
export function sessionKnown(): Promise<Session> {
  return untrack(() => (current === null ? ask() : Promise.resolve(current)))
}

/** What the person may has changed, as far as this page knows. @throws ApiError */
export function askAnew(): Promise<Session> {
  return ask()
}

/** Somebody signed in, or what is known of them changed. */
export function takeSession(next: Session): void {
  current = next
  kept = next.role === 'public' ? null : { name: next.person?.name ?? null, until: next.expiresAt }
  keep(kept)
  plan()
}

/** @throws ApiError when the server could not be told: then this device is still signed in */
export async function signOut(): Promise<void> {
  await api.signOut()
  takeSession(nobody)
}

function ask(): Promise<Session> {
  asking ??= askOnce().finally(() => {
    asking = null
  })
  return asking
}

async function askOnce(): Promise<Session> {
  let answer = await api.session()
  // The short-lived cookie is over, the one that renews it is there.
  if (answer.renewable && (await renewAlone())) answer = current ?? answer
  takeSession(answer)
  return answer
}

/** @returns whether there is a session to go on with */
function renew(): Promise<boolean> {
  const hopeless = current === null ? kept === null : current.role === 'public' && !current.renewable
  return hopeless ? Promise.resolve(false) : renewAlone()
}

function renewAlone(): Promise<boolean> {
  renewing ??= alone(renewOnce).finally(() => {
    renewing = null
  })
  return renewing
}

async function renewOnce(): Promise<boolean> {
  const before = kept
  const others = recall()
  // While this tab waited for its turn another one did it.
  if (others !== null && others.until !== before?.until && lasts(others)) {
    if (current === null || current.role === 'public') takeSession(await api.session())
    else takeSession({ ...current, expiresAt: others.until })
    if (before === null || !lasts(before)) late += 1
    return true
  }
  try {
    takeSession(await call('POST /api/v1/session/refresh'))
    if (before === null || !lasts(before)) late += 1
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) takeSession(nobody)
    else plan()
    return false
  }
}

/** One tab at a time; without locks (plain HTTP) the server bears with two that come at once. */
function alone(act: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks === undefined ? act() : navigator.locks.request('session', act)
}

function plan(): void {
  clearTimeout(timer)
  if (current === null || current.person === null || current.expiresAt === null) return
  const leftMs = Date.parse(current.expiresAt) - Date.now() - aheadMs
  if (leftMs <= 0 && document.visibilityState === 'hidden') return
  timer = setTimeout(() => void renew(), Math.max(leastMs, leftMs))
}

function lasts({ until }: Kept): boolean {
  return until !== null && Date.parse(until) > Date.now()
}

function recall(): Kept | null {
  try {
    const value = JSON.parse(localStorage.getItem(keptAs) ?? 'null') as Partial<Kept> | null
    if (value === null || typeof value !== 'object') return null
    const text = (one: unknown) => (typeof one === 'string' ? one : null)
    return { name: text(value.name), until: text(value.until) }
  } catch {
    return null
  }
}

function keep(value: Kept | null): void {
  try {
    if (value === null) localStorage.removeItem(keptAs)
    else localStorage.setItem(keptAs, JSON.stringify(value))
  } catch {
    // A private window: the server is asked anew on each page.
  }
}
