import { stringify } from 'yaml'
import { z } from 'zod'
import { fromFile } from './kinds.ts'
import { Config } from './schema.ts'
import { define, expected, members, settingsOf } from './setting.ts'

/** What this file makes, by the path in the repository. `docs/configuration.md` is made in part: see `withTable`. */
export const SAMPLE_FILE = 'streamhost.config.yaml'
export const SCHEMA_FILE = 'config/config.schema.json'
export const TABLE_FILE = 'docs/configuration.md'

/** How often a line of a comment is broken. */
const COMMENT_WIDTH = 100

/**
 * The sample configuration: every group, every setting commented out at its default, with its sentence.
 * @param command what goes before the name of a command
 */
export function sampleFile(schemaLocation = `./${SCHEMA_FILE}`, command = 'npm run streamhost --'): string {
  const head = [
    `# yaml-language-server: $schema=${schemaLocation}`,
    '#',
    '# The configuration of StreamHost. Every setting has a default: take away the # before those you change.',
    `# Values may contain environment variables, \${NAME}, and files, ${fromFile('/run/secrets/name')}.`,
    `# Variables also override this file: STREAMHOST_SERVER_HTTP_PORT=9000. \`${command} check\` finds mistakes.`,
  ]
  return `${[...head, ...groupLines(Config, '')].join('\n')}\n`
}

function* groupLines(schema: z.core.$ZodType, indent: string): Generator<string> {
  for (const [key, inside] of Object.entries(members(define(schema).core) ?? {})) {
    const definition = define(inside)
    const below = members(definition.core)
    if (indent === '') yield ''
    yield* comment(definition.description + (definition.later && !below ? ' (No effect yet.)' : ''), indent)
    if (below) {
      yield `${indent}${key}:`
      yield* groupLines(inside, `${indent}  `)
    } else {
      const value = definition.fallback === undefined || isEmptyList(definition) ? definition.example : undefined
      yield* settingLines(key, value ?? definition.fallback, indent)
    }
  }
}

function isEmptyList({ fallback }: { fallback: unknown }): boolean {
  return Array.isArray(fallback) && fallback.length === 0
}

/** Plain lists of words fit on one line, as people write them; what has groups in it does not. */
function* settingLines(key: string, value: unknown, indent: string): Generator<string> {
  const flat = Array.isArray(value) && value.every((item) => typeof item !== 'object')
  const text = flat
    ? `${key}: [${value.map((item) => stringify(item).trim()).join(', ')}]`
    : stringify({ [key]: value }).trimEnd()
  for (const line of text.split('\n')) yield `${indent}# ${line}`
}

function* comment(text: string, indent: string): Generator<string> {
  let line = `${indent}##`
  for (const word of text.split(' ')) {
    if (line.length + word.length >= COMMENT_WIDTH) {
      yield line
      line = `${indent}##`
    }
    line += ` ${word}`
  }
  yield line
}

/** The JSON Schema by which editors complete and check the file. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(Config, {
    io: 'input',
    override: ({ zodSchema, jsonSchema: node }) => {
      const { fallback, core, orFalse } = define(zodSchema)
      delete node.effect
      delete node.path
      delete node.orFalse
      delete node.secret
      delete node.reload
      if (node.example !== undefined) node.examples ??= [node.example]
      delete node.example
      if (core instanceof z.ZodObject) {
        // All settings of a group may be commented out, which leaves it without a value.
        node.type = ['object', 'null'] as never
        delete node.default
      } else if (fallback !== undefined) {
        node.default = fallback as never
      }
      if (typeof fallback === 'string' && node.type === 'integer') {
        // A size: a number of bytes or `5 GiB`.
        node.type = ['integer', 'string'] as never
      }
      if (core instanceof z.ZodEnum && core.options.includes('off')) {
        node.enum = [...core.options, false]
        delete node.type
      }
      if (node.pattern !== undefined) {
        // `${…}` is put in before the value is checked.
        node.anyOf = [{ pattern: node.pattern }, { pattern: '\\$\\{[^}]+\\}' }]
        delete node.pattern
      }
      if (orFalse && node.type === 'string') {
        node.type = ['string', 'boolean'] as never
        node.anyOf = [...(node.anyOf ?? []), { const: false }]
      }
    },
  })
  const { $schema, ...rest } = schema
  return `${JSON.stringify({ $schema, title: 'StreamHost configuration', ...rest }, null, 2)}\n`
}

const TABLE_BEGIN = '<!-- settings: made by `npm run generate` -->'
const TABLE_END = '<!-- /settings -->'

/** A page with its table of settings brought up to date. */
export function withTable(page: string): string {
  const begin = page.indexOf(TABLE_BEGIN)
  const end = page.indexOf(TABLE_END)
  if (begin === -1 || end < begin) throw new Error(`the page has no ${TABLE_BEGIN} … ${TABLE_END}`)
  return `${page.slice(0, begin + TABLE_BEGIN.length)}\n\n${settingsTable()}\n${page.slice(end)}`
}

function settingsTable(): string {
  const rows = [...settingsOf(Config)].map(({ name, fallback, description, later, reload, core }) => {
    const value =
      fallback === undefined ? 'none' : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``
    const words = core instanceof z.ZodEnum ? ` (${expected(core)})` : ''
    return `| \`${name}\` | ${value} | ${cell(description + words)}${later ? ' *No effect yet.*' : ''} | ${later ? '' : (reload ?? 'restart')} |`
  })
  return ['| setting | default | meaning | a change applies |', '|---|---|---|---|', ...rows, ''].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
