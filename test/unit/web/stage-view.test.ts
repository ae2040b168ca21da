import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StageFacts, type StageView, stageView, stoodForAbsence } from '../../../web/watch/stage-view.ts'

const well: StageFacts = {
  online: true,
  reachable: true,
  missing: false,
  state: 'live',
  playable: true,
  phase: 'playing',
  failure: null,
  stillMs: 0,
  absence: false,
}

const cases: ReadonlyArray<readonly [string, Partial<StageFacts>, StageView]> = [
  ['a running broadcast shows its picture', {}, 'picture'],
  ['a paused one too', { phase: 'paused', stillMs: 0 }, 'picture'],
  ['under a second of standstill nothing is shown', { phase: 'held', stillMs: 900 }, 'picture'],
  ['then a ring', { phase: 'held', stillMs: 1500 }, 'waiting'],
  ['then words', { phase: 'held', stillMs: 4500 }, 'held'],
  ['words about the server when it does not answer', { phase: 'held', stillMs: 4500, reachable: false }, 'no-server'],
  ['the device’s own network has its own words', { phase: 'held', stillMs: 1500, online: false }, 'no-network'],
  ['what is buffered plays on without a network', { online: false }, 'picture'],
  [
    'a dropped encoder shows its words when the picture stands',
    { state: 'reconnecting', phase: 'held', stillMs: 1100 },
    'reconnecting',
  ],
  ['and the picture as long as it runs', { state: 'reconnecting' }, 'picture'],
  [
    'who comes while the encoder is gone learns it at once',
    { state: 'reconnecting', phase: 'loading' },
    'reconnecting',
  ],
  ['when the encoder is back the picture is on its way', { phase: 'held', stillMs: 1500, absence: true }, 'returning'],
  ['however long it takes', { phase: 'held', stillMs: 9000, absence: true }, 'returning'],
  ['also where it is loaded anew', { phase: 'loading', stillMs: 4500, absence: true }, 'returning'],
  ['until it moves', { absence: true }, 'picture'],
  [
    'a server that does not answer is told before that',
    { phase: 'held', stillMs: 4500, absence: true, reachable: false },
    'no-server',
  ],
  ['before the first picture it is on its way', { phase: 'loading' }, 'starting'],
  ['an encoder that just connected', { state: 'starting', phase: 'idle' }, 'starting'],
  ['a server that makes nothing for browsers', { playable: false, phase: 'idle' }, 'no-picture'],
  ['and promises none', { state: 'starting', playable: false, phase: 'idle' }, 'no-picture'],
  ['nor waits for who reconnects', { state: 'reconnecting', playable: false, phase: 'idle' }, 'no-picture'],
  ['off air it is off air', { state: 'offline', playable: false, phase: 'idle' }, 'offline'],
  ['off air', { state: 'offline', phase: 'idle' }, 'offline'],
  ['the end plays out', { state: 'ended' }, 'picture'],
  ['and its last picture stays a moment', { state: 'ended', phase: 'held', stillMs: 2000 }, 'picture'],
  ['then it is over', { state: 'ended', phase: 'ended' }, 'over'],
  ['who comes after the end learns it at once', { state: 'ended', phase: 'idle' }, 'over'],
  ['no such channel goes before all', { missing: true, online: false }, 'missing'],
  ['a browser that can’t decode it', { phase: 'failed', failure: 'codec' }, 'cannot-play'],
  ['a player that did not load', { phase: 'failed', failure: 'script' }, 'player-failed'],
  ['a browser that wants a tap', { phase: 'blocked' }, 'blocked'],
  ['nothing known yet', { state: null, phase: 'idle' }, 'loading'],
  ['nothing known and no network', { state: null, phase: 'idle', online: false }, 'no-network'],
  ['nothing known and no answer', { state: null, phase: 'idle', reachable: false }, 'no-server'],
]

for (const [name, facts, view] of cases) {
  test(`the stage: ${name}`, () => assert.equal(stageView({ ...well, ...facts }), view))
}

test('that the streamer or the server was away is remembered until the picture moves or the broadcast ends', () => {
  const away = { ...well, phase: 'held' } as const
  const after = (...facts: readonly Partial<StageFacts>[]): boolean =>
    facts.reduce((absence, fact) => stoodForAbsence({ ...away, ...fact, absence }), false)
  assert.equal(after({}), false)
  assert.equal(after({ state: 'reconnecting' }), true)
  assert.equal(after({ state: 'reconnecting' }, {}), true)
  assert.equal(after({ reachable: false, stillMs: 4500 }, {}), true)
  assert.equal(after({ reachable: false, stillMs: 2000 }, {}), false)
  assert.equal(after({ state: 'reconnecting' }, { phase: 'loading' }, { phase: 'playing' }), false)
  assert.equal(after({ state: 'reconnecting' }, { phase: 'paused' }), false)
  assert.equal(after({ state: 'reconnecting' }, { state: 'ended' }, { state: 'live' }), false)
  // A device without a network knows nothing of others.
  assert.equal(after({ reachable: false, online: false, stillMs: 4500 }, {}), false)
})
