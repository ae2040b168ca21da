import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../../src/base/log.ts'
import type { ChatStore, StoredMessage, StoredRestriction } from '../../../src/chat/chat-store.ts'
import { ChatCounters } from '../../../src/chat/counters.ts'
import type { Outlet } from '../../../src/chat/fan-out.ts'
import { MessageLog } from '../../../src/chat/message-log.ts'
import { ReservedNames } from '../../../src/chat/names.ts'
import { ratesOf } from '../../../src/chat/rates.ts'
import { Restrictions } from '../../../src/chat/restrictions.ts'
import { type Joining, Room } from '../../../src/chat/room.ts'
import type { ChatMessage } from '../../../src/contract/chat.ts'
import { textFrames } from '../../../src/http/text-frames.ts'

const limits = {
  ...{ messagesPerMinute: 600, messageBurst: 5, firstMessages: 5, messagesPerMinutePerAddress: 6000 },
  ...{ messagesPerSecond: 1000, reactionsPerSecond: 5, requestsPerSecond: 10, viewersPerAddress: 10 },
}

const reserved = new ReservedNames()

/** Of a room only what is kept; all else would throw. */
class Kept {
  readonly messages: StoredMessage[] = []
  readonly port = {
    append: async (_: string, messages: readonly StoredMessage[]) => void this.messages.push(...messages),
    reserve: async () => undefined,
    finish: async () => undefined,
  } as unknown as ChatStore
}

function room(): Room {
  return new Room({
    channel: { id: 'c', slug: 'main', title: 'Main' },
    settings: { enabled: true, guests: true, guestName: 'Guest', history: 50, slowSeconds: 10, keepDays: 1 },
    start: {
      nextSeq: 1,
      limit: 1_000_000,
      mode: 'open',
      slowSeconds: null,
      writers: 'everybody',
      messages: [],
      restrictions: [],
    },
    ...{
      limits,
      rates: ratesOf(limits),
      reserved: () => reserved,
      store: new Kept().port,
      counters: new ChatCounters(),
    },
    ...{ frame: textFrames, broadcastId: () => undefined, onEmpty: () => undefined, log: silentLog },
    ...{ nowMs: () => 0, monotonicMs: () => 0 },
  })
}

class Told implements Outlet {
  readonly messages: {
    type: string
    reason?: string
    you?: { name: string }
    messages?: ChatMessage[]
  }[] = []
  send(json: string): void {
    this.messages.push(JSON.parse(json))
  }
  write(): void {}
}

const joining = (personId: string, name?: string): Joining => ({
  ...{
    personId,
    accountId: undefined,
    moderates: false,
    follows: false,
    token: 't',
    role: 'guest',
    name,
    after: undefined,
    address: null,
  },
})

test('of thousands who chose the same name each keeps it, with a number of their own', () => {
  const many = room()
  const names = new Set<string>()
  for (let i = 0; i < 1500; i++) names.add(many.join(joining(`p${i}`, 'Anna'), new Told()).person.name.text)
  assert.equal(names.size, 1500)
  assert.deepEqual([...names].slice(0, 3), ['Anna', 'Anna 2', 'Anna 3'])
  for (const name of names) assert.match(name, /^Anna( \d+)?$/)
})

test('of thousands who chose none each is told apart', () => {
  const many = room()
  const names = new Set<string>()
  for (let i = 0; i < 1500; i++) names.add(many.join(joining(`p${i}`), new Told()).person.name.text)
  assert.equal(names.size, 1500)
})

test('who joins again and again is not called something else each time', () => {
  const one = room()
  const names = Array.from({ length: 8 }, (_, i) => {
    const member = one.join(joining('p', `Name${'abcdefgh'[i]}`), new Told())
    one.leave(member)
    return member.person.name.text
  })
  assert.deepEqual(
    names.slice(4),
    Array.from({ length: 4 }, () => names[3]),
  )
})

test('a text too long, or of nothing to be seen, is refused and costs nobody’s burst', () => {
  const one = room()
  const outlet = new Told()
  const member = one.join(joining('p', 'Bert'), outlet)
  for (let i = 0; i < 10; i++) one.say(member, i, '\u200d'.repeat(i % 2 === 0 ? 4000 : 10))
  one.say(member, 10, 'hello')
  const answers = outlet.messages.map(({ type, reason }) => reason ?? type)
  assert.deepEqual(answers.slice(1, 3), ['too-long', 'empty'])
  assert.equal(answers.at(-1), 'said')
})

test('a restriction that is told twice is lifted once', () => {
  const restriction: StoredRestriction = {
    ...{ id: 'r', personId: 'p', name: 'Bert', role: 'guest', kind: 'ban', address: null },
    ...{ untilMs: null, atMs: 0, by: 'admin', reason: null },
  }
  const restrictions = new Restrictions([restriction])
  restrictions.add({ ...restriction })
  assert.equal(restrictions.standing('p', null, 1).banned, true)
  restrictions.remove('r')
  assert.equal(restrictions.standing('p', null, 1).banned, false)
})

test('a message answers one that everybody can see, and says whose that is', () => {
  const chat = room()
  const told = new Told()
  const anna = chat.join(joining('a', 'Anna'), new Told())
  const tom = chat.join(joining('b', 'Tom'), told)
  chat.say(anna, 1, 'Which hymn is this?')
  chat.say(tom, 1, 'Number 9', 1)
  chat.say(tom, 2, 'of nothing', 77)
  chat.hide([1])
  chat.say(tom, 3, 'too late', 1)
  const refused = told.messages.filter(({ type }) => type === 'refused')
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    ['gone', 'gone'],
  )
  const late = new Told()
  chat.join(joining('c'), late)
  const [answer] = late.messages[0]?.messages ?? []
  assert.deepEqual(answer?.replyTo, { seq: 1, from: { id: 'a', name: 'Anna' } })
  assert.ok(!JSON.stringify(late.messages).includes('Which hymn'), 'what was removed is nowhere')
})

const message = (seq: number): StoredMessage => ({
  ...{ seq, personId: 'p', accountId: null, name: 'Bert', role: 'guest', text: 'x', atMs: 0 },
  ...{ broadcastId: null, address: null, removedAtMs: null, removedBy: null },
})

test('a flush keeps all that was said before it, however much waits', async () => {
  const kept = new Kept()
  const log = new MessageLog(kept.port, 'c', silentLog)
  for (let seq = 1; seq <= 950; seq++) log.push(message(seq))
  await log.flush()
  assert.deepEqual(
    kept.messages.map(({ seq }) => seq),
    Array.from({ length: 950 }, (_, i) => i + 1),
  )
  log.stop()
})

test('what can’t be kept at the end is counted as lost, and nothing is tried after it', async () => {
  let tries = 0
  const append = async () => {
    tries++
    throw new Error('away')
  }
  const log = new MessageLog({ ...new Kept().port, append }, 'c', silentLog)
  for (let seq = 1; seq <= 10; seq++) log.push(message(seq))
  await log.flush()
  log.stop()
  log.push(message(11))
  assert.deepEqual([tries, log.lost], [1, 10])
})
