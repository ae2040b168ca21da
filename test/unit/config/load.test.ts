// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the text of configuration files
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigError } from '../../../src/base/errors.ts'
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { parseYaml } from '../../../src/config/yaml-file.ts'

let cwd = ''
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'streamhost-config-'))
})
after(() => rm(cwd, { recursive: true }))

async function load(text: string, env: Record<string, string> = {}): Promise<LoadedConfig> {
  await writeFile(join(cwd, 'c.yaml'), text)
  return loadConfig({ file: 'c.yaml', env, cwd })
}

async function mistake(text: string, env: Record<string, string> = {}): Promise<string> {
  let message = ''
  await assert.rejects(load(text, env), (error) => {
    assert.ok(error instanceof ConfigError, `${error} is no ConfigError`)
    message = error.message
    return true
  })
  return message
}

describe('a configuration', () => {
  test('may be empty, or missing where no name was given', async () => {
    const { config } = await load('')
    assert.equal(config.server.http.port, 8080)
    assert.equal(config.storage.minFreeBytes, 5 * 2 ** 30)
    assert.deepEqual(config.recording.retention, { days: 30, maxPercentOfDisk: 80 })
    const missing = await loadConfig({ env: {}, cwd })
    assert.deepEqual([missing.file, missing.config.ingest.rtmp.port], [null, 1935])
    await assert.rejects(loadConfig({ file: 'nope.yaml', env: {}, cwd }), /nope\.yaml.*npm run streamhost -- init/)
  })

  test('keeps defaults for names without values', async () => {
    const { config } = await load('server:\n  http:\n    port:\n  # publicUrl: x\ningest:\n')
    assert.equal(config.server.http.port, 8080)
  })

  test('writes sizes with units and off as false', async () => {
    const { config } = await load(
      'storage: { minFreeBytes: 1.5 GiB }\ntranscode: { ladder: false }\nserver: { https: { mode: false } }',
    )
    assert.equal(config.storage.minFreeBytes, 1.5 * 2 ** 30)
    assert.equal(config.transcode.ladder, 'off')
    assert.equal(config.server.https.mode, 'off')
  })

  test('lays relative paths beside the file, and those of the environment in the working directory', async () => {
    assert.equal((await load('')).config.storage.dataDir, join(cwd, 'data'))
    await writeFile(join(cwd, 'c.yaml'), 'storage: { dataDir: d }')
    const options = { file: join(cwd, 'c.yaml'), cwd: '/elsewhere' }
    assert.equal((await loadConfig({ ...options, env: {} })).config.storage.dataDir, join(cwd, 'd'))
    const env = { STREAMHOST_STORAGE_DATA_DIR: 'e' }
    assert.equal((await loadConfig({ ...options, env })).config.storage.dataDir, '/elsewhere/e')
  })

  test('tells which of its settings have no effect yet, and only those', async () => {
    const { withoutEffect } = await load(
      'server: { name: X }\nchat: { enabled: false }\nrecording: { retention: { days: 3 } }',
      {
        STREAMHOST_WEBRTC_PORT: '9000',
      },
    )
    assert.deepEqual(withoutEffect.toSorted(), ['recording.retention.days', 'webrtc.port'])
  })

  test('declares channels', async () => {
    const { config } = await load(
      'channels:\n  - slug: hall\n    key: sk_12345678901234567\n  - slug: yard\n    title: Yard',
    )
    assert.deepEqual(config.channels, [
      { slug: 'hall', key: 'sk_12345678901234567', access: 'public' },
      { slug: 'yard', title: 'Yard', access: 'public' },
    ])
  })
})

describe('a mistake is named by file, line, setting, what was found and what was expected', () => {
  const cases: { name: string; yaml: string; says: RegExp }[] = [
    {
      name: 'unknown name',
      yaml: 'server:\n  http:\n    prot: 1',
      says: /^c\.yaml:3: server\.http\.prot is no setting.*did you mean server\.http\.port\?$/,
    },
    { name: 'unknown name at the top', yaml: '\nsevrer: {}', says: /^c\.yaml:2: sevrer .*did you mean server\?$/ },
    { name: 'name in the wrong group', yaml: 'dataDir: x', says: /did you mean storage\.dataDir\?$/ },
    {
      name: 'not a number',
      yaml: 'server:\n  http:\n    port: abc',
      says: /^c\.yaml:3: server\.http\.port is "abc", expected a whole number from 0 to 65535\.$/,
    },
    {
      name: 'too large a number',
      yaml: 'server: { http: { port: 65536 } }',
      says: /is 65536, expected a whole number from 0 to 65535/,
    },
    {
      name: 'wrong word',
      yaml: 'packaging:\n  mode: sometimes',
      says: /^c\.yaml:2: packaging\.mode is "sometimes", expected one of always, onDemand, off\.$/,
    },
    {
      name: 'ladder that is no name',
      yaml: 'transcode:\n  ladder: ../low',
      says: /^c\.yaml:2: transcode\.ladder is "..\/low", expected auto, off, or the name of a ladder: one of 1080p, /,
    },
    {
      name: 'wrong size',
      yaml: 'storage: { minFreeBytes: 5 parsecs }',
      says: /is "5 parsecs", expected a size such as/,
    },
    {
      name: 'wrong item of a list',
      yaml: 'server:\n  allowedOrigins:\n    - http://a\n    - b',
      says: /^c\.yaml:4: server\.allowedOrigins\[1\] is "b", expected an origin/,
    },
    { name: 'YAML 1.1 boolean', yaml: 'chat: { enabled: yes }', says: /is "yes", expected true or false/ },
    { name: 'group that is a word', yaml: 'server: hello', says: /server is "hello", expected settings: name, http/ },
    { name: 'file that is a list', yaml: '- a', says: /the file is \["a"\], expected settings: server/ },
    {
      name: 'channel without a slug',
      yaml: 'channels:\n  - title: X',
      says: /^c\.yaml:2: channels\[0\]\.slug is missing, expected a-z/,
    },
    {
      name: 'two channels of one name',
      yaml: 'channels:\n  - slug: a\n  - slug: a',
      says: /^c\.yaml:3: channels\[1\]\.slug is "a", expected a slug that no other/,
    },
    {
      name: 'open ingest to everybody',
      yaml: 'ingest: { open: true }',
      says: /ingest\.open is true, expected false unless ingest\.rtmp\.host is a loopback/,
    },
    {
      name: 'certificate that is missing',
      yaml: 'server: { https: { mode: files, key: k } }',
      says: /server\.https\.cert is missing, expected a file/,
    },
    {
      name: 'slug that is none, said once',
      yaml: 'channels:\n  - slug: Main Hall',
      says: /^c\.yaml:2: channels\[0\]\.slug is "Main Hall", expected a-z, .* not with sk_\.$/,
    },
    {
      name: 'slug that the server needs',
      yaml: 'channels:\n  - slug: api',
      says: /^c\.yaml:2: channels\[0\]\.slug is "api", expected a name that the server does not need for itself\.$/,
    },
    {
      name: 'one port for two',
      yaml: 'server: { http: { port: 9000 } }\ningest:\n  rtmp:\n    port: 9000',
      says: /^c\.yaml:4: ingest\.rtmp\.port is 9000, expected a port of its own: server\.http\.port has it\.$/,
    },
    {
      name: 'port that another has by default',
      yaml: 'server:\n  http:\n    port: 1935',
      says: /^c\.yaml:3: server\.http\.port is 1935, expected a port of its own: ingest\.rtmp\.port has it\.$/,
    },
    {
      name: 'port of HTTP for HTTPS',
      yaml: 'server: { https: { mode: self-signed, port: 8080 } }',
      says: /server\.https\.port is 8080, expected a port of its own: server\.http\.port has it\.$/,
    },
    {
      name: 'same name twice',
      yaml: 'server:\n  name: a\n  name: b',
      says: /^c\.yaml:3: server\.name is given twice, expected once: it is in line 2 already\.$/,
    },
    {
      name: 'same name twice in a list',
      yaml: 'channels:\n  - slug: a\n  - { slug: b, slug: c }',
      says: /^c\.yaml:3: channels\[1\]\.slug is given twice/,
    },
    { name: 'broken YAML', yaml: 'server: [', says: /^c\.yaml:1: / },
    { name: 'tag of its own', yaml: 'server: !evil x', says: /^c\.yaml:1: Unresolved tag/ },
    { name: 'prototype', yaml: '__proto__: { server: 1 }', says: /__proto__ is no setting/ },
    {
      name: 'missing variable',
      yaml: 'server:\n  name: ${NOPE}',
      says: /^c\.yaml:2: server\.name is "\$\{NOPE\}", but the environment has no variable NOPE\.$/,
    },
    {
      name: 'missing file',
      yaml: 'server: { name: "${file:nope}" }',
      says: /but the file .*nope cannot be read: ENOENT/,
    },
    { name: 'open brace', yaml: 'server: { name: "${A" }', says: /expected a variable’s name/ },
  ]
  for (const { name, yaml, says } of cases) {
    test(name, async () => assert.match(await mistake(yaml), says))
  }

  test('a port may be given again where nothing listens on both: any free one, other addresses, HTTPS that is off', async () => {
    const ports = (http: string, rtmp: string, https = ''): string =>
      `server: { http: { ${http} }, https: { ${https} } }\ningest: { rtmp: { ${rtmp} }, rtmps: { port: 0 } }`
    await load(ports('port: 0', 'port: 0', 'mode: self-signed, port: 0'))
    await load(ports('port: 9000, host: 127.0.0.1', 'port: 9000, host: 127.0.0.2'))
    await load(ports('port: 8443', ''))
    assert.match(await mistake(ports('port: 9000', 'port: 9000, host: 127.0.0.1')), /^c\.yaml:2: ingest\.rtmp\.port /)
  })

  test('several at once, a line each', async () => {
    assert.equal((await mistake('a: 1\nb: 2\nserver: { http: { port: x } }')).split('\n').length, 3)
  })

  test('a secret is not repeated', async () => {
    const message = await mistake('channels:\n  - { slug: a, key: my-password }')
    assert.match(message, /channels\[0\]\.key is a secret not shown here, expected sk_/)
    assert.doesNotMatch(message, /my-password/)
  })

  test('a variable is named when the value came from it', async () => {
    const message = await mistake('', { STREAMHOST_SERVER_HTTP_PORT: 'x' })
    assert.match(message, /^STREAMHOST_SERVER_HTTP_PORT: server\.http\.port is "x", expected a whole number/)
  })

  test('aliases that grow without end are refused', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`)
    assert.match(await mistake(`l0: &l0 x\n${levels.join('\n')}`), /not YAML that can be read: Excessive alias count/)
  })

  test('a file of more than a mebibyte is refused', async () => {
    assert.match(await mistake(`#${'x'.repeat(1 << 20)}`), /longer than 1 MiB/)
  })

  test('nesting without end is refused', async () => {
    assert.match(await mistake('['.repeat(50_000)), /^c\.yaml/)
  })
})

describe('the environment', () => {
  test('overrides the file', async () => {
    const { config } = await load('server: { http: { port: 1, host: "127.0.0.1" } }', {
      STREAMHOST_SERVER_HTTP_PORT: '9000',
      STREAMHOST_INGEST_OPEN: 'false',
      STREAMHOST_SERVER_NAME: '42',
      STREAMHOST_SERVER_ALLOWED_ORIGINS: '["http://a","http://b"]',
      STREAMHOST_STORAGE_MIN_FREE_BYTES: '1 MiB',
      STREAMHOST_TRANSCODE_LADDER: 'false',
      STREAMHOST_CHANNELS: '[{"slug":"a"}]',
    })
    assert.deepEqual(config.server.http, { host: '127.0.0.1', port: 9000 })
    assert.equal(config.server.name, '42')
    assert.deepEqual(config.server.allowedOrigins, ['http://a', 'http://b'])
    assert.equal(config.storage.minFreeBytes, 2 ** 20)
    assert.equal(config.transcode.ladder, 'off')
    assert.equal(config.channels[0]?.slug, 'a')
  })

  test('may not name what is no setting', async () => {
    const message = await mistake('', { STREAMHOST_SERVER_HTTP_PROT: '1' })
    assert.match(message, /STREAMHOST_SERVER_HTTP_PROT is no setting.*did you mean STREAMHOST_SERVER_HTTP_PORT\?/)
    for (const name of ['STREAMHOST_NOPE_X', 'STREAMHOST_FOO', 'STREAMHOST_ADMIN_PASSWORD']) {
      assert.match(
        await mistake('', { [name]: '1' }),
        / is no setting of this server; docs\/configuration\.md lists them all\.$/,
      )
    }
  })

  test('may contain what Kubernetes puts there for a service of this name', async () => {
    const env = {
      STREAMHOST_PORT: 'tcp://10.0.0.1:80',
      STREAMHOST_SERVICE_HOST: '10.0.0.1',
      STREAMHOST_PORT_80_TCP_ADDR: 'x',
    }
    assert.equal((await load('', env)).config.server.http.port, 8080)
  })

  test('fills ${NAME}, also where a number is wanted, and once only', async () => {
    const { config } = await load('server: { name: "a ${X} $${Y}", http: { port: "${PORT}" } }', {
      X: '${PORT}',
      PORT: '81',
    })
    assert.equal(config.server.name, 'a ${PORT} ${Y}')
    assert.equal(config.server.http.port, 81)
  })

  test('does not reach into files: ${file:…} does, without the line end', async () => {
    await writeFile(join(cwd, 'token'), 'a-token-of-16-letters\n')
    const { config } = await load('observability: { metrics: { token: "${file:token}" } }')
    assert.equal(config.observability.metrics.token, 'a-token-of-16-letters')
  })
})

test('an anchor that contains itself, and lists without end, are refused with a sentence', async () => {
  assert.throws(() => parseYaml('a: &a [1, *a]\n', 'f.yaml'), /f\.yaml:1: .*an anchor contains itself/)
  assert.throws(() => parseYaml(`a: ${'['.repeat(40)}${']'.repeat(40)}\n`, 'f.yaml'), /nested too deeply/)
})
