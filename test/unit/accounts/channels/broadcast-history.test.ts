import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, suite, test } from 'node:test'
import { BroadcastHistory } from '../../../../src/accounts/channels/broadcast-history.ts'
import type {
  BroadcastFigures,
  BroadcastHistoryStore,
  BroadcastRecord,
} from '../../../../src/accounts/channels/broadcast-history-store.ts'
import {
  type BroadcastLook,
  BroadcastTally,
  healthOf,
  NO_FIGURES,
} from '../../../../src/accounts/channels/broadcast-tally.ts'
import { NO_DETAILS } from '../../../../src/accounts/channels/channel-details.ts'
import { NotFoundError, RefusedError, UnavailableError } from '../../../../src/base/errors.ts'
import { InvalidFieldError } from '../../../../src/base/invalid-field-error.ts'
import { silentLog } from '../../../../src/base/log.ts'

const CHANNEL = { id: 'c1', slug: 'choir', title: 'Choir', createdAtMs: 1, ...NO_DETAILS }
const LOOK: BroadcastLook = {
  ...{ broadcastId: 'b1', slug: 'choir', seconds: 0, viewers: 0 },
  ...{ droppedFrames: 0, reconnects: 0, verdict: 'healthy' },
}
const NOW = 1_700_000_000_000

class MemoryHistory implements BroadcastHistoryStore {
  readonly notes: (BroadcastFigures & { readonly id: string; readonly seenAtMs: number })[] = []
  records: BroadcastRecord[] = []
  before: BroadcastFigures | undefined
  away = false
  async figures() {
    if (this.away) throw new UnavailableError('away')
    return this.before
  }
  async note(id: string, seenAtMs: number, figures: BroadcastFigures) {
    if (this.away) throw new UnavailableError('away')
    this.notes.push({ id, seenAtMs, ...figures })
  }
  async list(_: string, limit: number, before: { startedAtMs: number } | undefined) {
    return this.records.filter(({ startedAtMs }) => startedAtMs < (before?.startedAtMs ?? Infinity)).slice(0, limit)
  }
  async remove(_: string, id: string) {
    return this.records.find((record) => record.id === id)
  }
}

function made() {
  const store = new MemoryHistory()
  const get = async (slug: string) => {
    if (slug !== 'choir') throw new NotFoundError('none')
    return CHANNEL
  }
  return { store, history: new BroadcastHistory({ store, channels: { get }, log: silentLog }) }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

suite('the history', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  test('is noted every minute while a broadcast goes on, at its end, and once more when its chat is written', async () => {
    const { store, history } = made()
    for (let second = 0; second <= 130; second++) {
      history.tick([{ ...LOOK, seconds: second, viewers: second === 30 ? 7 : 3 }], NOW + second * 1000)
      await settle()
    }
    assert.deepEqual(store.notes.map(({ seenAtMs, seconds }) => [(seenAtMs - NOW) / 1000, seconds]).slice(-2), [
      [60, 60],
      [120, 120],
    ])
    history.tick([], NOW + 131_000)
    await settle()
    const { seconds, peakViewers, totalViewers, healthySeconds } = store.notes.at(-1) ?? NO_FIGURES
    assert.deepEqual([seconds, peakViewers, totalViewers, healthySeconds], [130, 7, 7, 131])
    const noted = store.notes.length
    mock.timers.tick(15_000)
    await settle()
    assert.deepEqual(store.notes.slice(noted), [store.notes[noted - 1]])
    history.tick([], NOW + 200_000)
    await settle()
    assert.equal(store.notes.length, noted + 1, 'what is over is noted no more')
  })

  test('is noted when the server stops, and goes on after it', async () => {
    const { store, history } = made()
    history.tick([{ ...LOOK, seconds: 50, viewers: 2, droppedFrames: 3, reconnects: 1 }], NOW)
    await settle()
    await history.stop(NOW + 10)
    const before = store.notes.at(-1)
    assert.deepEqual([before?.seconds, before?.seenAtMs], [50, NOW + 10])

    const after = made()
    after.store.before = before
    after.history.tick([{ ...LOOK, seconds: 51, droppedFrames: 2 }], NOW + 1000)
    await settle()
    after.history.tick([{ ...LOOK, seconds: 60, droppedFrames: 2 }], NOW + 62_000)
    await settle()
    const { seconds, peakViewers, droppedFrames, reconnects, healthySeconds } = after.store.notes.at(-1) ?? NO_FIGURES
    assert.deepEqual([seconds, peakViewers, droppedFrames, reconnects, healthySeconds], [60, 2, 5, 1, 3])
  })

  test('whenever the process is killed, a minute of it is lost at most', async () => {
    const { store, history } = made()
    for (let second = 0; second <= 200; second++) {
      history.tick([{ ...LOOK, seconds: second }], NOW + second * 1000)
      await settle()
      // What the store has is what is there after a kill.
      const kept = store.notes.at(-1)?.seconds ?? 0
      assert.ok(second - kept <= 60, `${second - kept} s are lost at ${second}`)
    }
  })

  test('a store that is away costs figures, and nothing else', async () => {
    const { store, history } = made()
    store.away = true
    history.tick([LOOK], NOW)
    await settle()
    store.away = false
    history.tick([{ ...LOOK, seconds: 61 }], NOW + 61_000)
    await settle()
    assert.equal(store.notes.at(-1)?.seconds, 61)
  })

  test('two broadcasts of a channel that follow each other within a second are told apart', async () => {
    const { store, history } = made()
    history.tick([{ ...LOOK, seconds: 9 }], NOW)
    await settle()
    history.tick([{ ...LOOK, broadcastId: 'b2', seconds: 1 }], NOW + 1000)
    await settle()
    history.tick([], NOW + 2000)
    await settle()
    assert.deepEqual(store.notes.map(({ id, seconds }) => `${id} ${seconds}`).slice(-2), ['b1 9', 'b2 1'])
  })

  test('is read page by page, the one that goes on with its newest figures, and that one is not forgotten', async () => {
    const { store, history } = made()
    const record = (n: number) => ({
      ...{ id: `b${n}`, title: `Evensong ${n}`, startedAtMs: n, endedAtMs: n + 1, chatMessages: n },
      figures: NO_FIGURES,
    })
    store.records = [3, 2, 1].map(record)
    history.tick([{ ...LOOK, broadcastId: 'b3', seconds: 44 }], NOW)
    await settle()
    const first = await history.list('choir', 2)
    assert.deepEqual(
      first.items.map(({ id, isOn, figures }) => [id, isOn, figures?.seconds]),
      [
        ['b3', true, 44],
        ['b2', false, 0],
      ],
    )
    const second = await history.list('choir', 2, first.nextCursor)
    assert.deepEqual([second.items.map(({ id }) => id), second.nextCursor], [['b1'], undefined])
    await assert.rejects(history.list('choir', 2, 'YnJvYWRjYXN0czp4'), InvalidFieldError)
    await assert.rejects(history.list('hall', 2), NotFoundError)
    await assert.rejects(
      history.remove('choir', 'b3'),
      (error) => error instanceof RefusedError && error.code === 'CONFLICT',
    )
    await assert.rejects(history.remove('choir', 'b9'), NotFoundError)
    assert.equal((await history.remove('choir', 'b2')).removed.title, 'Evensong 2')
  })
})

test('a player counts once, however often it stops and goes on; after a restart those who were there are not new', () => {
  const tally = new BroadcastTally(LOOK, NOW)
  tally.goOnFrom(NO_FIGURES)
  tally.look({ ...LOOK, viewers: 2 })
  for (const player of ['a', 'b', 'a', 'c']) tally.arrived(player, NOW + 1)
  assert.deepEqual([tally.figures?.totalViewers, tally.figures?.peakViewers], [3, 2])

  const again = new BroadcastTally(LOOK, NOW)
  again.goOnFrom({ ...NO_FIGURES, totalViewers: 3, peakViewers: 2 })
  for (const player of ['a', 'b']) again.arrived(player, NOW + 5000)
  again.arrived('d', NOW + 5000)
  again.arrived('e', NOW + 70_000)
  assert.equal(again.figures?.totalViewers, 5)
})

test('a short trouble in a long evening does not spoil it, and a moment tells nothing', () => {
  const health = (healthySeconds: number, lookSeconds: number, troubleSeconds: number) =>
    healthOf({ ...NO_FIGURES, healthySeconds, lookSeconds, troubleSeconds })
  assert.equal(health(5, 0, 4), undefined)
  assert.equal(health(3600, 0, 100), 'healthy')
  assert.equal(health(3000, 200, 100), 'look')
  assert.equal(health(900, 0, 100), 'trouble')
})
