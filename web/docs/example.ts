import { jsonSchemaOf, type OpenApi, type Operation, refName, type Schema } from './open-api.ts'

const DEEPEST = 6

/** A value that a schema would take, to begin with: required fields alone. */
export function exampleOf(document: OpenApi, schema: Schema, name = '', depth = 0): unknown {
  if (depth > DEEPEST) return null
  if (schema.$ref !== undefined) {
    const named = document.components.schemas[refName(schema.$ref)]
    return named === undefined ? null : exampleOf(document, named, name, depth + 1)
  }
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  const inner = schema.anyOf?.[0] ?? schema.oneOf?.[0]
  if (inner !== undefined) return exampleOf(document, inner, name, depth + 1)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object') {
    const { properties = {}, required = [] } = schema
    const shown = required.length > 0 ? required : Object.keys(properties)
    return Object.fromEntries(shown.map((key) => [key, exampleOf(document, properties[key] ?? {}, key, depth + 1)]))
  }
  if (type === 'array') return []
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1
  return TEXTS[name] ?? (schema.format === 'date-time' ? '2026-01-31T18:00:00Z' : '…')
}

const TEXTS: Readonly<Record<string, string>> = { slug: 'main', title: 'Main hall', token: 'at_…', key: 'sk_…' }

/** The operation as a command line, for who is at `origin`. */
export function curlOf(document: OpenApi, operation: Operation, origin: string): string {
  const { method, path, security = [], requestBody } = operation
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'slug' || name === 'channel' ? 'main' : `<${name}>`,
  )
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}'${origin}${address}'`]
  if (security.length > 0)
    lines.push(`-H 'Authorization: Bearer ${'streamKey' in (security[0] ?? {}) ? 'sk_…' : 'at_…'}'`)
  const schema = jsonSchemaOf(requestBody?.content)
  if (schema !== undefined) {
    const body = JSON.stringify(exampleOf(document, schema)).replaceAll("'", "'\\''")
    lines.push("-H 'Content-Type: application/json'", `-d '${body}'`)
  }
  return lines.join(' \\\n  ')
}
