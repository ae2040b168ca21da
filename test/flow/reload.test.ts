import assert from 'node:assert/strict'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { ReloadReport } from '../../src/contract/reload.ts'
import { Encoder, encoded } from '../light/encoder.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { readMultivariant } from '../light/playlist.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { until } from '../light/server-process.ts'
import { CliProcess } from './cli-process.ts'

const LONG_MS = 60_000
const ADVICE = /auth\.signUp is open and auth\.mail\.url is not set: [^\n"]*/
const KEY = 'sk_0123456789abcdefghij'

before(() => encoded('gop2'))

async function siteName({ url }: ReloadableServer): Promise<unknown> {
  return ((await (await fetch(`${url}/api/v1/site`)).json()) as { name: unknown }).name
}

/** The command line, on the server's own file. */
async function cli(server: ReloadableServer, ...args: string[]) {
  await using program = new CliProcess([...args, '--config', server.file], {})
  return await program.ended()
}

describe('streamhost reload', () => {
  test('says what applies, what needs a restart, and what has no effect yet', async () => {
    await using server = await ReloadableServer.start({ server: { name: 'One' } })
    await server.write({
      server: { name: 'Two', http: { host: '::1' }, publicUrl: 'https://live.example.org' },
      auth: { signUp: 'open' },
      packaging: { liveSeconds: 30 },
      recording: { enabled: false },
      channels: [{ slug: 'hall', title: 'Main hall' }],
      observability: { metrics: { token: 'a-token-of-16-or-more' } },
    })
    const planned = await cli(server, 'reload', '--dry-run')
    assert.match(planned.stdout, /^Would apply:\n {2}server\.name: One → Two\n/)
    assert.match(planned.stdout, ADVICE, 'what is likely not meant is said as check says it')
    assert.equal(await siteName(server), 'One')
    assert.doesNotMatch(server.program.stdout, ADVICE)

    const { status, stdout, stderr } = await cli(server, 'reload')
    assert.equal(status, 0, stderr)
    assert.match(stdout, ADVICE)
    await server.program.said(ADVICE)
    const key = /The stream key of hall, shown this once:\n(sk_\S+)\n/.exec(stdout)?.[1] ?? assert.fail(stdout)
    assert.equal(
      stdout.replace(key, '').replace(ADVICE, 'advice'),
      [
        'Applied:',
        '  server.name: One → Two',
        '  server.publicUrl: none → https://live.example.org',
        '  packaging.liveSeconds: 20 → 30 (from the next broadcast on)',
        '  channels[hall]: none → {"slug":"hall","title":"Main hall","access":"public"}',
        '  observability.metrics.token: none → a secret',
        '  auth.signUp: invitation → open',
        'Needs a restart (in force → in the file):',
        '  server.http.host: 127.0.0.1 → ::1',
        'Has no effect yet:',
        '  recording.enabled: true → false',
        'The stream key of hall, shown this once:',
        '',
        'advice\n',
      ].join('\n'),
    )
    assert.equal(await siteName(server), 'Two')
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: key })
    await publisher.unpublish()

    const again = await cli(server, 'reload')
    assert.match(again.stdout, /^Needs a restart/)
    assert.doesNotMatch(again.stdout, /Applied|server\.name/)
    const { json } = await server.ask('GET', '/api/v1/audit?action=config')
    const { items } = json as { items: { address: string; subject: string }[] }
    assert.equal(items.length, 1)
    assert.equal(items[0]?.address, 'local')
    assert.match(items[0]?.subject ?? '', /^server\.name: One → Two; .*metrics\.token: none → a secret; /)
    assert.doesNotMatch(items[0]?.subject ?? '', /a-token|sk_|http\.host/)
  })

  test('with a mistake in the file it says what check says, and nothing has changed', async () => {
    await using server = await ReloadableServer.start({ server: { name: 'One' } })
    await server.write({ server: { name: 'Two' }, packaging: { liveSecond: 30, profile: 'medium' } })
    const checked = await cli(server, 'check')
    assert.match(checked.stderr, /c\.yaml:\d+: packaging\.profile is "medium", expected one of standard, low\.\n/)
    const told = await cli(server, 'reload')
    assert.deepEqual([told.status, told.stderr], [2, checked.stderr])

    const { status, json } = await server.reload()
    assert.equal(status, 422)
    const { errors } = json as { errors: { message: string }[] }
    assert.equal(`${errors.map(({ message }) => message).join('\n')}\n`, checked.stderr)
    assert.equal(await siteName(server), 'One')
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    assert.match(metrics, /^streamhost_config_reloads_total\{outcome="refused"\} 1$/m)
    assert.match(metrics, /^streamhost_config_last_reload_timestamp_seconds 0$/m)
  })

  test('a stream key that opens another channel already is a mistake of the file', async () => {
    await using server = await ReloadableServer.start({ channels: [{ slug: 'one', key: KEY }] })
    await server.write({ server: { name: 'Two' }, channels: [{ slug: 'two', key: KEY }] })
    const { status, json } = await server.reload()
    assert.equal(status, 422)
    const [mistake] = (json as { errors: { message: string }[] }).errors
    assert.match(
      mistake?.message ?? '',
      /c\.yaml:\d+: channels\[0\]\.key is a secret not shown here, expected a key that/,
    )
    assert.notEqual(await siteName(server), 'Two')
    assert.equal((await fetch(`${server.url}/api/v1/channels/two`)).status, 404)
  })

  test('a file that is gone is a mistake: it does not stand for all defaults', async () => {
    await using server = await ReloadableServer.start({ server: { name: 'One' } })
    await rm(server.file)
    assert.equal((await server.reload()).status, 422)
    assert.equal(await siteName(server), 'One')
  })

  test('without a server it says so', async () => {
    await using server = await ReloadableServer.start()
    await server.program.stop()
    const { status, stderr } = await cli(server, 'reload')
    assert.equal(status, 1)
    assert.match(stderr, /No server runs on the data directory/)
  })
})

describe('without the command', () => {
  test('SIGHUP reads the file again; keys that it made are in a file that only its user can read', async () => {
    await using server = await ReloadableServer.start({ server: { name: 'One' } })
    await server.write({ server: { name: 'Two' }, channels: [{ slug: 'hall' }] })
    server.program.child.kill('SIGHUP')
    await server.program.said(/New channels: their stream keys are in .*first-run\.txt/)
    assert.equal(await siteName(server), 'Two')
    const file = join(server.folder, 'data/first-run.txt')
    assert.match(await readFile(file, 'utf8'), /^Stream key of hall {2}sk_\S+$/m)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal(await server.program.stop(), 0)
  })

  test('SIGHUP on a file with a mistake says it in the log', async () => {
    await using server = await ReloadableServer.start()
    await server.write({ packaging: { liveSeconds: 1 } })
    server.program.child.kill('SIGHUP')
    await server.program.said(/"mistake":"[^"]*c\.yaml:\d+: packaging\.liveSeconds is 1, expected a whole number/)
    assert.equal(await server.program.stop(), 0)
  })

  test('with server.reload: save a saved file is enough, until it says otherwise', async () => {
    await using server = await ReloadableServer.start({ server: { name: 'One', reload: 'save' } })
    await server.write({ server: { name: 'Two', reload: 'save' } })
    await until(async () => (await siteName(server)) === 'Two', LONG_MS, 'the file was not read')
    await server.write({ server: { name: 'Three' } })
    await until(async () => (await siteName(server)) === 'Three', LONG_MS, 'the file was not read')
    await server.write({ server: { name: 'Four', reload: 'save' } })
    await server.reload()
    await server.write({ server: { name: 'Five', reload: 'save' } })
    await until(async () => (await siteName(server)) === 'Five', LONG_MS, 'the file was not read')
  })
})

test('a reload under a running broadcast drops nobody and loses no part; the next broadcast has the new packaging', async () => {
  await using server = await ReloadableServer.start({ packaging: { profile: 'standard' } })
  await using encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/hall`)
  const list = `${server.url}/live/hall/index.m3u8`
  await until(async () => (await fetch(list)).ok, LONG_MS, 'the channel is not live')
  const reader = new LightHlsClient(list, { compareEvery: 1 })
  await reader.start()
  try {
    const parts = (count: number) => () => reader.reports.every((report) => report.parts >= count)
    await until(parts(6), LONG_MS, 'no parts came')
    await server.write({
      server: { name: 'Two' },
      packaging: { profile: 'low', liveSeconds: 30, segmentSeconds: 4 },
      limits: { publishers: 1, rtmp: { connections: 1 } },
      chat: { enabled: false },
    })
    const report = ReloadReport.parse((await server.reload()).json)
    assert.equal(report.changes.length, 7)
    const came = Math.max(...reader.reports.map((each) => each.parts))
    await server.write({ packaging: { profile: 'low' } })
    assert.equal((await server.reload()).status, 200)
    await until(parts(came + 9), LONG_MS, 'parts no longer come')
    assert.equal(encoder.running, true, encoder.output)
    assert.deepEqual(reader.faults, [])
  } finally {
    await reader.stop()
  }
  await using second = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/annex`)
  const annex = `${server.url}/live/annex/index.m3u8`
  await until(async () => (await fetch(annex)).ok, LONG_MS, `the second channel is not live: ${second.output}`)
  assert.match(await mediaPlaylist(annex), /PART-TARGET=0\.2/)
  assert.match(await mediaPlaylist(list), /PART-TARGET=0\.3/)
})

async function mediaPlaylist(list: string): Promise<string> {
  const [uri = ''] = readMultivariant(await (await fetch(list)).text())
  return (await fetch(new URL(uri, list))).text()
}
