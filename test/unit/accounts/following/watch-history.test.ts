import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WatchHistory, type WatchStep, type WatchStore } from '../../../../src/accounts/following/watch-history.ts'
import { UnavailableError } from '../../../../src/base/errors.ts'
import { silentLog } from '../../../../src/base/log.ts'

function keeper() {
  const kept: WatchStep[] = []
  const clock = { ms: 1_000_000 }
  let away = false
  const store: WatchStore = {
    add: async (steps) => {
      if (away) throw new UnavailableError('away')
      kept.push(...steps)
    },
    list: async () => [],
    remove: async () => true,
    clear: async () => undefined,
  }
  const history = new WatchHistory(store, silentLog, () => clock.ms)
  const seconds = (person: string) =>
    kept.filter(({ personId }) => personId === person).reduce((sum, step) => sum + step.seconds, 0)
  return { kept, clock, history, seconds, setAway: (value: boolean) => (away = value) }
}

test('time between heartbeats is time watched, and players of one person at once are one', async () => {
  const { clock, history, seconds, kept } = keeper()
  for (let i = 0; i < 10; i++) {
    history.heard('anna', 'c', 'b')
    clock.ms += 5000
    history.heard('anna', 'c', 'b')
    clock.ms += 5000
  }
  await history.write()
  assert.equal(seconds('anna'), 95)
  assert.deepEqual([kept[0]?.fromMs, kept[0]?.toMs], [1_000_000, 1_095_000])
  await history.close()
})

test('a long silence is not watched, and what was written is not written again', async () => {
  const { clock, history, seconds } = keeper()
  history.heard('anna', 'c', 'b')
  clock.ms += 10_000
  history.heard('anna', 'c', 'b')
  await history.write()
  clock.ms += 3600_000
  history.heard('anna', 'c', 'b')
  await history.write()
  assert.equal(seconds('anna'), 10)
  await history.close()
})

test('a store that is away costs what was not written, and nothing else', async () => {
  const { clock, history, seconds, setAway } = keeper()
  history.heard('anna', 'c', 'b')
  setAway(true)
  await history.write()
  setAway(false)
  clock.ms += 10_000
  history.heard('anna', 'c', 'b')
  await history.write()
  assert.equal(seconds('anna'), 10)
  await history.close()
})

test('who looks at what they watched sees it up to this moment; what others watched waits its turn', async () => {
  const { clock, history, seconds, kept } = keeper()
  for (const person of ['anna', 'bert']) history.heard(person, 'c', 'b')
  clock.ms += 7000
  for (const person of ['anna', 'bert']) history.heard(person, 'c', 'b')
  await history.list('anna', 10)
  assert.deepEqual([seconds('anna'), seconds('bert')], [7, 0])
  clock.ms += 2000
  history.heard('anna', 'c', 'b')
  for await (const _ of history.records().read('anna')) assert.equal(seconds('anna'), 9)
  await history.clear('anna')
  const before = kept.length
  await history.write()
  assert.deepEqual(
    kept.slice(before).map(({ personId }) => personId),
    ['bert'],
  )
  await history.close()
})
