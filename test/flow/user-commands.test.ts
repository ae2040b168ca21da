import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest } from '../../src/app/cli/ports.ts'
import { runCli } from '../../src/app/cli/program.ts'
import { type Harness, harness } from './http-harness.ts'

// The commands for people, on the API of this process.

async function run(server: Harness, line: string): Promise<{ status: number; out: string; err: string }> {
  const [told, wrong]: [string[], string[]] = [[], []]
  const request: ApiRequest = async (method, url, payload) => {
    const asked = { method: method as 'GET', url, ...(payload === undefined ? {} : { payload: payload as object }) }
    const { statusCode: status, body } = await server.http.inject(asked)
    return { status, json: body === '' ? undefined : JSON.parse(body) }
  }
  const status = await runCli(line.split(' '), {
    env: { STREAMHOST_STORAGE_DATA_DIR: `${server.directory}/nobody-runs-here` },
    cwd: server.directory,
    stdout: { write: (text) => told.push(text), columns: 80 },
    stderr: { write: (text) => wrong.push(text), columns: 80 },
    readSecret: async () => 'correct horse battery',
    loadServe: () => assert.fail('no server is started'),
    loadOffline: async () => async () => ({ request, close: async () => undefined }),
  })
  return { status, out: told.join(''), err: wrong.join('') }
}

test('accounts are made, listed, given roles, let out and in again', async () => {
  await using server = await harness()
  const user = (line: string) => run(server, `user ${line}`)
  const made = await user('create ines@example.org --name Ines --role admin')
  assert.equal(made.out, 'Ines <ines@example.org> has an account: admin.\n')
  await user('create bert@example.org --no-password')
  assert.deepEqual((await user('create Bert@example.org --no-password')).status, 1)
  assert.equal((await user('grant Bert@Example.org streamer')).out, 'bert is streamer now.\n')
  assert.match((await user('list')).out, /^bert@example\.org +streamer +never +bert$/m)
  assert.match((await user('set-password bert@example.org')).out, /^bert has a new password/)
  assert.equal((await user('disable bert@example.org')).out, 'bert can’t sign in any more.\n')
  assert.match((await user('list')).out, /streamer, disabled/)
  assert.equal((await user('enable bert@example.org')).out, 'bert can sign in again.\n')
  assert.match((await user('disable ines@example.org')).err, /somebody must be admin/)
  const admins = JSON.parse((await user('list --json --role admin')).out) as { name: string }[]
  assert.deepEqual(
    admins.map(({ name }) => name),
    ['Ines'],
  )
  assert.equal((await user('grant tom@example.org admin')).err, 'There is no account for tom@example.org.\n')
})

test('a role in a channel is given with its name, and taken with none', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'hall' })
  await server.signedIn('viewer', 'Bert')
  const grant = (line: string) => run(server, `user grant bert@example.org ${line}`)
  const { status, err } = await grant('moderator')
  assert.deepEqual([status, /say which with --channel/.test(err)], [2, true])
  assert.equal((await grant('moderator --channel hall')).out, 'Bert is moderator in hall now.\n')
  assert.equal((await grant('none --channel hall')).out, 'Bert is nobody in hall now.\n')
  assert.equal((await grant('none --channel hall')).status, 1)
  assert.equal((await grant('admin --channel hall')).status, 2)
  assert.match((await grant('owner --channel nothing')).err, /no channel of this name/)
})
