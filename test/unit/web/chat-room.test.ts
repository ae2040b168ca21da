import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import type { ChatMessage, ChatServerMessage, ClientMessage } from '../../../src/contract/chat.ts'
import { ChatRoom } from '../../../web/chat/chat-room.ts'

const open = { mode: 'open', slowSeconds: 10, writers: 'everybody', guests: true } as const
const from = (id: string) => ({ id, name: id, role: 'guest' as const })
const message = (seq: number, text: string, who = 'tom'): ChatMessage => ({
  seq,
  from: from(who),
  text,
  at: '2026-11-22T19:00:00Z',
})

function start(name: string | null = 'Rosa') {
  const sent: ClientMessage[] = []
  const back: string[] = []
  const said = { connected: true, takesBack: true, name, token: null as string | null, suspects: 0 }
  const room = new ChatRoom({
    send: (one) => {
      if (said.connected) sent.push(one)
      return said.connected
    },
    suspect: () => {
      said.suspects += 1
    },
    guest: {
      name: () => said.name,
      setName: (next) => {
        said.name = next
      },
      token: () => said.token,
      setToken: (next) => {
        said.token = next
      },
    },
    changed: () => {},
    reacted: () => {},
    arrived: () => {},
    giveBack: (text) => {
      if (said.takesBack) back.push(text)
      return said.takesBack
    },
  })
  const welcome = (messages: ChatMessage[], more: Partial<Extract<ChatServerMessage, { type: 'welcome' }>> = {}) =>
    room.receive({
      ...{ type: 'welcome', room: open, messages, resumed: true, seq: messages.at(-1)?.seq ?? 0 },
      you: { ...from('rosa'), token: 't', moderates: false, follows: false, quietUntil: null, banned: false },
      ...more,
    })
  return { room, sent, back, said, welcome }
}
const shown = ({ view }: ChatRoom) => [
  ...view.messages.map(({ text, removed }) => (removed ? `-${text}` : text)),
  ...view.pending.map(({ text, state }) => `${text} (${state})`),
]

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
afterEach(() => mock.timers.reset())

test('it joins as who it was, and asks only for what it missed', () => {
  const { room, sent, welcome } = start()
  room.opened()
  assert.deepEqual(sent, [{ type: 'join', name: 'Rosa' }])
  welcome([message(1, 'one'), message(2, 'two')])
  room.receive({ type: 'messages', messages: [message(3, 'three')] })
  room.closed()
  room.opened()
  assert.deepEqual(sent.at(-1), { type: 'join', name: 'Rosa', token: 't', after: 3 })
  welcome([message(3, 'three'), message(4, 'four')])
  assert.deepEqual(shown(room), ['one', 'two', 'three', 'four'])
  room.closed()
  room.opened()
  welcome([message(90, 'much later')], { resumed: false })
  assert.deepEqual(shown(room), ['much later'])
})

test('a message that was taken stays in its place until it comes with the others', () => {
  const { room, welcome } = start()
  room.opened()
  welcome([])
  room.say(' hello ')
  assert.deepEqual(shown(room), ['hello (sending)'])
  room.receive({ type: 'said', id: 1, seq: 3 })
  assert.deepEqual(shown(room), ['hello (sent)'])
  room.receive({ type: 'messages', messages: [message(1, 'a'), message(2, 'b'), message(3, 'hello', 'rosa')] })
  assert.deepEqual(shown(room), ['a', 'b', 'hello'])
})

test('what was taken before the connection broke is not sent again; what was not, is, once', () => {
  const { room, sent, said, welcome } = start()
  room.opened()
  welcome([message(5, 'same', 'rosa')])
  room.say('same')
  room.say('other')
  said.connected = false
  room.closed()
  said.connected = true
  room.opened()
  const before = sent.length
  welcome([message(6, 'same', 'rosa')], { seq: 6 })
  assert.deepEqual(sent.slice(before), [{ type: 'say', id: 2, text: 'other' }])
  assert.deepEqual(shown(room), ['same', 'same', 'other (sending)'])
})

test('without an answer the connection is suspected; without a connection a message is called not sent, and can be retried', () => {
  const { room, sent, said, welcome } = start()
  room.opened()
  welcome([])
  room.say('hello')
  mock.timers.tick(6000)
  assert.equal(said.suspects, 1)
  room.closed()
  mock.timers.tick(15_000)
  assert.deepEqual(shown(room), ['hello (failed)'])
  room.opened()
  welcome([])
  assert.equal(sent.filter(({ type }) => type === 'say').length, 1, 'what is called not sent is not sent by itself')
  room.retry(1)
  assert.equal(sent.filter(({ type }) => type === 'say').length, 2)
  assert.deepEqual(shown(room), ['hello (sending)'])
})

test('what the room does not take goes back into the field, or stays to be tried again', () => {
  const { room, back, said, welcome } = start()
  room.opened()
  welcome([])
  room.say('one')
  room.receive({ type: 'refused', id: 1, reason: 'rate', retryAfterMs: 2000, until: null })
  assert.deepEqual(back, ['one'])
  assert.ok(room.waitLeftMs() > 1900)
  assert.equal(room.say('too soon'), false)
  room.receive({ type: 'room', room: open })
  said.takesBack = false
  room.say('two')
  room.receive({ type: 'refused', id: 2, reason: 'quiet', retryAfterMs: null, until: '2026-11-22T20:00:00Z' })
  assert.deepEqual(shown(room), ['two (failed)'])
  assert.equal(room.view.me?.quietUntilMs, Date.parse('2026-11-22T20:00:00Z'))
})

test('slow mode counts from what was taken, and not for who moderates', () => {
  const { room, welcome } = start()
  room.opened()
  welcome([], { room: { ...open, mode: 'slow' } })
  room.say('one')
  assert.equal(room.waitLeftMs(), 0)
  room.receive({ type: 'said', id: 1, seq: 1 })
  assert.ok(room.waitLeftMs() > 9000)
  room.receive({ type: 'room', room: open })
  assert.equal(room.waitLeftMs(), 0)
})

test('a name is kept once the room has it, waits for its turn, and is asked for anew when it may not be used', async () => {
  const { room, sent, said, welcome } = start(null)
  const first = room.rename('Rosa ')
  room.opened()
  welcome([])
  assert.deepEqual(sent.at(-1), { type: 'rename', name: 'Rosa ' })
  room.receive({ type: 'refused', id: null, reason: 'rate', retryAfterMs: 500, until: null })
  mock.timers.tick(500)
  assert.equal(sent.filter(({ type }) => type === 'rename').length, 2)
  room.receive({ type: 'you', name: 'Rosa', follows: false, quietUntil: null, banned: false })
  assert.equal(await first, true)
  assert.deepEqual([said.name, room.view.named, room.view.me?.name], ['Rosa', true, 'Rosa'])
  const other = room.rename('Admin')
  room.receive({ type: 'refused', id: null, reason: 'name', retryAfterMs: null, until: null })
  assert.equal(await other, false)
})

test('removed messages go and come back in their place', () => {
  const { room, welcome } = start()
  room.opened()
  welcome([message(3, 'c'), message(5, 'e')])
  room.receive({ type: 'removed', seqs: [3, 9] })
  assert.deepEqual(shown(room), ['-c', 'e'])
  room.receive({
    type: 'restored',
    messages: [message(1, 'older than what is shown'), message(3, 'c'), message(4, 'd')],
  })
  assert.deepEqual(shown(room), ['c', 'd', 'e'])
})

test('two hundred messages are kept, more while somebody reads the older ones', () => {
  const { room, welcome } = start()
  room.opened()
  welcome([])
  room.reading(true)
  const many = Array.from({ length: 300 }, (_, i) => message(i + 1, `${i}`))
  room.receive({ type: 'messages', messages: many })
  assert.equal(room.view.messages.length, 300)
  room.reading(false)
  assert.equal(room.view.messages.length, 200)
  assert.equal(room.view.messages.at(-1)?.seq, 300)
})
