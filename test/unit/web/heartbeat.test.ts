import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientMessage } from '../../../src/contract/chat.ts'
import { beatHeart } from '../../../web/watch/heartbeat.ts'

function heart() {
  const said: boolean[] = []
  const feed = {
    send: (message: ClientMessage) => {
      if (message.type === 'watching') said.push(message.playing)
    },
    attach: () => () => {},
  }
  return { said, ...beatHeart(feed) }
}

test('a player says every ten seconds that it plays, and that it stopped when it has stood still for three', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { said, playing } = heart()
  playing(true)
  t.mock.timers.tick(20_000)
  assert.deepEqual(said, [true, true, true])
  playing(false)
  t.mock.timers.tick(2999)
  assert.deepEqual(said.slice(3), [])
  t.mock.timers.tick(1)
  assert.deepEqual(said.slice(3), [false])
  t.mock.timers.tick(20_000)
  assert.deepEqual(said.slice(4), [])
})

test('a player that stands still for a moment is a viewer all the while', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { said, playing } = heart()
  playing(true)
  for (let i = 0; i < 5; i++) {
    playing(false)
    t.mock.timers.tick(1000)
    playing(true)
    t.mock.timers.tick(500)
  }
  assert.deepEqual(said, [true])
})

test('who leaves the page is gone at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { said, playing, stop } = heart()
  playing(true)
  stop()
  assert.deepEqual(said, [true, false])
})
