import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../../src/base/errors.ts'
import { plainText } from '../../../src/base/plain-text.ts'
import { ReservedNames, readName } from '../../../src/chat/names.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { parseYaml } from '../../../src/config/yaml-file.ts'
import { NAME_LENGTH } from '../../../src/contract/chat-limits.ts'
import { isSlug } from '../../../src/contract/slug.ts'
import { textFrames } from '../../../src/http/text-frames.ts'
import { framesIn } from '../frames.ts'
import { textTarget } from '../target.ts'

const chatText = textTarget({
  name: 'chat-text',
  says: 'what a person writes becomes one line that says the same when cleaned again, and holds nothing that hides or turns text around',
  known: [
    'Hello, world',
    'مرحبا بالعالم',
    '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    'a\u202eb\u0000c',
    'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢',
    '<script>alert(1)</script>',
    'नमस्ते क्‍ष',
  ],
  words: [
    '\u200d',
    '\u200b',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u0301',
    '\u{e0061}',
    '\u{e007f}',
    '\u{1f3f4}',
    '\ufe0f',
    '\n',
    ' ',
    '\u3164',
    '\ud800',
    'a',
    'ا',
    '<b>',
  ],
  check(text) {
    for (const form of ['NFC', 'NFKC'] as const) {
      const clean = plainText(text, form)
      assert.equal(plainText(clean, form), clean, 'cleaning again changes nothing')
      assert.doesNotMatch(clean, /[\p{Cc}\p{Zl}\p{Zp}\p{Co}\u202a-\u202e\u2066-\u2069\ufeff\u200b]/u)
      assert.ok(clean.isWellFormed())
      assert.doesNotMatch(clean, /^ | $| {2}/)
    }
    const [frame, ...more] = framesIn(textFrames([plainText(text)]))
    assert.deepEqual([frame?.payload.toString(), more.length], [plainText(text), 0])
  },
})

const reserved = new ReservedNames(['Linden Valley'])

const chatName = textTarget({
  name: 'chat-name',
  says: 'a name is refused, or is short, visible, the same when read again, and not one of those that speak for the server however it is dressed',
  known: ['Anna', 'аdmin', 'A D M I N', '𝐚𝐝𝐦𝐢𝐧', 'admin1', 'Linden Valley', 'Björk', '王小明', 'moderator!'],
  words: ['admin', 'Admin', 'а', 'ԁ', 'ｍ', '1', '_', '-', ' ', '\u200d', '\u0301', '!', '🎉', 'Linden', 'Valley'],
  check(text) {
    const name = readName(text)
    if (name === undefined) return
    assert.ok(name.text.length > 0 && name.text.length <= NAME_LENGTH)
    assert.deepEqual(readName(name.text), name)
    assert.equal(typeof reserved.has(name), 'boolean')
    if (/^[\s\p{P}]*(admin|moderator)[\s\p{P}]*$/iu.test(name.text)) assert.ok(reserved.has(name), name.text)
  },
})

const slug = textTarget({
  name: 'slug',
  says: 'a channel’s name is of the agreed letters, never a key, never a word of ours',
  known: ['main', 'sk_main', 'api', 'a-b_c'],
  words: ['a', '-', '_', 'sk_', 'live', 'A', '.', '/', '\n'],
  check(text) {
    if (!isSlug(text)) return
    assert.match(text, /^[a-z0-9][a-z0-9_-]{0,63}$/)
    assert.ok(!text.startsWith('sk_') && text !== 'live')
  },
})

let directory: string | undefined

const configuration = textTarget({
  name: 'configuration',
  says: 'a configuration is refused in sentences that name the file, or has every setting',
  known: [
    'server:\n  name: Linden\n  http: { port: 8080, host: "::" }\n',
    'ingest:\n  open: false\n  graceSeconds: 60\nchannels:\n  - { slug: main, title: Main }\n',
    'storage: { minFreeBytes: 5 GiB, dataDir: ./data }\npackaging: { profile: low }\n',
    'chat: { guests: yes }\na: &a [1, *a]\n',
    'server:\n  name: $' + '{NAME}\n  publicUrl: https://x.example\n',
  ],
  words: [
    'server',
    'ingest',
    'packaging',
    'chat',
    'channels',
    'limits',
    ':',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '&a',
    '*a',
    '!!',
    '? ',
    '|',
    '>',
    '#',
    '$' + '{',
    '}',
    '~',
    'null',
    '.inf',
    '0x',
    '1e3',
    '<<',
    '---',
    '...',
    '\t',
    '%YAML',
    '\u0000',
    '\ufeff',
    '__proto__',
  ],
  async check(text) {
    directory ??= mkdtempSync(join(tmpdir(), 'streamhost-fuzz-'))
    const file = join(directory, 'config.yaml')
    await writeFile(file, text)
    try {
      const { config } = await loadConfig({ file, env: { NAME: 'x' }, cwd: directory })
      assert.equal(typeof config.server.http.port, 'number')
      assert.equal(({} as Record<string, unknown>).polluted, undefined)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      assert.ok(error.message.length < 200_000)
    }
  },
  async close() {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    directory = undefined
  },
})

const yaml = textTarget({
  name: 'yaml',
  says: 'YAML is refused with its line, or is a value of which every place has a line',
  known: ['a: 1\nb:\n  - x\n  - { y: 2 }\n', 'a: &x {b: 1}\nc: *x\n', 'a: |\n  text\n'],
  words: [':', '\n', '  ', '- ', '{', '}', '[', ']', '&x', '*x', '"', '!!binary', '? ', '|', '<<: *x', '#', 'a', '\t'],
  check(text) {
    try {
      const { lineOf } = parseYaml(text, 'f.yaml')
      const lines = text.split(/\r\n|\r|\n/).length + 1
      for (const path of [[], ['a'], ['a', 'b'], ['b', 0], ['b', 1, 'y']]) {
        const line = lineOf(path, 'y')
        assert.ok(line >= 0 && line <= lines, `line ${line} of ${lines}`)
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      assert.match(error.message, /^f\.yaml:/)
    }
  },
})

export const textTargets = [chatText, chatName, slug, configuration, yaml]
