import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  hashPassword,
  isOutdated,
  nobodysHash,
  passwordMatches,
} from '../../../../src/accounts/sign-in/password-hash.ts'
import { passwordProblem } from '../../../../src/accounts/sign-in/password-rules.ts'
import { Passwords } from '../../../../src/accounts/sign-in/passwords.ts'
import { RefusedError, UnavailableError } from '../../../../src/base/errors.ts'
import { silentLog } from '../../../../src/base/log.ts'

/** Quick ones, where the cost is not what is tested. */
const CHEAP = { memory: 64, passes: 1, parallelism: 1 }

describe('a password’s hash', () => {
  test('is a PHC string of Argon2id at the cost of the OWASP, with a salt of its own each time', () => {
    const hash = hashPassword('correct horse battery')
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(hashPassword('correct horse battery'), hash)
    assert.ok(passwordMatches('correct horse battery', hash))
    assert.ok(!passwordMatches('correct horse batterz', hash))
    assert.ok(!passwordMatches('', hash))
    assert.ok(!isOutdated(hash))
  })
  test('is what others make of the same: the vector of RFC 9106’s reference implementation', () => {
    // argon2 of the reference: `echo -n password | ./argon2 somesalt -id -t 2 -m 16 -p 1`
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    assert.ok(passwordMatches('password', reference))
  })
  test('is the same for letters that keyboards write in two ways', () => {
    assert.ok(passwordMatches('Pass\u0065\u0301word', hashPassword('Pass\u00e9word', CHEAP)))
  })
  test('of another cost still matches, and is to be made anew', () => {
    const hash = hashPassword('correct horse battery', CHEAP)
    assert.ok(passwordMatches('correct horse battery', hash))
    assert.ok(isOutdated(hash))
  })
  test('that is none, or would take the machine’s memory, matches nothing', () => {
    const costly = hashPassword('a', CHEAP).replace('m=64', 'm=99999999')
    for (const hash of ['', 'x', '$argon2id$', '$2b$12$abc', nobodysHash().replace('t=2', 't=0'), costly]) {
      assert.equal(passwordMatches('a', hash), false, hash)
    }
  })
})

test('passwords that others would try first are refused, in a sentence that doesn’t repeat them', () => {
  const words = ['Anna Weber', 'anna.weber@example.org', 'anna.weber']
  for (const bad of [
    'short',
    'password123',
    'PASSWORD123',
    'aaaaaaaaaaaa',
    'Anna Weber',
    'anna.weber2026',
    'x'.repeat(201),
  ]) {
    const problem = passwordProblem(bad, words)
    assert.ok(problem !== undefined && !problem.includes(bad), bad)
  }
  for (const good of ['correct horse battery', 'zwölf Boxkämpfer', '日本語のパスワードです']) {
    assert.equal(passwordProblem(good, words), undefined, good)
  }
})

describe('the thread of passwords', () => {
  test('hashes and compares, and of nobody says no', async () => {
    const passwords = new Passwords(silentLog)
    const hash = await passwords.hash('correct horse battery')
    assert.equal(await passwords.matches('correct horse battery', hash), true)
    assert.equal(await passwords.matches('correct horse batterz', hash), false)
    assert.equal(await passwords.matches('correct horse battery', null), false)
    assert.equal(passwords.figures.seconds.count, 4)
    await passwords.stop()
    await assert.rejects(passwords.hash('correct horse battery'), UnavailableError)
  })
  test('compares with what was made at another cost, and takes as long for nobody as for somebody', async () => {
    const passwords = new Passwords(silentLog, CHEAP)
    const hash = hashPassword('correct horse battery')
    assert.ok(passwords.isOutdated(hash) && !passwords.isOutdated(await passwords.hash('x')))
    assert.equal(await passwords.matches('correct horse battery', hash), true)
    assert.match(nobodysHash(CHEAP), /m=64,t=1,p=1/)
    await passwords.stop()
  })
  test('lets 32 wait and sends the others away, with a time to come again', async () => {
    const passwords = new Passwords(silentLog)
    const asked = Array.from({ length: 40 }, () => passwords.matches('x', null))
    const settled = await Promise.allSettled(asked)
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    assert.equal(refused.length, 7)
    for (const error of refused) {
      assert.ok(error instanceof RefusedError && error.code === 'LIMIT' && error.retryAfterSeconds === 5)
    }
    assert.equal(passwords.figures.refused, 7)
    assert.equal(passwords.figures.waiting, 0)
    await passwords.stop()
  })
  test('runs behind everything else of the program', { skip: process.platform !== 'linux' }, async () => {
    const passwords = new Passwords(silentLog)
    await passwords.matches('x', null)
    const own = niceOf(String(process.pid))
    const nices = readdirSync('/proc/self/task').map(niceOf)
    assert.ok(
      nices.some((nice) => nice === Math.min(19, own + 10)),
      `${nices}`,
    )
    await passwords.stop()
  })
})

/** Field 19 of proc_pid_stat(5). */
function niceOf(task: string): number {
  const text = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16])
}
