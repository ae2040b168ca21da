import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadSecrets } from '../../../src/accounts/secrets.ts'

async function temporary(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'streamhost-secrets-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

test('the first run makes the secrets, for their owner alone, and tells the admin token once', async () => {
  await using directory = await temporary()
  const dataDir = join(directory.path, 'data')
  const first = await loadSecrets(dataDir)
  const token = first.newAdminToken ?? ''
  assert.match(token, /^at_[\w-]{43}$/)
  assert.equal(first.keySecret.length, 32)
  assert.equal((await stat(join(dataDir, 'secrets.json'))).mode & 0o777, 0o600)
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700)
  assert.ok(!(await readFile(join(dataDir, 'secrets.json'), 'utf8')).includes(token))
  assert.deepEqual(await readdir(dataDir), ['secrets.json'])
  await first.told()

  const second = await loadSecrets(dataDir)
  assert.equal(second.newAdminToken, undefined)
  assert.deepEqual(Buffer.from(second.keySecret), Buffer.from(first.keySecret))
  assert.ok(second.admin.matches(token))
  assert.ok(!second.admin.matches(`${token}x`))
  assert.ok(!second.admin.matches(''))
})

test('an admin token that nobody was shown is made anew by the next start, and stream keys go on working', async () => {
  await using directory = await temporary()
  const unseen = await loadSecrets(directory.path)
  const second = await loadSecrets(directory.path)
  assert.ok(second.newAdminToken !== undefined && second.newAdminToken !== unseen.newAdminToken)
  assert.ok(!second.admin.matches(unseen.newAdminToken ?? ''))
  assert.deepEqual(Buffer.from(second.keySecret), Buffer.from(unseen.keySecret))
})

test('a new admin token replaces the old one, now and after the next start', async () => {
  await using directory = await temporary()
  const { admin, newAdminToken, keySecret } = await loadSecrets(directory.path)
  const token = await admin.rotate()
  const again = await loadSecrets(directory.path)
  for (const access of [admin, again.admin]) {
    assert.ok(access.matches(token))
    assert.ok(!access.matches(newAdminToken ?? ''))
  }
  assert.deepEqual(Buffer.from(again.keySecret), Buffer.from(keySecret), 'stream keys go on working')
})

test('a damaged file is named in a sentence that repeats nothing of it', async () => {
  await using directory = await temporary()
  const path = join(directory.path, 'secrets.json')
  for (const content of [
    '',
    '{"version":1,"keySecret":"abc',
    '{"version":1,"keySecret":"deadbeef"}',
    '{"version":2}',
    '[]',
  ]) {
    await writeFile(path, content)
    await assert.rejects(loadSecrets(directory.path), (error: Error) => {
      assert.equal(error.name, 'ConfigError')
      assert.match(error.message, /secrets\.json is damaged/)
      assert.ok(!error.message.includes('deadbeef') && !error.message.includes('abc') && error.cause === undefined)
      return true
    })
    assert.equal(await readFile(path, 'utf8'), content, 'and it is left as it was')
  }
})

test('a data directory that can not be is refused with a sentence', async () => {
  await using directory = await temporary()
  await writeFile(join(directory.path, 'file'), '')
  for (const path of [join(directory.path, 'file', 'below'), '/proc/streamhost/data']) {
    await assert.rejects(loadSecrets(path), { name: 'ConfigError' })
  }
})
