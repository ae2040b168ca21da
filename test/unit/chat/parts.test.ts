import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FanOut, type Outlet } from '../../../src/chat/fan-out.ts'
import { Passports } from '../../../src/chat/passports.ts'
import { TokenBucket } from '../../../src/chat/token-bucket.ts'
import { GONE_MS, Viewers } from '../../../src/chat/viewers.ts'

test('a bucket gives a burst, then so many a second, and says how long to wait', () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0)
  assert.deepEqual([bucket.take(0), bucket.take(0), bucket.take(0)], [0, 0, 0])
  assert.equal(bucket.take(0), 500)
  assert.equal(bucket.take(250), 250)
  assert.equal(bucket.take(500), 0)
  assert.equal(bucket.take(400), 500, 'a clock that goes back gives nothing')
  assert.ok(bucket.isFull(10_000))
})

test('a token makes somebody the same person, in every channel another one, and can’t be made up', () => {
  const passports = new Passports(new Uint8Array(32).fill(1))
  const passport = passports.make()
  const token = passports.token(passport, 'c1')
  assert.deepEqual(passports.read(token, 'c1'), passport)
  assert.deepEqual(passports.read(token, 'c2'), passport, 'a guest is one everywhere')
  assert.notEqual(passports.personId('c1', passport.guest), passports.personId('c2', passport.guest))
  assert.equal(new Passports(new Uint8Array(32).fill(2)).read(token, 'c1'), undefined)
  for (let at = 0; at < token.length; at++) {
    const other = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    const read = passports.read(other, 'c1')
    // The last digit of base64url has bits that mean nothing.
    assert.ok(read === undefined || at === token.length - 1, `changed at ${at}`)
  }
  for (const odd of ['', 'g', 'g..', `${token}.`, token.slice(2), 'x'.repeat(200)]) {
    assert.equal(passports.read(odd, 'c1'), undefined)
  }
})

test('a host’s token is one in its channel only', () => {
  const passports = new Passports(new Uint8Array(32).fill(1))
  const passport = passports.make('a'.repeat(64))
  const token = passports.token(passport, 'c1')
  assert.ok(token.length <= 200)
  assert.deepEqual(passports.read(token, 'c1'), passport)
  assert.equal(passports.read(token, 'c2'), undefined)
})

class Heard implements Outlet {
  readonly writes: string[] = []
  send(): void {}
  write(frames: Uint8Array): void {
    this.writes.push(Buffer.from(frames).toString())
  }
}

test('the first message after a quiet tick goes at once, the rest of the tick together, made once for all', async () => {
  const outlets = [new Heard(), new Heard()]
  let framed = 0
  const fanOut = new FanOut({
    outlets: () => outlets,
    frame: (texts) => {
      framed++
      return Buffer.from(texts.join('\n'))
    },
  })
  fanOut.message(1, '"one"')
  assert.deepEqual(outlets[0]?.writes, ['{"type":"messages","messages":["one"]}'])
  fanOut.message(2, '"two"')
  fanOut.message(3, '"three"')
  fanOut.event({ type: 'removed', seqs: [1] })
  fanOut.message(4, '"four"')
  for (let i = 0; i < 1000; i++) fanOut.reaction('heart')
  assert.equal(outlets[0]?.writes.length, 1)
  await fanOut.stop()
  const batch = [
    '{"type":"messages","messages":["two","three"]}',
    '{"type":"removed","seqs":[1]}',
    '{"type":"messages","messages":["four"]}',
    '{"type":"reactions","counts":{"heart":1000}}',
  ]
  for (const { writes } of outlets) assert.deepEqual(writes.slice(1), [batch.join('\n')])
  assert.equal(framed, 3)
})

test('who comes while messages wait, and was shown them, doesn’t get them again', async () => {
  const [early, late] = [new Heard(), new Heard()]
  const outlets = [early]
  const fanOut = new FanOut({ outlets: () => outlets, frame: (texts) => Buffer.from(texts.join('\n')) })
  fanOut.message(1, '"one"')
  fanOut.message(2, '"two"')
  outlets.push(late)
  fanOut.joined(late, 2)
  fanOut.message(3, '"three"')
  await fanOut.stop()
  assert.deepEqual(late.writes, ['{"type":"messages","messages":["three"]}'])
  assert.deepEqual(early.writes.slice(1), ['{"type":"messages","messages":["two","three"]}'])
})

test('who joins again while messages are written, and was shown them, doesn’t get them again', async () => {
  const again = new Heard()
  // Slow enough that others get their turn in between.
  const slow: Outlet = {
    send() {},
    write: () => {
      for (const end = performance.now() + 1; performance.now() < end; );
    },
  }
  const outlets = [...Array.from({ length: 64 }, () => slow), again]
  const fanOut = new FanOut({ outlets: () => outlets, frame: (texts) => Buffer.from(texts.join('\n')) })
  fanOut.message(1, '"one"')
  fanOut.joined(again, 1)
  fanOut.message(2, '"two"')
  await fanOut.stop()
  assert.deepEqual(
    again.writes.filter((text) => text !== ''),
    ['{"type":"messages","messages":["two"]}'],
  )
})

test('a player counts once however often it is heard, until it was silent for three heartbeats', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const told: number[] = []
  const viewers = new Viewers({
    limits: { viewersPerAddress: 2 },
    onChange: (_, count) => told.push(count),
    monotonicMs: () => now,
  })
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 1000
      context.mock.timers.tick(1000)
    }
  }
  viewers.heard('main', 'player-a', 'home')
  viewers.heard('main', 'player-a', 'home')
  viewers.heard('main', 'player-b', 'home')
  viewers.heard('main', 'player-c', 'home')
  assert.equal(viewers.count('main'), 2, 'an address has an end')
  viewers.heard('main', 'player-d', null)
  viewers.heard('main', 'player-e', null)
  assert.equal(viewers.count('main'), 4)
  assert.deepEqual(told, [1], 'told at most once in two seconds')
  pass(4000)
  assert.deepEqual(told, [1, 4])
  viewers.stopped('main', 'player-b')
  viewers.heard('main', 'player-c', 'home')
  assert.equal(viewers.count('main'), 4, 'who stopped makes room')
  pass(GONE_MS - 8000)
  viewers.heard('main', 'player-a', 'home')
  pass(12_000)
  assert.equal(viewers.count('main'), 1)
  pass(GONE_MS)
  assert.equal(viewers.count('main'), 0)
  assert.equal(told.at(-1), 0)
  viewers.stop()
})
