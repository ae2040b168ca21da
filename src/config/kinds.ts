import { z } from 'zod'

/**
 * The kinds of settings. Each knows how it is written in YAML, what its wrong values are answered with, and how it is
 * shown in the generated files. In a setting's `meta`, `effect: 'later'` says that it is accepted but does nothing yet,
 * `path` that it names a file, `orFalse` that it may be `false` for `off`, `secret` that its value must not be shown, `example` is a value for the sample file, `reload`
 * is how a changed value gets into force (`RELOAD` in setting.ts; a group says it for all in it that don't say it themselves).
 */

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** `5 GiB`, `500MB`, `1024` → bytes; anything else comes back as it was, for the schema to refuse. */
function parseSize(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim())
  const unit = UNITS[match?.[2]?.toUpperCase() || 'B']
  return match && unit ? Math.round(Number(match[1]) * unit) : value
}

/** A number of bytes; written `5 GiB`, `64 KiB`, `1 MB` or as a plain number. */
export function bytes(limits: { min?: number; max?: number } = {}) {
  const { min = 0, max = 2 ** 50 } = limits
  const wanted = `a size such as 64 KiB, 500 MB or 5 GiB, from ${formatSize(min)} to ${formatSize(max)}`
  return z.preprocess(parseSize, z.int({ error: wanted }).min(min, { error: wanted }).max(max, { error: wanted }))
}

/** The shortest exact way to write a number of bytes: `5 GiB`. */
export function formatSize(size: number): string {
  for (const [unit, factor] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['KB', 1e3],
  ] as const) {
    if (size >= factor && size % factor === 0) return `${size / factor} ${unit}`
  }
  return `${size} B`
}

/** One word of a list. Where the list has `off`, YAML's `false` means the same. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  const schema = z.enum(words)
  return z.preprocess((value) => (value === false && words.includes('off') ? 'off' : value), schema)
}

/** `off` (or `false`), or a word that the schema below accepts. */
export function offOr<Schema extends z.ZodType>(schema: Schema) {
  const off = z.preprocess((value) => (value === false || value === 'false' ? 'off' : value), schema)
  return off.meta({ orFalse: true })
}

/** A whole number from `min` to `max`. */
export function count(min: number, max: number) {
  return z.int().min(min).max(max)
}

/** A TCP or UDP port. 0 lets the system choose a free one. */
export function port() {
  return count(0, 65_535)
}

/** An address to listen on. `::` is every address, IPv6 and IPv4. */
export function host() {
  return z.string().regex(/^[0-9A-Za-z.:%_-]{1,255}$/, { error: 'an address to listen on, such as :: or 127.0.0.1' })
}

/** An address, or a range of them in CIDR notation. */
export function network() {
  const error = 'an address or a range such as 10.0.0.0/8'
  return z.union([z.ipv4({ error }), z.ipv6({ error }), z.cidrv4({ error }), z.cidrv6({ error })], { error })
}

/** A file or directory. Relative ones lie beside the configuration file. */
export function path() {
  return z
    .string()
    .regex(/^[^\0]{1,4096}$/, { error: 'a path' })
    .meta({ path: true })
}

/** How the file asks for a value that lies in a file of its own. */
export function fromFile(file: string): string {
  return `\${file:${file}}`
}

/** `https://live.example.org`: scheme, host and port, nothing behind them. */
export function origin() {
  return z.string().regex(/^https?:\/\/[^/\s?#@]+$/, { error: 'an origin such as https://www.example.org' })
}

/**
 * A named group of settings. All of them may be left out, and so may the group. Unknown names inside are errors.
 */
export function section<Shape extends z.ZodRawShape>(description: string, shape: Shape) {
  // Every member has a default or is optional (a test checks it), so that {} is a valid input of any section.
  const nothing = {} as z.input<z.ZodObject<Shape, z.core.$strict>>
  return z
    .strictObject(shape)
    .prefault(nothing as never)
    .meta({ description })
}
