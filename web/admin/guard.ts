import { ApiError } from '../api/client.ts'
import { go } from '../app/router.svelte.ts'
import { sessionKnown } from '../app/session.svelte.ts'
import { words } from '../words/words.ts'

/** Whoever is no admin is led to sign in. @returns whether the page may go on */
export async function entered(): Promise<boolean> {
  if ((await sessionKnown()).role === 'admin') return true
  toSignIn()
  return false
}

/** Signing in comes back to the page in view. */
export function toSignIn(): void {
  go(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`, 'replace')
}

/** An error in words; empty when the person was led to sign in. */
export function troubleOf(error: unknown): string {
  const status = error instanceof ApiError ? error.status : -1
  if (status === 401 || status === 403) {
    toSignIn()
    return ''
  }
  if (status === 0) return words.errors.unreachable
  return error instanceof ApiError && error.message !== '' ? error.message : words.errors.unknown
}
