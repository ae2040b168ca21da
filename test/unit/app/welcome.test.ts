import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { describe, test } from 'node:test'
import type { ReadyInfo } from '../../../src/app/cli/ports.ts'
import { qrLines } from '../../../src/app/cli/qr.ts'
import { addressesOf, hasSecrets, plainWelcome, secretsText, welcome } from '../../../src/app/cli/welcome.ts'

const KEY = 'sk_abcdefghijklmnopqrstuvwxyz0'
const TOKEN = 'at_token'
const first: ReadyInfo = {
  http: { host: '::', port: 8080 },
  rtmp: { host: '::', port: 1935 },
  made: { channels: [{ slug: 'main', key: KEY }], adminToken: TOKEN, firstAdmin: '/invitation#t=once' },
}
const later: ReadyInfo = { ...first, made: { channels: [], adminToken: undefined, firstAdmin: undefined } }
const terminal = { columns: 100, color: true }

function address(text: string, internal = false): NetworkInterfaceInfo {
  const rest = { netmask: '255.255.255.0', mac: '00:00:00:00:00:00', cidr: null, internal }
  return { address: text, family: 'IPv4', ...rest }
}
const lan = {
  lo: [address('127.0.0.1', true)],
  docker0: [address('172.17.0.1')],
  eth0: [address('169.254.1.1'), address('192.168.1.20')],
}

describe('the addresses', () => {
  test('are those of the local network when everything is listened to', () => {
    assert.deepEqual(addressesOf(first, undefined, lan), {
      rtmp: 'rtmp://192.168.1.20:1935/live',
      web: 'http://192.168.1.20:8080',
    })
  })
  test('are localhost without a network', () => {
    assert.equal(addressesOf(first, undefined, {}).web, 'http://localhost:8080')
  })
  test('are the ones bound, IPv6 in brackets', () => {
    const info = { ...first, http: { host: '127.0.0.1', port: 1 }, rtmp: { host: '::1', port: 2 } }
    assert.deepEqual(addressesOf(info, undefined, lan), { rtmp: 'rtmp://[::1]:2/live', web: 'http://127.0.0.1:1' })
  })
  test('are the public ones when they are known, unless RTMP is for this machine only', () => {
    assert.deepEqual(addressesOf(first, 'https://live.example.org', lan), {
      rtmp: 'rtmp://live.example.org:1935/live',
      web: 'https://live.example.org',
    })
    const info = { ...first, rtmp: { host: '127.0.0.1', port: 2 } }
    assert.equal(addressesOf(info, 'https://live.example.org', lan).rtmp, 'rtmp://127.0.0.1:2/live')
  })
})

describe('the welcome', () => {
  const addresses = addressesOf(first, undefined, lan)

  test('shows server, key, the page, a code for phones and the admin token on the first run', () => {
    const text = welcome(first, addresses, terminal)
    assert.match(text, /Watch +http:\/\/192\.168\.1\.20:8080\/c\/main\n/)
    assert.match(text, /Server +rtmp:\/\/192\.168\.1\.20:1935\/live\n/)
    assert.match(text, new RegExp(`Stream key +${KEY}\n`))
    assert.match(text, new RegExp(`rtmp://192\\.168\\.1\\.20:1935/live/${KEY}\n`))
    assert.match(text, /Admin token +at_token\n/)
    assert.match(text, /Your account +http:\/\/192\.168\.1\.20:8080\/invitation#t=once\n/)
    assert.match(text, /[▀▄█]{4}/)
  })
  test('leaves the code away where it does not fit or has no colours', () => {
    assert.doesNotMatch(welcome(first, addresses, { columns: 30, color: true }), /[▀▄█]/)
    assert.doesNotMatch(welcome(first, addresses, { columns: 100, color: false }), /[▀▄█]/)
  })
  test('is two addresses later on', () => {
    assert.deepEqual(welcome(later, addresses, terminal).trim().split('\n').slice(2).length, 2)
    assert.ok(!hasSecrets(later))
  })
  test('tells no secret where nobody looks', () => {
    const text = plainWelcome(first, addresses, '/data/first-run.txt')
    assert.ok(!text.includes(KEY) && !text.includes(TOKEN) && !text.includes('#t='))
    assert.match(text, /Stream key +in \/data\/first-run\.txt/)
    const noChannel = { ...first, made: { ...first.made, channels: [] } }
    assert.match(plainWelcome(noChannel, addresses, '/data/first-run.txt'), /Admin token +in \/data\/first-run\.txt/)
    const file = secretsText(first, addresses)
    assert.ok(file.includes(KEY) && file.includes(TOKEN) && file.includes('/invitation#t=once'))
  })
})

test('a QR code is square, with a light border, dark on light', () => {
  const { lines, width } = qrLines(`rtmp://192.168.1.20:1935/live/${KEY}`)
  assert.equal(lines.length, Math.ceil(width / 2))
  for (const line of lines) assert.match(line, new RegExp(`^\u001b\\[30;107m[ ▀▄█]{${width}}\u001b\\[0m$`))
  assert.match(lines[0] ?? '', /m {30}/)
})
