import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainAddress } from '../../../src/http/address.ts'

test('an address is told as people read it, IPv4 without the prefix of an IPv6 socket', () => {
  assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(plainAddress('192.0.2.7'), '192.0.2.7')
  assert.equal(plainAddress('2001:db8::1'), '2001:db8::1')
  assert.equal(plainAddress('::ffff:c000:207'), '::ffff:c000:207')
})
