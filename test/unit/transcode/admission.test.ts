import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Admission, type AdmissionLimits, type Place } from '../../../src/transcode/box/admission.ts'

/** Enters and keeps what it is told. */
function enter(admission: Admission, cost: number) {
  const told: Place[] = []
  return { told, seat: admission.enter(cost, (place) => told.push(place)) }
}

const AUTO = { maxBroadcasts: 'auto', budget: 1.7 } as const
const RUNNING = { state: 'running' }
const waiting = (position: number) => ({ state: 'waiting', position })

test('as many run as the budget carries; the others wait in the order they came', () => {
  const admission = new Admission(AUTO)
  const all = Array.from({ length: 6 }, () => enter(admission, 0.4).seat.place)
  assert.deepEqual(all, [RUNNING, RUNNING, RUNNING, RUNNING, waiting(1), waiting(2)])
})

test('when one ends the next begins, and everybody behind it moves up and is told', () => {
  const admission = new Admission(AUTO)
  const all = Array.from({ length: 6 }, () => enter(admission, 0.4))
  all[1]?.seat.leave()
  assert.deepEqual(all[4]?.told, [RUNNING])
  assert.deepEqual(all[5]?.told, [waiting(1)])
  assert.deepEqual(all[0]?.told, [])
})

test('who leaves the queue isn’t started, and those behind move up', () => {
  const admission = new Admission(AUTO)
  const all = Array.from({ length: 7 }, () => enter(admission, 0.4))
  all[4]?.seat.leave()
  assert.deepEqual(all[5]?.told, [waiting(1)])
  assert.deepEqual(all[6]?.told, [waiting(2)])
  all[0]?.seat.leave()
  all[0]?.seat.leave()
  assert.deepEqual(all[4]?.told, [])
  assert.deepEqual(all[5]?.seat.place, RUNNING)
  assert.deepEqual(all[6]?.seat.place, waiting(1))
})

test('nobody overtakes: a small ladder waits behind a large one', () => {
  const admission = new Admission(AUTO)
  enter(admission, 1.2)
  assert.deepEqual(enter(admission, 1).seat.place, waiting(1))
  assert.deepEqual(enter(admission, 0.1).seat.place, waiting(2))
})

test('one broadcast runs whatever its ladder costs, for it can be made smaller', () => {
  const admission = new Admission({ maxBroadcasts: 'auto', budget: 0.5 })
  const first = enter(admission, 3)
  assert.deepEqual(first.seat.place, RUNNING)
  const second = enter(admission, 0.1)
  assert.deepEqual(second.seat.place, waiting(1))
  first.seat.costs(0.3)
  assert.deepEqual(second.told, [RUNNING])
})

test('a number is the operator’s own judgement, whatever the ladders cost', () => {
  const admission = new Admission({ maxBroadcasts: 2, budget: 0.1 })
  const all = Array.from({ length: 3 }, () => enter(admission, 4))
  assert.deepEqual(
    all.map(({ seat }) => seat.place),
    [RUNNING, RUNNING, waiting(1)],
  )
})

test('none is transcoded where the number is 0', () => {
  assert.deepEqual(enter(new Admission({ maxBroadcasts: 0, budget: 9 }), 0.1).seat.place, waiting(1))
})

test('limits that change hold for who comes next; who runs goes on', () => {
  const limits: { -readonly [Key in keyof AdmissionLimits]: AdmissionLimits[Key] } = { maxBroadcasts: 2, budget: 1 }
  const admission = new Admission(limits)
  const all = Array.from({ length: 3 }, () => enter(admission, 0.4))
  limits.maxBroadcasts = 1
  admission.reconsider()
  assert.deepEqual(admission.describe(), { running: 2, waiting: 1, cost: 0.8, budget: 1 })
  all[0]?.seat.leave()
  assert.deepEqual(all[2]?.seat.place, waiting(1))
  limits.maxBroadcasts = 5
  admission.reconsider()
  assert.deepEqual(all[2]?.told, [RUNNING])
})

test('who runs takes more only where there is room beside the others and nobody waits; alone it may take all', () => {
  const admission = new Admission(AUTO)
  const [one, two] = [enter(admission, 0.4), enter(admission, 0.4)]
  assert.equal(one.seat.mayCost(1.2), true)
  assert.equal(two.seat.mayCost(0.6), false)
  assert.equal(admission.describe().cost, 1.6)
  one.seat.leave()
  assert.equal(two.seat.mayCost(3), true)
  const third = enter(admission, 0.4)
  assert.deepEqual(third.seat.place, waiting(1))
  assert.equal(two.seat.mayCost(3.5), false)
  assert.equal(third.seat.mayCost(0.6), true)
  assert.equal(two.seat.mayCost(1), true)
  assert.deepEqual(third.told, [RUNNING])
})

test('a number of broadcasts leaves it to its operator how much each of them takes', () => {
  const admission = new Admission({ maxBroadcasts: 2, budget: 1 })
  const [one] = [enter(admission, 0.5), enter(admission, 0.5), enter(admission, 0.5)]
  assert.equal(one?.seat.mayCost(5), true)
})
