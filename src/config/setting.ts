import { z } from 'zod'

/**
 * How a changed value gets into force when the configuration is read again: at once; for connections, or broadcasts, that
 * begin after it; only by a restart.
 */
export const RELOAD = ['at once', 'next connection', 'next broadcast', 'restart'] as const
export type Reload = (typeof RELOAD)[number]

/** What a setting's definition says about itself, all layers of it (`optional`, `default`, …) taken together. */
export type Definition = {
  /** The definition itself, without the layers around it. */
  readonly core: z.core.$ZodType
  readonly description: string
  /** As it would be written in the file; undefined: there is none. */
  readonly fallback: unknown
  readonly example: unknown
  readonly later: boolean
  readonly path: boolean
  readonly secret: boolean
  /** It may be written `false`, which is its word `off`. */
  readonly orFalse: boolean
  /** Undefined: nothing says so, here or in a group around it. */
  readonly reload: Reload | undefined
}

/** Reads a definition through the layers around it. */
export function define(schema: z.core.$ZodType): Definition {
  const layers: Record<string, unknown>[] = []
  let fallback: unknown
  let core = schema
  for (;;) {
    layers.unshift(z.globalRegistry.get(core) ?? {})
    if (core instanceof z.ZodDefault || core instanceof z.ZodPrefault) {
      fallback ??= core.def.defaultValue
      core = core.def.innerType
    } else if (core instanceof z.ZodOptional) {
      core = core.def.innerType
    } else if (core instanceof z.ZodPipe) {
      core = core.def.in instanceof z.ZodTransform ? core.def.out : core.def.in
    } else {
      break
    }
  }
  const meta = Object.assign({}, ...layers) as Record<string, unknown>
  return {
    core,
    description: String(meta.description ?? ''),
    fallback,
    example: meta.example,
    later: meta.effect === 'later',
    path: meta.path === true,
    secret: meta.secret === true,
    orFalse: meta.orFalse === true,
    reload: RELOAD.find((word) => word === meta.reload),
  }
}

/** The settings inside a group, by name; undefined: it is a setting, not a group. */
export function members(core: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return core instanceof z.ZodObject ? core.shape : undefined
}

/** The definition at a path; a number in the path is a place in a list. Undefined: there is no such setting. */
export function definitionAt(root: z.core.$ZodType, path: readonly PropertyKey[]): Definition | undefined {
  let found = define(root)
  for (const step of path) {
    const group = members(found.core)
    let next: z.core.$ZodType | undefined
    if (group) next = Object.hasOwn(group, step) ? group[String(step)] : undefined
    else if (found.core instanceof z.ZodArray) next = found.core.element
    if (!next) return undefined
    const { later, secret, reload } = found
    found = define(next)
    found = { ...found, later: later || found.later, secret: secret || found.secret, reload: found.reload ?? reload }
  }
  return found
}

export type Setting = Definition & {
  readonly path: boolean
  readonly steps: readonly string[]
  /** `server.http.port` */
  readonly name: string
  /** `STREAMHOST_SERVER_HTTP_PORT` */
  readonly variable: string
}

/** Every setting below a definition, in the order of the definition. Groups are walked into, lists are one setting. */
export function* settingsOf(root: z.core.$ZodType, above: readonly string[] = []): Generator<Setting> {
  const group = members(define(root).core) ?? {}
  for (const key of Object.keys(group)) {
    const steps = [...above, key]
    const inside = group[key]
    if (!inside) continue
    const definition = define(inside)
    if (members(definition.core)) {
      const { later, reload } = definition
      for (const setting of settingsOf(inside, steps)) {
        yield { ...setting, later: setting.later || later, reload: setting.reload ?? reload }
      }
    } else {
      yield { ...definition, steps, name: steps.join('.'), variable: variableOf(steps) }
    }
  }
}

function variableOf(steps: readonly string[]): string {
  const words = steps.map((step) => step.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return `STREAMHOST_${words.join('_')}`
}

/** `channels[0].slug` */
export function nameOf(path: readonly PropertyKey[]): string {
  let name = ''
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`
    else name += name === '' ? String(step) : `.${String(step)}`
  }
  return name
}

/** What a setting accepts, in words. */
export function expected(core: z.core.$ZodType): string {
  if (core instanceof z.ZodNumber) return `a whole number from ${core.minValue} to ${core.maxValue}`
  if (core instanceof z.ZodBoolean) return 'true or false'
  if (core instanceof z.ZodEnum) return `one of ${core.options.join(', ')}`
  if (core instanceof z.ZodArray) return 'a list'
  if (core instanceof z.ZodObject) return `settings: ${Object.keys(core.shape).join(', ')}`
  if (core instanceof z.ZodString) {
    const { minLength, maxLength } = core
    if (minLength !== null && maxLength !== null) return `text of ${minLength} to ${maxLength} characters`
    if (minLength !== null && minLength > 1) return `text of at least ${minLength} characters`
  }
  return 'text'
}

/** A value as mistakes show it, shortened where it is long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/**
 * A value that came as text, from the environment: as it is where the setting wants text, else as JSON
 * (`9000`, `true`, `["a"]`); what is not JSON stays text, for the definition to accept or refuse.
 */
export function fromText(core: z.core.$ZodType, text: string): unknown {
  if (core instanceof z.ZodString) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
