import { PASSWORD_MAX, PASSWORD_MIN, PERSON_NAME_LENGTH } from '../../src/contract/people-limits.ts'
import { ApiError } from '../api/client.ts'
import { words } from '../words/account.ts'

/** What is wrong, by the name of a field; `''`: with all of it. */
export type Faults = Readonly<Record<string, string>>

/**
 * The server's refusal in words, each beside its field where it has one.
 * @param fields that can show what is wrong with them
 */
export function faultsOf(error: unknown, fields: readonly string[] = []): Faults {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 0) return { '': words.errors.unreachable }
  const own = error.fields.filter(({ path }) => fields.includes(path))
  if (own.length > 0) return Object.fromEntries(own.map(({ path, message }) => [path, message]))
  if (error.status === 429) return { '': words.account.wrong.many }
  const said = error.fields[0]?.message ?? error.message
  return { '': said === '' ? words.errors.unknown : said }
}

/** Whether an address may be one; whether it is one only a letter to it can tell. */
export function emailFault(email: string): string {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(email.trim()) ? '' : words.account.wrong.email
}

export function nameFault(name: string): string {
  if (name.trim() === '') return words.account.wrong.name
  return [...name.trim()].length > PERSON_NAME_LENGTH ? words.account.wrong.nameLong(PERSON_NAME_LENGTH) : ''
}

/** Of a password that is chosen now: length is all that is asked of it. */
export function newPasswordFault(password: string): string {
  if (password.length < PASSWORD_MIN) return words.account.wrong.passwordShort(PASSWORD_MIN)
  return password.length > PASSWORD_MAX ? words.account.wrong.passwordLong(PASSWORD_MAX) : ''
}

export function passwordHint(): string {
  return words.account.fields.passwordHint(PASSWORD_MIN)
}
