import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressCounts } from '../../../src/ingest/rtmp/address-counts.ts'

test('one address gets only so many connections, and room again when one closes', () => {
  const counts = new AddressCounts({ connectionsPerAddress: 2 })
  const leave = counts.enter('192.0.2.1')
  assert.ok(leave)
  assert.ok(counts.enter('192.0.2.1'))
  assert.equal(counts.enter('192.0.2.1'), undefined)
  assert.ok(counts.enter('192.0.2.2'), 'another address has room of its own')
  leave()
  assert.ok(counts.enter('192.0.2.1'))
  assert.equal(counts.enter('192.0.2.1'), undefined)
})

test('of IPv6 the network counts, for one subscriber has all of it', () => {
  const counts = new AddressCounts({ connectionsPerAddress: 1 })
  assert.ok(counts.enter('2001:db8:1:2::1'))
  assert.equal(counts.enter('2001:db8:1:2:3::4'), undefined)
  assert.ok(counts.enter('2001:db8:1:3::1'))
})

test('this machine itself is not counted', () => {
  const counts = new AddressCounts({ connectionsPerAddress: 1 })
  for (const address of ['127.0.0.1', '127.0.0.1', '127.8.8.8', '::1', '::1', '::ffff:127.0.0.1', '::ffff:127.0.0.1'])
    assert.ok(counts.enter(address), address)
})

test('a limit that changes counts from then on; who is there stays', () => {
  const limits = { connectionsPerAddress: 2 }
  const counts = new AddressCounts(limits)
  assert.ok(counts.enter('192.0.2.1'))
  const leave = counts.enter('192.0.2.1') ?? assert.fail()
  limits.connectionsPerAddress = 1
  leave()
  assert.equal(counts.enter('192.0.2.1'), undefined)
  limits.connectionsPerAddress = 2
  assert.ok(counts.enter('192.0.2.1'))
})
