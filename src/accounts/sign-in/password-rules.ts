import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from '../../contract/people-limits.ts'

/** What those who guess try first, as far as it is long enough for us (NIST SP 800-63B-4 section 3.1.1.2 wants a list). */
const COMMON: ReadonlySet<string> = new Set(
  `1234567890 12345678910 123456789a 1234567891 0123456789 9876543210 0987654321 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop
  qwertyuiop1 qwerty12345 qwerty1234 qwertzuiop qwertzuiopü asdfghjkl1 asdfghjklö zxcvbnm123 password12 password123
  password1234 password12345 password01 passw0rd123 p@ssw0rd123 p@ssword123 passwort12 passwort123 passwort1234
  letmein1234 welcome123 welcome1234 willkommen willkommen1 willkommen123 iloveyou12 iloveyou123 ichliebedich
  changeme123 changeme1234 administrator adminadmin admin12345 admin123456 administrator1 superadmin streamhost
  streamhost1 streamhost123 livestream livestream1 livestream123 streaming123 football123 basketball baseball123
  princess123 sunshine123 sommer2024 sommer2025 sommer2026 winter2024 winter2025 winter2026 summer2024 summer2025
  summer2026 mypassword mypassword1 mypassword123 1password1 abcdefghij abcdefghijk abcd1234567 abc1234567 abc123456789
  1111111111 0000000000 qazwsxedcrfv testtest123 test123456 testpassword hello12345 computer123 trustno1trustno1
  0123456789a dragon12345 monkey12345 michelle123 starwars123`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Why a password is refused, as a sentence that doesn't repeat it; undefined when it is fine. @param words that everybody knows of the person */
export function passwordProblem(password: string, words: readonly string[]): string | undefined {
  if (password.length < PASSWORD_MIN) return `a password has at least ${PASSWORD_MIN} characters`
  if (password.length > PASSWORD_MAX) return `a password has at most ${PASSWORD_MAX} characters`
  const plain = password.normalize('NFKC').toLowerCase()
  if (COMMON.has(plain) || new Set(plain).size < 3) return 'this password is among the first that others would try'
  const known = words.map((word) => word.normalize('NFKC').toLowerCase()).filter((word) => word.length > 2)
  if (known.some((word) => plain === word || plain.replace(/[\d\W_]+$/u, '') === word)) {
    return 'a password is not one’s own name or e-mail address'
  }
  return undefined
}

/** @throws InvalidFieldError */
export function mustBeGood(password: string, person: { readonly name: string; readonly email: string }): void {
  const problem = passwordProblem(password, [person.name, person.email, person.email.split('@')[0] ?? ''])
  if (problem !== undefined) throw new InvalidFieldError('password', problem)
}
