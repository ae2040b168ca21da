import type { Argon2Cost } from './password-hash.ts'

/** What the thread begins with. */
export type PasswordSettings = { readonly cost: Argon2Cost }

/** Main to worker. */
export type ToPasswordWorker =
  | { readonly type: 'hash'; readonly id: number; readonly password: string }
  | { readonly type: 'matches'; readonly id: number; readonly password: string; readonly hash: string }
  | { readonly type: 'close' }

/** Worker to main: the hash, or whether it matches. */
export type FromPasswordWorker =
  | { readonly type: 'value'; readonly id: number; readonly value: string | boolean }
  | { readonly type: 'error'; readonly id: number; readonly message: string }
