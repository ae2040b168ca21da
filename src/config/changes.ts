import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { formatSize } from './kinds.ts'
import { Config } from './schema.ts'
import { definitionAt, members, type Reload, settingsOf } from './setting.ts'

/** A setting that two configurations have different values for, in words for people; secrets are not in them. */
export type Change = {
  /** `packaging.liveSeconds`; of a channel `channels[main-hall].title`. */
  readonly setting: string
  readonly from: string
  readonly to: string
  /** How it gets into force; null: the setting has no effect yet. */
  readonly reload: Reload | null
}

/** What one configuration says otherwise than another, in the order of the definition. */
export function changesOf(before: Config, after: Config): Change[] {
  return [...differences([], '', before, after)]
}

/** `wanted`, but for the settings that only a restart changes: they stay as they are in force. */
export function withoutRestart(inForce: Config, wanted: Config): Config {
  const result = structuredClone(wanted)
  for (const { steps, reload } of settingsOf(Config)) {
    if (reload !== undefined && reload !== 'restart') continue
    const last = steps.at(-1) ?? ''
    const [from, to] = [inForce, result].map((config) => groupAt(config, steps.slice(0, -1)))
    if (from !== undefined && to !== undefined) to[last] = from[last]
  }
  return result
}

type Group = Record<string, unknown>

function groupAt(config: Config, steps: readonly string[]): Group | undefined {
  return steps.reduce<unknown>((inside, step) => (inside as Group | undefined)?.[step], config) as Group | undefined
}

function* differences(path: readonly PropertyKey[], name: string, before: unknown, after: unknown): Generator<Change> {
  const definition = definitionAt(Config, path)
  if (definition === undefined || isDeepStrictEqual(before, after)) return
  const group = members(definition.core)
  if (group !== undefined && isGroup(before) && isGroup(after)) {
    for (const key of Object.keys(group)) {
      yield* differences([...path, key], name === '' ? key : `${name}.${key}`, before[key], after[key])
    }
  } else if (isListOfNamed(definition.core)) {
    const [old, now] = [before, after].map(bySlug)
    for (const slug of new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])) {
      yield* differences([...path, 0], `${name}[${slug}]`, old?.get(slug), now?.get(slug))
    }
  } else {
    const { secret, later, reload } = definition
    const from = show(path, before)
    const to = secret && before !== undefined && after !== undefined ? 'another secret' : show(path, after)
    yield { setting: name, from, to, reload: later ? null : (reload ?? 'restart') }
  }
}

/** Items that are the same by their slug, wherever in the list they stand. */
function isListOfNamed(core: z.core.$ZodType): boolean {
  return core instanceof z.ZodArray && members(core.element)?.slug !== undefined
}

function bySlug(list: unknown): Map<string, unknown> {
  return new Map((Array.isArray(list) ? list : []).map((item: { slug: string }) => [item.slug, item]))
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(path: readonly PropertyKey[], value: unknown): string {
  const shown = isSize(path) && typeof value === 'number' ? formatSize(value) : withoutSecrets(path, value)
  if (shown === undefined) return 'none'
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown)
  return text.length > 80 ? `${text.slice(0, 77).toWellFormed()}…` : text
}

/** A whole number whose default is in words: `5 GiB`. */
function isSize(path: readonly PropertyKey[]): boolean {
  const { core, fallback } = definitionAt(Config, path) ?? {}
  return core instanceof z.ZodNumberFormat && typeof fallback === 'string'
}

function withoutSecrets(path: readonly PropertyKey[], value: unknown): unknown {
  if (value === undefined) return undefined
  if (definitionAt(Config, path)?.secret === true) return 'a secret'
  if (Array.isArray(value)) return value.map((item) => withoutSecrets([...path, 0], item))
  if (!isGroup(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets([...path, key], item)]))
}
