import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { SavedFile } from '../../../../src/app/reload/saved-file.ts'
import { fileVersion } from '../../../../src/config/load.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-saved-'))
})
after(() => rm(folder, { recursive: true }))

/** Watches a file, and counts how often it was told of. */
async function watch(file: string): Promise<Disposable & { times: number; until(times: number): Promise<void> }> {
  const watched = {
    times: 0,
    async until(times: number): Promise<void> {
      while (watched.times < times) await turn()
      assert.equal(watched.times, times)
    },
    [Symbol.dispose]: () => saved.stop(),
  }
  const known = await fileVersion(file)
  const saved = new SavedFile(
    file,
    () => known,
    () => watched.times++,
    5,
  )
  saved.start()
  return watched
}

test('a file that is written anew is told of, and so is one that an editor puts in its place', async () => {
  const file = join(folder, 'a.yaml')
  await writeFile(file, 'one')
  using watched = await watch(file)
  await writeFile(file, 'two')
  await watched.until(1)
  await writeFile(`${file}.new`, 'two')
  await rename(`${file}.new`, file)
  await watched.until(2)
})

test('a link that points elsewhere is told of, as volumes of Kubernetes change', async () => {
  const [one, two, link] = ['one', 'two', 'link'].map((name) => join(folder, name)) as [string, string, string]
  await writeFile(one, '1')
  await writeFile(two, '1')
  await symlink(one, link)
  using watched = await watch(link)
  await symlink(two, `${link}.new`)
  await rename(`${link}.new`, link)
  await watched.until(1)
})

test('a file that is away is waited for, and told of when it is back', async () => {
  const file = join(folder, 'away.yaml')
  await writeFile(file, 'one')
  using watched = await watch(file)
  await rename(file, `${file}.old`)
  for (let i = 0; i < 50; i++) await turn()
  assert.equal(watched.times, 0)
  await writeFile(file, 'two')
  await watched.until(1)
})
