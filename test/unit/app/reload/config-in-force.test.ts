import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigInForce } from '../../../../src/app/reload/config-in-force.ts'
import { ConfigError } from '../../../../src/base/errors.ts'
import { Config } from '../../../../src/config/schema.ts'

const where = (): string => 'here:1'

async function replace(inForce: ConfigInForce, config: Config): Promise<void> {
  const commit = await inForce.propose(config, where)
  await commit()
}

test('a view says what holds now, in the shape of its slice', async () => {
  const inForce = new ConfigInForce(Config.parse({}))
  const chat = inForce.view((config) => config.chat)
  assert.deepEqual({ ...chat }, Config.parse({}).chat)
  await replace(inForce, Config.parse({ chat: { guests: false } }))
  assert.equal(chat.guests, false)
  assert.equal(chat.history, 50)
})

test('a slice is made once for each configuration', async () => {
  let made = 0
  const inForce = new ConfigInForce(Config.parse({}))
  const view = inForce.view(({ server }) => ({ name: server.name, made: ++made }))
  assert.deepEqual([view.name, view.name, view.made], ['StreamHost', 'StreamHost', 1])
  await replace(inForce, Config.parse({ server: { name: 'Other' } }))
  assert.deepEqual([view.name, view.made], ['Other', 2])
})

test('who watches a slice is told when it is another by value, and only then', async () => {
  const inForce = new ConfigInForce(Config.parse({}))
  const told: string[] = []
  inForce.onChange(
    ({ server }) => ({ name: server.name }),
    (now, before) => told.push(`${before.name} → ${now.name}, in force: ${inForce.config.server.name}`),
  )
  await replace(inForce, Config.parse({ chat: { guests: false } }))
  await replace(inForce, Config.parse({ server: { name: 'Other' } }))
  assert.deepEqual(told, ['StreamHost → Other, in force: Other'])
})

test('when one part could not do with it, no part has done anything', async () => {
  const inForce = new ConfigInForce(Config.parse({}))
  const done: string[] = []
  inForce.prepare(async () => async () => void done.push('first'))
  inForce.prepare(async ({ server }, at) => {
    if (server.name === 'Bad') throw new ConfigError(`${at(['server', 'name'])}: no`)
    return async () => void done.push('second')
  })
  await assert.rejects(inForce.propose(Config.parse({ server: { name: 'Bad' } }), where), /here:1: no/)
  assert.deepEqual([done, inForce.config.server.name], [[], 'StreamHost'])
  await replace(inForce, Config.parse({ server: { name: 'Good' } }))
  assert.deepEqual(done, ['first', 'second'])
})

test('a commit that fails leaves the configuration as it was', async () => {
  const inForce = new ConfigInForce(Config.parse({}))
  inForce.prepare(async () => async () => {
    throw new Error('the store is away')
  })
  await assert.rejects(replace(inForce, Config.parse({ server: { name: 'Other' } })), /the store is away/)
  assert.equal(inForce.config.server.name, 'StreamHost')
})
