import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { certificateAt, getTls, openTls } from '../light/tls-client.ts'
import { CliProcess } from './cli-process.ts'

/** By plain HTTP, with a Host of one's own. */
async function get(port: number, path: string, headers: Record<string, string> = {}) {
  const asked = request({ port, host: '127.0.0.1', path, headers, agent: false }).end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  return { status: answer.statusCode as number, location: answer.headers.location as string | undefined }
}

describe('a self-signed certificate', () => {
  let server: ServerProcess
  before(async () => {
    server = await ServerProcess.start({ https: 'mode: self-signed' })
  })
  after(() => server.stop())

  test('is made at the first start, for this machine, readable by its user alone, and told', async () => {
    const { fingerprint256, subjectaltname = '' } = await certificateAt(server.httpsPort)
    assert.match(subjectaltname, /DNS:localhost/)
    assert.match(subjectaltname, /IP Address:127\.0\.0\.1/)
    assert.equal((await stat(join(server.dataDir, 'tls/self-signed.pem'))).mode & 0o777, 0o600)
    await until(() => server.output.includes('made by this server'), 2000, 'nothing is told')
    assert.ok(server.output.replace(/\n +/g, '').includes(fingerprint256), server.output)
    assert.equal((await certificateAt(server.rtmpsPort)).fingerprint256, fingerprint256)
  })

  test('serves pages and API, and its cookies are Secure', async () => {
    const url = `https://localhost:${server.httpsPort}`
    const health = JSON.parse((await getTls(`${url}/healthz`)).body)
    const { httpPort: http, httpsPort: https, rtmpPort: rtmp, rtmpsPort: rtmps } = server
    assert.deepEqual(health.ports, { http, https, rtmp, rtmps })
    const page = await getTls(`${url}/`)
    assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin')
    assert.doesNotMatch(String(page.headers['content-security-policy']), /upgrade-insecure-requests/)
    const cookie = await getTls(`${url}/api/v1/session`, {}, 'DELETE')
    assert.match(String(cookie.headers['set-cookie']), /; Secure/)
    const plain = await fetch(`${server.url}/api/v1/session`, { method: 'DELETE' })
    assert.doesNotMatch(plain.headers.get('set-cookie') ?? '', /Secure/)
  })

  test('is not held against people: no redirect, and no HSTS, which would lock them out', async () => {
    assert.equal((await get(server.httpPort, '/')).status, 200)
    const page = await getTls(`https://localhost:${server.httpsPort}/`, { host: 'localhost' })
    assert.equal(page.headers['strict-transport-security'], undefined)
  })

  test('is shown by TLS 1.2 and 1.3 and nothing older, and not to who speaks only other protocols', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await openTls(server.httpsPort, { minVersion: version, maxVersion: version })
      assert.equal(socket.getProtocol(), version)
      socket.destroy()
    }
    for (const ALPNProtocols of [['spdy/3'], ['acme-tls/1']]) {
      const socket = openTls(server.httpsPort, { ALPNProtocols })
      await assert.rejects(socket)
    }
    assert.equal((await getTls(`https://localhost:${server.httpsPort}/readyz`)).status, 200)
  })

  test('stays over a restart', async () => {
    const { fingerprint256 } = await certificateAt(server.httpsPort)
    const folder = await mkdtemp(join(tmpdir(), 'streamhost-kept-'))
    try {
      const options = { https: 'mode: self-signed', dataDir: join(folder, 'data') }
      const seen: string[] = []
      for (let i = 0; i < 2; i++) {
        await using again = await ServerProcess.start(options)
        seen.push((await certificateAt(again.httpsPort)).fingerprint256)
      }
      assert.equal(seen[0], seen[1])
      assert.notEqual(seen[0], fingerprint256)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('a certificate from files', () => {
  let folder = ''
  let server: ServerProcess
  const place = async (version: string, names: readonly string[]): Promise<string> => {
    const pair = await makeSelfSigned(names)
    await writeFile(join(folder, `cert-${version}.pem`), pair.cert)
    await writeFile(join(folder, `key-${version}.pem`), pair.key)
    return pair.fingerprint
  }
  /** As certbot does it: links are flipped by a rename, one after the other. */
  const flip = async (name: 'cert' | 'key', version: string): Promise<void> => {
    await symlink(`${name}-${version}.pem`, join(folder, `${name}.new`))
    await rename(join(folder, `${name}.new`), join(folder, `${name}.pem`))
  }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamhost-tls-'))
    await place('1', ['localhost', '127.0.0.1', 'live.example.org'])
    for (const name of ['cert', 'key'] as const) await flip(name, '1')
    const files = `cert: ${JSON.stringify(join(folder, 'cert.pem'))}, key: ${JSON.stringify(join(folder, 'key.pem'))}`
    server = await ServerProcess.start({ https: `mode: files, ${files}` })
  })
  after(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  test('is changed under open connections, and only when certificate and key fit', async () => {
    const kept = await openTls(server.httpsPort)
    const ask = async (): Promise<void> => {
      kept.write('GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n')
      assert.match(String((await once(kept, 'data'))[0]), /^HTTP\/1\.1 200 /)
    }
    await ask()
    const before = (await certificateAt(server.httpsPort)).fingerprint256
    const second = await place('2', ['localhost', '127.0.0.1', 'live.example.org'])
    await flip('cert', '2')
    await until(() => server.output.includes('the old one stays'), 60_000, 'nothing is said')
    assert.match(server.output, /server\.https\.key is .* which does not belong to the certificate/)
    assert.equal((await certificateAt(server.httpsPort)).fingerprint256, before)
    await flip('key', '2')
    await until(
      async () => (await certificateAt(server.httpsPort)).fingerprint256 === second,
      60_000,
      'the old one stays',
    )
    assert.equal((await certificateAt(server.rtmpsPort)).fingerprint256, second)
    await ask()
    kept.destroy()
  })

  test('sends plain HTTP on to names that it is for, and to no others', async () => {
    const { httpPort, httpsPort } = server
    const sent = await get(httpPort, '/c/main?a=1', { host: `LIVE.example.org:${httpPort}` })
    assert.deepEqual(sent, { status: 308, location: `https://live.example.org:${httpsPort}/c/main?a=1` })
    for (const host of ['evil.example', 'live.example.org@evil.example', 'evil.example/live.example.org']) {
      assert.equal((await get(httpPort, '/', { host })).location, undefined, host)
    }
    assert.equal(
      (await get(httpPort, '//evil.example/', { host: 'localhost' })).location?.startsWith('https://localhost:'),
      true,
    )
  })

  test('leaves health, figures and ACME on plain HTTP', async () => {
    for (const [path, status] of [
      ['/healthz', 200],
      ['/readyz', 200],
      ['/metrics', 200],
      ['/.well-known/acme-challenge/x', 404],
    ] as const)
      assert.equal((await get(server.httpPort, path, { host: `localhost:${server.httpPort}` })).status, status, path)
  })

  test('tells browsers to keep to HTTPS where they came to its own port, and never by plain HTTP', async () => {
    const url = `https://localhost:${server.httpsPort}/healthz`
    assert.equal(
      (await getTls(url, { host: 'live.example.org' })).headers['strict-transport-security'],
      'max-age=15552000',
    )
    assert.equal((await getTls(url)).headers['strict-transport-security'], undefined)
    const plain = await fetch(`${server.url}/healthz`)
    assert.equal(plain.headers.get('strict-transport-security'), null)
  })
})

test('`check` tells what is wrong with the files, with setting and sentence', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-check-'))
  try {
    const [one, two, old] = await Promise.all([
      makeSelfSigned(['live.example.org']),
      makeSelfSigned(['live.example.org']),
      makeSelfSigned(['live.example.org'], Date.now() - 400 * 86_400_000),
    ])
    const check = async (cert: string, key: string, more = ''): Promise<string> => {
      await writeFile(join(folder, 'cert.pem'), cert)
      await writeFile(join(folder, 'key.pem'), key)
      await writeFile(
        join(folder, 'c.yaml'),
        `server: { https: { mode: files, cert: cert.pem, key: key.pem }, ${more} }\n`,
      )
      await using cli = new CliProcess(['check', '--config', join(folder, 'c.yaml')], {})
      const { status, stdout, stderr } = await cli.ended()
      assert.equal(status, stderr === '' ? 0 : 2)
      return stderr || stdout
    }
    assert.match(await check(one.cert, one.key, 'publicUrl: "https://live.example.org"'), / is valid\.\n$/)
    assert.match(
      await check(one.cert, two.key),
      /c\.yaml:1: server\.https\.key is "\/.*key\.pem", which does not belong to the certificate/,
    )
    assert.match(await check(old.cert, old.key), /:1: server\.https\.cert is .*, which ended on .*: renew it\.$/m)
    assert.match(
      await check('nothing', one.key),
      /:1: server\.https\.cert is .*, which has no certificate in PEM in it\.$/m,
    )
    assert.match(
      await check(one.cert, 'nothing'),
      /:1: server\.https\.key is .*, which has no private key in PEM in it\.$/m,
    )
    const elsewhere = await check(one.cert, one.key, 'publicUrl: "https://tv.example.org"')
    assert.match(elsewhere, /is for live\.example\.org, not for tv\.example\.org of server\.publicUrl/)
    await rm(join(folder, 'cert.pem'))
    await using cli = new CliProcess(['check', '--config', join(folder, 'c.yaml')], {})
    assert.match(
      (await cli.ended()).stderr,
      /c\.yaml:1: server\.https\.cert is .*, which can't be read: there is no such file\.$/m,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('with a public address plain HTTP is sent there, unless a trusted proxy has ended TLS already', async () => {
  await using server = await ServerProcess.start({
    https: 'mode: self-signed, redirect: on',
    sections: { server: 'publicUrl: "https://live.example.org", trustedProxies: [127.0.0.1]' },
  })
  const redirected = await get(server.httpPort, '/a', { host: 'anything', 'x-forwarded-proto': 'http' })
  assert.deepEqual(redirected, { status: 308, location: 'https://live.example.org/a' })
  for (const headers of [{ 'x-forwarded-proto': 'https' }, {}])
    assert.equal((await get(server.httpPort, '/', headers as Record<string, string>)).status, 200)
})
