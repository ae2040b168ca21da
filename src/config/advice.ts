import type { Config } from './schema.ts'

/** What is valid, and yet likely not what was meant: sentences that say what follows and what to do. */
export function adviceOf({ auth }: Config): readonly string[] {
  if (auth.signUp !== 'open' || auth.mail.url !== undefined) return []
  return [
    'auth.signUp is open and auth.mail.url is not set: anybody can make accounts with addresses that are not theirs, and who tries an address learns whether it has an account here. Set up mail, or let people in by invitation.',
  ]
}
