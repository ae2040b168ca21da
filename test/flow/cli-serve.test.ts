import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from '../light/server-process.ts'
import { CliProcess } from './cli-process.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-flow-'))
})
after(() => rm(folder, { recursive: true }))

/** A server of its own on free ports of this machine. */
function surroundings(dataDir: string): Record<string, string> {
  return {
    STREAMHOST_STORAGE_DATA_DIR: join(folder, dataDir),
    STREAMHOST_SERVER_HTTP_HOST: '127.0.0.1',
    STREAMHOST_SERVER_HTTP_PORT: '0',
    STREAMHOST_INGEST_RTMP_HOST: '127.0.0.1',
    STREAMHOST_INGEST_RTMP_PORT: '0',
  }
}

const READY = /StreamHost is ready\.[\s\S]*Server +(rtmp:\S+)\n/

/** One sentence for a person: one line, and no trace of our own files. */
function assertSentence(text: string, words: RegExp): void {
  assert.match(text, words)
  assert.ok(!text.trim().includes('\n') && !text.includes('.ts:'), text)
}

describe('serve', () => {
  test('tells the key in a file that only its user can read, once, when nobody looks', async () => {
    const env = surroundings('first')
    const file = join(folder, 'first', 'first-run.txt')
    await using first = new CliProcess(['serve'], env)
    await first.said(READY)
    assert.match(first.stdout, /in .*first-run\.txt/)
    const told = await readFile(file, 'utf8')
    const key = /Stream key +(sk_\S+)/.exec(told)?.[1] ?? assert.fail(told)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.ok(!first.stdout.includes(key) && !first.stderr.includes(key))
    assert.equal(await first.stop(), 0)

    await using second = new CliProcess(['serve'], env)
    await second.said(READY)
    assert.doesNotMatch(second.stdout, /first-run/)
    assert.equal(await readFile(file, 'utf8'), told)
    assert.equal(await second.stop(), 0)
  })

  test('tells a service manager that waits for it when it takes requests', async () => {
    const programs = join(folder, 'programs')
    await mkdir(programs)
    // A datagram can't be received here; test/soak/systemd.ts has a real one.
    await writeFile(join(programs, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" > ${folder}/told\n`, {
      mode: 0o755,
    })
    const told = () => readFile(join(folder, 'told'), 'utf8').catch(() => '')
    const env = { ...surroundings('notify'), PATH: `${programs}:${process.env.PATH}`, NOTIFY_SOCKET: '/run/notify' }
    await using server = new CliProcess(['serve'], env)
    await until(async () => (await told()) !== '', 30_000, 'nobody was told')
    assert.match(server.stdout, READY)
    assert.equal(await told(), '/run/notify --ready\n')
    assert.equal(await server.stop(), 0)
  })

  test('goes on when the service manager cannot be told, and says so', async () => {
    const env = { ...surroundings('notify-less'), PATH: folder, NOTIFY_SOCKET: '/run/notify' }
    await using server = new CliProcess(['serve'], env)
    await server.said(READY)
    await until(() => server.stderr !== '', 30_000, 'nothing was said')
    assertSentence(server.stderr, /service manager could not be told .*systemd-notify/)
    assert.equal(await server.stop(), 0)
  })

  test('is alone in its data directory, and says so to the second', async () => {
    const env = surroundings('alone')
    await using first = new CliProcess(['serve'], env)
    await first.said(READY)
    await using second = new CliProcess(['serve'], env)
    const { status, stderr } = await second.ended()
    assert.equal(status, 1)
    assertSentence(stderr, /another StreamHost already runs/)
    assert.equal(await first.stop(), 0)
  })

  for (const name of ['STREAMHOST_SERVER_HTTP_PORT', 'STREAMHOST_INGEST_RTMP_PORT']) {
    test(`says what to do when ${name} is in use`, async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      await using server = new CliProcess(['serve'], { ...surroundings(`used-${name}`), [name]: `${port}` })
      const { status, stderr } = await server.ended()
      assert.equal(status, 1)
      assertSentence(stderr, new RegExp(`${port}.*(server\\.http\\.port|ingest\\.rtmp\\.port)`))
      other.close()
      // Nothing was made yet: the next start is still the first, and shows its key.
      await using again = new CliProcess(['serve'], surroundings(`used-${name}`))
      await again.said(/first-run\.txt/)
      assert.equal(await again.stop(), 0)
    })
  }

  test('says what to do when the data directory cannot be made', async () => {
    await writeFile(join(folder, 'a-file'), '')
    await using server = new CliProcess(['serve'], surroundings('a-file/data'))
    const { status, stderr } = await server.ended()
    assert.equal(status, 1)
    assertSentence(stderr, /storage\.dataDir/)
  })

  test('ends when the database is none, and leaves it as it is', async () => {
    await mkdir(join(folder, 'no-database'))
    await writeFile(join(folder, 'no-database/streamhost.db'), 'not a database')
    await using server = new CliProcess(['serve'], surroundings('no-database'))
    const { status, stderr } = await server.ended()
    assert.equal(status, 1)
    assertSentence(stderr, /damaged or no database/)
    assert.equal(await readFile(join(folder, 'no-database/streamhost.db'), 'utf8'), 'not a database')
  })

  for (const { what, yaml, says } of [
    {
      what: 'slate',
      yaml: 'channels:\n  - { slug: a, slate: soon.png }',
      says: /c\.yaml:2: channels\[0\]\.slate is ".*soon\.png"/,
    },
    {
      what: 'certificate',
      yaml: 'server:\n  https:\n    mode: files\n    cert: a.pem\n    key: b.pem',
      says: /c\.yaml:4: server\.https\.cert is ".*a\.pem"/,
    },
  ]) {
    test(`names a ${what} that isn’t there by file, line and setting`, async () => {
      await writeFile(join(folder, 'c.yaml'), yaml)
      await using server = new CliProcess(['serve', '--config', join(folder, 'c.yaml')], surroundings(what))
      const { status, stderr } = await server.ended()
      assert.equal(status, 1)
      assertSentence(stderr, says)
      assertSentence(stderr, /which can't be read: there is no such file/)
    })
  }

  test('refuses an unknown setting with status 2', async () => {
    await using server = new CliProcess(['serve'], { ...surroundings('x'), STREAMHOST_SERVER_PROT: '1' })
    const { status, stderr } = await server.ended()
    assert.equal(status, 2)
    assertSentence(stderr, /STREAMHOST_SERVER_PROT is no setting/)
  })
})

describe('channel and token', () => {
  for (const { how, running } of [
    { how: 'through the socket of a server that runs', running: true },
    { how: 'on the data directory when none runs', running: false },
  ]) {
    test(`work ${how}`, async () => {
      const env = surroundings(running ? 'online' : 'offline')
      await using server = running ? new CliProcess(['serve'], env) : undefined
      await server?.said(READY)
      const run = async (...args: string[]) => {
        await using command = new CliProcess(args, env)
        return await command.ended()
      }
      const made = await run('channel', 'create', 'hall', '--title', 'Main hall', '--json')
      assert.equal(made.status, 0, made.stderr)
      assert.match(JSON.parse(made.stdout).key, /^sk_/)
      assert.equal((await run('channel', 'create', 'hall')).status, 1)
      assert.match((await run('channel', 'list')).stdout, /^hall +offline +0 +Main hall$/m)
      assert.match((await run('channel', 'show', 'hall')).stdout, /^title +Main hall$/m)
      assert.equal((await run('channel', 'end', 'hall')).stdout, 'hall is not on air.\n')
      const chosen = 'sk_12345678901234567890'
      assert.match((await run('channel', 'rotate-key', 'hall', '--key', chosen)).stdout, new RegExp(`\n${chosen}\n$`))
      assert.match((await run('channel', 'create', 'other', '--key', 'short')).stderr, /key/)
      assert.match((await run('token')).stdout, /^at_\S+\n$/)
      assert.deepEqual(JSON.parse((await run('channel', 'delete', 'hall', '--json')).stdout), { deleted: true })
      assert.deepEqual(await run('channel', 'show', 'hall').then(({ status }) => status), 1)
      if (server) assert.equal(await server.stop(), 0)
    })
  }
})
