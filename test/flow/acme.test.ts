import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromPebble, NAME, open, serveByPebble, shown } from '../light/acme-box.ts'
import { freePorts, ServerProcess, until } from '../light/server-process.ts'

for (const challenge of ['http-01', 'tls-alpn-01']) {
  test(`an ACME authority gives a certificate by ${challenge}, for HTTPS and RTMPS, and the server starts before`, async () => {
    await using given = await serveByPebble(challenge)
    const { server } = given
    await until(() => fromPebble(server.httpsPort), 60_000, `no certificate: ${server.output} ${given.pebble.output}`)
    assert.match((await shown(server.rtmpsPort)).issuer, /^Pebble/)
    assert.equal((await shown(server.httpsPort)).names, `DNS:${NAME}`)
    const folder = join(server.dataDir, 'tls', 'acme', new URL(given.pebble.directory).host.replace(':', '_'))
    assert.match(await readFile(join(folder, 'account.pem'), 'utf8'), /PRIVATE KEY/)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    assert.match(metrics, /^streamhost_certificate_renewal_failures 0$/m)
    assert.match(metrics, /^streamhost_certificate_self_signed 0$/m)
  })
}

test('a certificate is renewed before it ends, under an open connection that stays', async () => {
  await using given = await serveByPebble('http-01', { lifeSeconds: 9 })
  const { server } = given
  await until(() => fromPebble(server.httpsPort), 60_000, 'no certificate')
  const before = await shown(server.httpsPort)
  const kept = await open(server.httpsPort)
  await until(
    async () => (await shown(server.httpsPort)).serial !== before.serial,
    60_000,
    `it is not renewed: ${server.output}`,
  )
  assert.notEqual((await shown(server.rtmpsPort)).serial, before.serial)
  kept.write(`GET /readyz HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`)
  const [answer] = await once(kept, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 200 /)
  kept.destroy()
})

test('what the authority says no to is told, counted, and not asked again at once', async () => {
  await using given = await serveByPebble('http-01', { wrongPort: true })
  const { server } = given
  const failures = async (): Promise<string | undefined> =>
    /^streamhost_certificate_renewal_failures (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]
  await until(async () => (await failures()) === '1', 60_000, `no failure: ${server.output}`)
  assert.match(server.output, /live\.example\.test could not be proved by http-01/)
  const again = /"again":"([^"]+)"/.exec(server.output)?.[1] ?? ''
  assert.ok(Date.parse(again) - Date.now() > 10 * 60_000, again)
  // It serves all the same.
  assert.equal((await shown(server.httpsPort)).issuer, 'StreamHost')
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
})

test('without an authority that answers the server runs, and tries again within a few minutes', async () => {
  const [nobody = 0] = await freePorts(1)
  await using server = await ServerProcess.start({
    https: `mode: acme, acme: { agreeTerms: true, domains: [${NAME}], directory: "https://127.0.0.1:${nobody}/dir" }`,
  })
  await until(() => server.output.includes('no certificate was given'), 60_000, server.output)
  const again = /"again":"([^"]+)"/.exec(server.output)?.[1] ?? ''
  assert.ok(Date.parse(again) - Date.now() < 2 * 60_000, again)
  assert.equal((await shown(server.httpsPort)).issuer, 'StreamHost')
})
