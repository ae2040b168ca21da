import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml'
import { ConfigError, messageOf } from '../base/errors.ts'
import { nameOf } from './setting.ts'

/** No configuration is as long; what is, was not meant to be one. */
export const MAX_FILE_BYTES = 1 << 20
/** Anchors may be reused so many times, so that a small file cannot grow into a large value. */
const MAX_ALIASES = 50
/** Far more levels than there are sections; an anchor within itself has no end of them. */
const MAX_DEPTH = 32

/** A parsed file: the plain value, and where in the file each part of it stands. */
export type YamlFile = {
  readonly value: unknown
  /** The line (from 1) of the value at a path, or of the nearest thing around it. With `key`, of that key inside it. */
  lineOf(path: readonly PropertyKey[], key?: string): number
}

/** Parses YAML 1.2. @throws ConfigError with file and line: not YAML, a key given twice, too many aliases, unknown tags. */
export function parseYaml(text: string, file: string): YamlFile {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new ConfigError(`${file}: the file is longer than 1 MiB; that is no configuration.`)
  }
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { version: '1.2', lineCounter: lines, prettyErrors: false, logLevel: 'error' })
    const lineOf: YamlFile['lineOf'] = (path, key) => lines.linePos(offsetOf(document.contents, path, key)).line
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem) {
      const again = problem.code === 'DUPLICATE_KEY' ? pathAt(document.contents, problem.pos[0]) : undefined
      const hint =
        again === undefined
          ? problem.message
          : `${nameOf(again)} is given twice, expected once: it is in line ${lineOf(again)} already`
      throw new ConfigError(`${file}:${lines.linePos(problem.pos[0]).line}: ${hint}.`)
    }
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    if (isDeeper(value, MAX_DEPTH))
      throw new ConfigError(`${file}:1: it is nested too deeply, or an anchor contains itself.`)
    return { value, lineOf }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`${file}: this is not YAML that can be read: ${messageOf(error)}.`, { cause: error })
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/** The path of the key that begins there. */
function pathAt(node: unknown, offset: number): PropertyKey[] | undefined {
  if (isSeq(node)) return pathInside(node.items.entries(), offset)
  if (!isMap(node)) return undefined
  const keys = node.items.flatMap(({ key, value }) => (isScalar(key) ? [[key, value] as const] : []))
  const found = keys.find(([key]) => key.range?.[0] === offset)
  if (found) return [String(found[0].value)]
  return pathInside(
    keys.map(([key, value]) => [String(key.value), value] as const),
    offset,
  )
}

function pathInside(members: Iterable<readonly [PropertyKey, unknown]>, offset: number): PropertyKey[] | undefined {
  for (const [step, node] of members) {
    const path = pathAt(node, offset)
    if (path) return [step, ...path]
  }
  return undefined
}

function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[], key: string | undefined): number {
  let node: Node | null = root
  let offset = root?.range[0] ?? 0
  for (const step of key === undefined ? path : [...path, key]) {
    if (!isMap(node)) {
      const item: unknown = isNode(node) && 'items' in node ? (node.items as unknown[])[Number(step)] : undefined
      if (!isNode(item)) return offset
      node = item
      offset = node.range?.[0] ?? offset
      continue
    }
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
    if (!pair) return offset
    // The key's line, not the value's: a group's value begins a line later, and people look for the name.
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
    node = isNode(pair.value) ? pair.value : null
  }
  return offset
}
