import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SoundTurns, TOGETHER, type Turn } from '../../../src/ingest/sound/sound-turns.ts'

const newTurn = (lookedMs = 0): Turn => ({ lookedMs, looks: 0, fine: false, together: TOGETHER })

/** Looks twice a second, as the server does. @returns the seconds at which each was looked at, and those of each FFmpeg */
function run(turns: readonly Turn[], seconds: number, fine: (turn: number, second: number) => boolean) {
  const scheduler = new SoundTurns()
  const looks: number[][] = turns.map(() => [])
  const started: number[] = []
  for (let second = 0; second < seconds; second += 0.5) {
    const batch = scheduler.take(turns, second * 1000)
    if (batch.length > 0) started.push(second)
    for (const turn of batch) {
      const index = turns.indexOf(turn)
      looks[index]?.push(second)
      turn.fine = fine(index, second)
    }
  }
  return { looks, started }
}

test('a new broadcast is looked at three times in half a minute, then once a minute while its sound is fine', () => {
  const { looks } = run([newTurn()], 240, () => true)
  assert.deepEqual(looks, [[10, 20, 30, 90, 150, 210]])
})

test('sound that is not fine is looked at every 20 s until it is', () => {
  const { looks } = run([newTurn()], 200, (_, second) => second < 90 || second > 140)
  assert.deepEqual(looks, [[10, 20, 30, 90, 110, 130, 150]])
})

test('broadcasts that began at different times come to share one FFmpeg', () => {
  const { started } = run([0, 4000, 9000, 13_000, 17_000].map(newTurn), 600, () => true)
  assert.ok(started.filter((second) => second >= 120).length <= 9, started.join(' '))
})

test('of a hundred broadcasts each has its turn every 80 s, by one FFmpeg in 20 s', () => {
  const { looks, started } = run(
    Array.from({ length: 100 }, () => newTurn()),
    600,
    () => true,
  )
  for (const seconds of looks) {
    const late = seconds.filter((second) => second >= 150)
    for (let i = 1; i < late.length; i++) assert.ok((late[i] ?? 0) - (late[i - 1] ?? 0) <= 80, seconds.join(' '))
  }
  for (let i = 1; i < started.length; i++) {
    const apart = (started[i] ?? 0) - (started[i - 1] ?? 0)
    assert.ok(apart >= ((started[i] ?? 0) < 150 ? 10 : 20), started.join(' '))
  }
})

test('of a hundred broadcasts with fine sound one that is not is looked at every 20 s', () => {
  const turns = Array.from({ length: 100 }, () => newTurn())
  const { looks } = run(turns, 600, (index) => index !== 42)
  const late = looks[42]?.filter((second) => second >= 200) ?? []
  for (let i = 1; i < late.length; i++) assert.ok((late[i] ?? 0) - (late[i - 1] ?? 0) <= 40, late.join(' '))
})

test('an input that came to nothing is tried with fewer others', () => {
  const turns = Array.from({ length: 4 }, () => newTurn())
  for (const turn of turns.slice(0, 2)) turn.together = 1
  assert.equal(new SoundTurns().take(turns, 10_000).length, 1)
})
