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
