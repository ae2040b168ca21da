import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHttpPort } from '../../../src/outbound/ports.ts'
import { isPublicAddress } from '../../../src/outbound/public-address.ts'

const NEVER = [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254', '168.63.129.16'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.168.1.1', '198.18.0.1'],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::127.0.0.1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', 'fec0::1'],
  ...[
    '2001::1',
    '2001:0:7f00:1::',
    '2001:db8::1',
    '2002:7f00:1::1',
    '2002:a00:1::',
    '3fff::1',
    '64:ff9b:1::1',
    '100::1',
  ],
  // IPv4 in IPv6: mapped, and for a translator.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:c0a8:101'],
  ...['64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1'],
  ...['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '1.2.3', '[::1]'],
]
const EVER = [
  ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '223.255.255.255'],
  ...[
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '2001:200::1',
    '2003::1',
    '::ffff:1.1.1.1',
    '64:ff9b::1.1.1.1',
  ],
]

test('what is of this machine, its networks or its cloud is no public address, in whatever it is dressed', () => {
  for (const address of NEVER) assert.equal(isPublicAddress(address), false, address)
  for (const address of EVER) assert.equal(isPublicAddress(address), true, address)
})

test('HTTP is asked at its own two ports and at high ones, but not at those that browsers keep away from', () => {
  for (const port of [80, 443, 1024, 3000, 8080, 8443, 65_535]) assert.equal(isHttpPort(port), true, String(port))
  for (const port of [0, 22, 25, 53, 110, 465, 587, 6000, 6667, 10080])
    assert.equal(isHttpPort(port), false, String(port))
})
