import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatPage } from '../light/chat-page.ts'
import { harness } from './http-harness.ts'

test('what one says, all in the room read, in the order of its numbers, and nobody elsewhere', async () => {
  await using server = await harness()
  for (const slug of ['main', 'other']) await server.channels.create({ slug })
  const { page: anna, welcome } = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using _anna = anna
  assert.deepEqual([welcome.you.name, welcome.you.role, welcome.seq, welcome.messages], ['Anna', 'guest', 0, []])
  const { page: ben } = await ChatPage.join(server.url, 'main', { name: 'Ben' })
  await using _ben = ben
  const { page: away } = await ChatPage.join(server.url, 'other', { name: 'Ada' })
  await using _away = away
  const said = await Promise.all(['one', 'two', 'three', 'four'].map((text) => anna.say(text)))
  assert.deepEqual(
    said.map((answer) => answer.type === 'said' && answer.seq),
    [1, 2, 3, 4],
  )
  assert.deepEqual(await ben.texts(4), ['one', 'two', 'three', 'four'])
  assert.deepEqual(await anna.texts(4), ['one', 'two', 'three', 'four'])
  await away.say('here')
  assert.deepEqual(await away.texts(1), ['here'])
})

test('who joins is shown what was said last, who comes back what they missed', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const first = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using anna = first.page
  for (const text of ['one', 'two', 'three']) await anna.say(text)
  await anna.texts(3)
  const { page: ben, welcome } = await ChatPage.join(server.url, 'main', { name: 'Ben', after: 1 })
  await using _ben = ben
  assert.deepEqual(
    [welcome.resumed, welcome.seq, welcome.messages.map(({ text }) => text)],
    [true, 3, ['two', 'three']],
  )
  const { page: new_, welcome: all } = await ChatPage.join(server.url, 'main', { name: 'Carl' })
  await using _new = new_
  assert.deepEqual([all.resumed, all.messages.map(({ seq }) => seq)], [false, [1, 2, 3]])
  assert.equal(all.messages[0]?.from.id, first.welcome.you.id)
})
