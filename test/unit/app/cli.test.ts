import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Serve } from '../../../src/app/cli/ports.ts'
import { runCli } from '../../../src/app/cli/program.ts'
import { ConfigError } from '../../../src/base/errors.ts'

let cwd = ''
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streamhost-cli-'))
})
after(() => rm(cwd, { recursive: true }))

const notNow = () => Promise.reject(new Error('not in this test'))

async function run(line: string, serve: Serve = notNow, env: Record<string, string> = {}) {
  let out = ''
  let err = ''
  const status = await runCli(line.split(' ').filter(Boolean), {
    env,
    cwd,
    stdout: { write: (text) => (out += text), columns: 80 },
    stderr: { write: (text) => (err += text), columns: 80 },
    readSecret: notNow,
    loadServe: async () => serve,
    loadOffline: notNow,
  })
  return { status, out, err }
}

describe('usage', () => {
  test('wrong words are answered with the nearest right one and status 2', async () => {
    assert.deepEqual(await run('chek'), {
      status: 2,
      out: '',
      err: "error: unknown command 'chek'\n(Did you mean check?)\n",
    })
    const { status, err } = await run('serve --confg x')
    assert.match(err, /unknown option '--confg'\n\(Did you mean --config\?\)/)
    assert.equal(status, 2)
    assert.equal((await run('channel create')).status, 2)
    assert.equal((await run('')).status, 2)
  })
  test('there is no help for a command that isn’t there', async () => {
    for (const line of ['nope --help', 'channel nope -h', 'channel key nope --help']) {
      const { status, out, err } = await run(line)
      assert.deepEqual([status, out, err], [2, '', "error: unknown command 'nope'\n"], line)
    }
  })
  test('every command of a channel can print JSON', async () => {
    for (const name of ['create', 'list', 'show', 'end', 'delete', 'rotate-key', 'keys']) {
      assert.match((await run(`channel ${name} --help`)).out, /--json/, name)
    }
    for (const name of ['add', 'rename', 'rotate', 'revoke']) {
      assert.match((await run(`channel key ${name} --help`)).out, /--json/, name)
    }
  })
  test('without the source tree bench says where it is', async () => {
    const { status, err } = await run('bench ingest --rounds 2')
    assert.deepEqual([status, /source tree.*npm run bench/.test(err)], [1, true])
  })
  test('help and version are no mistakes', async () => {
    assert.match((await run('--help')).out, /serve .*\n.*init .*\n/)
    for (const command of ['serve', 'init', 'check', 'token', 'channel create', 'channel list', 'version']) {
      const { status, out } = await run(`${command} --help`)
      assert.deepEqual([status, /--config <file>/.test(out)], [0, true], command)
    }
    assert.match((await run('version')).out, /^streamhost \d+\.\d+\.\d+ \(Node \d+/)
    assert.match(JSON.parse((await run('version --json')).out).version, /^\d/)
    assert.equal((await run('--version')).status, 0)
  })
})

describe('init and check', () => {
  test('init writes a file that check finds valid, and writes over none', async () => {
    const { status, out } = await run('init --config new.yaml')
    assert.deepEqual([status, out], [0, 'new.yaml has every setting in it, commented out at its default.\n'])
    assert.match(
      await readFile(join(cwd, 'new.yaml'), 'utf8'),
      /^# yaml-language-server: \$schema=.*config\.schema\.json\n/,
    )
    assert.equal((await run('check --config new.yaml')).status, 0)
    const again = await run('init --config new.yaml')
    assert.deepEqual([again.status, again.out], [1, ''])
    assert.match(again.err, /^new\.yaml is there already/)
  })
  test('check tells mistakes with status 2, as text and as JSON', async () => {
    await writeFile(join(cwd, 'bad.yaml'), 'server: { http: { prot: 1 } }')
    const { status, err } = await run('check --config bad.yaml')
    assert.deepEqual([status, /^bad\.yaml:1: server\.http\.prot is no setting/.test(err)], [2, true])
    const json = await run('check --config bad.yaml --json')
    const answer = JSON.parse(json.out)
    assert.deepEqual([json.status, json.err, answer.valid, answer.errors.length], [2, '', false, 1])
  })
  test('check looks for slates, and says what to do about one that can’t be read', async () => {
    await writeFile(
      join(cwd, 'slates.yaml'),
      'ingest:\n  slate: .\nchannels:\n  - { slug: a, slate: soon.png }\n  - { slug: b, slate: slates.yaml }\n  - { slug: d, slate: poster }',
    )
    const { status, err } = await run('check --config slates.yaml')
    const todo = 'put a picture or a video there, or set it to poster or off.'
    assert.deepEqual(
      [status, err],
      [
        2,
        [
          `slates.yaml:2: ingest.slate is "${cwd}", which can't be read: it is no file; ${todo}`,
          `slates.yaml:4: channels[0].slate is "${cwd}/soon.png", which can't be read: there is no such file; ${todo}\n`,
        ].join('\n'),
      ],
    )
  })
  test('check names settings without effect only when they are set', async () => {
    await writeFile(join(cwd, 'later.yaml'), 'recording: { enabled: false }')
    assert.match((await run('check --config later.yaml')).out, /have no effect yet:\n {2}recording\.enabled\n$/)
    assert.match((await run('check')).out, /^There is no configuration file: all defaults, which are valid\.\n$/)
  })
  test('check says what is valid and yet likely not meant', async () => {
    const open = (mail: string) =>
      writeFile(
        join(cwd, 'open.yaml'),
        `server: { publicUrl: 'https://live.example.org' }\nauth: { signUp: open${mail} }`,
      )
    await open('')
    const { status, out } = await run('check --config open.yaml')
    assert.deepEqual([status, /auth\.signUp is open and auth\.mail\.url is not set/.test(out)], [0, true])
    assert.equal(JSON.parse((await run('check --config open.yaml --json')).out).advice.length, 1)
    await open(", mail: { url: 'smtp://mail.example.org', from: live@example.org }")
    assert.match((await run('check --config open.yaml')).out, /open\.yaml is valid\.\n$/)
  })
  test('STREAMHOST_CONFIG names the file where no option does', async () => {
    assert.match((await run('check', notNow, { STREAMHOST_CONFIG: 'later.yaml' })).out, /later\.yaml is valid/)
    assert.equal((await run('check', notNow, { STREAMHOST_CONFIG: 'nope.yaml' })).status, 2)
  })
})

describe('serve', () => {
  test('tells what the operator must change in a sentence, with status 1', async () => {
    const { status, err } = await run('serve', async () => {
      throw new ConfigError('the data directory cannot be written')
    })
    assert.deepEqual([status, err], [1, 'the data directory cannot be written\n'])
  })
  test('knows the system’s own words for a port in use', async () => {
    const { status, err } = await run('serve', async () => {
      throw Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 8080 })
    })
    assert.deepEqual([status, /^Port 8080 is in use/.test(err)], [1, true])
  })
  test('does not hide our own mistakes', async () => {
    await assert.rejects(
      run('serve', async () => {
        throw new TypeError('bug')
      }),
      TypeError,
    )
  })
  test('hands over the configuration and a signal, and says when it is ready', async () => {
    const { status, out } = await run('serve', async (config, { ready, signal }) => {
      assert.deepEqual([config.server.http.port, signal.aborted], [8080, false])
      const made = { channels: [], adminToken: undefined, firstAdmin: undefined }
      await ready({ http: { host: '127.0.0.1', port: 8080 }, rtmp: { host: '127.0.0.1', port: 1935 }, made })
    })
    assert.equal(status, 0)
    assert.match(out, /^StreamHost is ready\.\n.*http:\/\/127\.0\.0\.1:8080\/\n.*rtmp:\/\/127\.0\.0\.1:1935\/live\n$/)
  })
})
