import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, api, call } from '../../web/api/client.ts'
import { type Harness, harness } from './http-harness.ts'

/** As in a browser that is on a page of this server and signed in. */
async function onPageOf(server: Harness, act: () => Promise<void>): Promise<void> {
  const { fetch } = globalThis
  globalThis.fetch = (path, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', server.admin.authorization)
    return fetch(server.url + path, { ...init, headers })
  }
  try {
    await act()
  } finally {
    globalThis.fetch = fetch
  }
}

test('the page calls the API by the contract’s operations', async () => {
  await using server = await harness()
  await onPageOf(server, async () => {
    const { channel, key } = await api.makeChannel({ slug: 'main', title: 'Main hall' })
    assert.match(key, /^sk_/)
    assert.deepEqual((await api.channels()).items, [channel])
    const renamed = await call('PATCH /api/v1/channels/:slug', { params: { slug: 'main' }, body: { title: 'Choir' } })
    assert.equal(renamed.title, 'Choir')
    assert.equal((await call('GET /api/v1/audit', { query: { action: 'channel.rename' } })).items.length, 1)
    assert.equal(await api.removeChannel('main'), null)
  })
})

test('what the server refuses is an error with its words and the fields that are wrong', async () => {
  await using server = await harness()
  await onPageOf(server, async () => {
    await assert.rejects(api.channel('a/../b?c'), (error: unknown) => error instanceof ApiError && error.status === 404)
    await assert.rejects(api.makeChannel({ slug: 'A B' }), (error: unknown) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual(
        error.fields.map(({ path }) => path),
        ['slug'],
      )
      return error.status === 400
    })
  })
})

test('what the contract does not know does not compile', () => {
  // Never run: the compiler is the test.
  const never = () => {
    // @ts-expect-error there is no such address
    void call('GET /api/v1/nothing')
    // @ts-expect-error the address names a channel
    void call('GET /api/v1/channels/:slug')
    // @ts-expect-error a channel has a slug
    void call('POST /api/v1/channels', { body: { name: 'main' } })
    // @ts-expect-error an answer has what the contract says, no more
    void call('GET /api/v1/site').then((site) => site.colour)
  }
  assert.ok(never)
})
