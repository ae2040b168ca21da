import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { MalformedError } from '../../src/base/errors.ts'

/** Inputs that are kept: from recordings, and from every failure that was found. One folder a target. */
export const SEEDS = join(import.meta.dirname, 'seeds')

/** One parser, and what must be true of it whatever comes from the network. */
export type Target<T = unknown> = {
  /** As in `npm run fuzz -- NAME`, and the folder of its seeds. */
  readonly name: string
  /** The invariant, as a sentence. */
  readonly says: string
  readonly arbitrary: fc.Arbitrary<T>
  /** Throws when it is broken. */
  check(value: T): void | Promise<void>
  /** How inputs are kept as files; without it what is kept of a failure is fast-check's seed and path. */
  readonly file?: FileForm<T>
  /** What `check` holds on to. */
  close?(): Promise<void>
}

export type FileForm<T> = { read(bytes: Uint8Array): T; write(value: T): Uint8Array }

const asBytes: FileForm<Uint8Array> = { read: (bytes) => bytes, write: (bytes) => bytes }
const asText: FileForm<string> = { read: (bytes) => Buffer.from(bytes).toString(), write: (text) => Buffer.from(text) }

type Given<T> = Pick<Target<T>, 'name' | 'says' | 'check'> & { readonly close?: () => Promise<void> }

/** A parser of bytes. @param known inputs that get past its first checks */
export function bytesTarget(
  given: Given<Uint8Array> & { readonly known: readonly Iterable<number>[]; readonly longest?: number },
): Target<Uint8Array> {
  const known = [...given.known.map((each) => Uint8Array.from(each)), ...keptOf(given.name)]
  return { ...given, arbitrary: mutatedBytes(known, given.longest ?? 65_536), file: asBytes }
}

/** A parser of text. @param words of its grammar */
export function textTarget(
  given: Given<string> & { readonly known: readonly string[]; readonly words: readonly string[] },
): Target<string> {
  const known = [...given.known, ...keptOf(given.name).map(asText.read)]
  return { ...given, arbitrary: mutatedText(known, given.words), file: asText }
}

/** Runs what may refuse its input. @returns undefined when it did */
export function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

/** The kept inputs of a target. */
export function keptOf(name: string): Uint8Array[] {
  const folder = join(SEEDS, name)
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => !file.endsWith('.json'))
  return files.sort().map((file) => new Uint8Array(readFileSync(join(folder, file))))
}

/** Keeps what broke a target, from now on tried first. @returns the file */
export function keep(target: Target, input: Uint8Array, kind: 'bin' | 'json'): string {
  const folder = join(SEEDS, target.name)
  mkdirSync(folder, { recursive: true })
  const name = `${createHash('sha256').update(input).digest('hex').slice(0, 12)}.${kind}`
  const path = join(folder, name)
  writeFileSync(path, input)
  return path
}

/** Parts of numbers at which parsers turn: signs, widths, the ends of what a length may say. */
const EDGES = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0xff],
  [0, 0],
  [0xff, 0xff],
  [0, 0, 0],
  [0xff, 0xff, 0xff],
  [0, 0, 0, 0],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
]

const edit = fc.record(
  {
    how: fc.constantFrom('set', 'flip', 'edge', 'insert', 'remove', 'repeat', 'splice', 'cut'),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 64 }),
    value: fc.nat(0xffff),
    bytes: fc.uint8Array({ maxLength: 12 }),
  },
  { noNullPrototype: true },
)
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

/** Arbitrary bytes, and more often known ones with a few changes: those get past the first checks. */
export function mutatedBytes(known: readonly Uint8Array[], longest: number): fc.Arbitrary<Uint8Array> {
  const anything = fc.uint8Array({ maxLength: 300 })
  if (known.length === 0) return anything
  const edits = fc.array(edit, { maxLength: 8 })
  const changed = fc.tuple(fc.nat(known.length - 1), edits).map(([which, all]) => {
    let bytes = known[which] ?? new Uint8Array(0)
    for (const each of all) bytes = edited(bytes, each, known)
    return bytes.subarray(0, longest)
  })
  return fc.oneof({ weight: 1, arbitrary: anything }, { weight: 6, arbitrary: changed })
}

function edited(
  bytes: Uint8Array,
  { how, at, length, value, bytes: more }: Edit,
  known: readonly Uint8Array[],
): Uint8Array {
  const from = bytes.length === 0 ? 0 : at % bytes.length
  const to = Math.min(from + length, bytes.length)
  const replaced = (middle: Uint8Array | readonly number[], until = to): Uint8Array =>
    new Uint8Array([...bytes.subarray(0, from), ...middle, ...bytes.subarray(until)])
  switch (how) {
    case 'set':
      return replaced([value & 0xff], Math.min(from + 1, bytes.length))
    case 'flip':
      return replaced([(bytes[from] ?? 0) ^ (1 << (value & 7))], Math.min(from + 1, bytes.length))
    case 'edge': {
      const edge = EDGES[value % EDGES.length] ?? []
      return replaced(edge, Math.min(from + edge.length, bytes.length))
    }
    case 'insert':
      return replaced(more, from)
    case 'remove':
      return replaced([])
    case 'repeat':
      return replaced([...bytes.subarray(from, to), ...bytes.subarray(from, to)])
    case 'splice': {
      const other = known[value % known.length] ?? bytes
      return replaced(other.subarray(other.length === 0 ? 0 : value % other.length), bytes.length)
    }
    case 'cut':
      return bytes.slice(0, from)
  }
}

function mutatedText(known: readonly string[], words: readonly string[]): fc.Arbitrary<string> {
  const anything = fc.string({ unit: 'binary', maxLength: 200 })
  const grammar = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 })), { maxLength: 24 })
    .map((parts) => parts.join(''))
  const changes = fc.array(
    fc.tuple(
      fc.nat(),
      fc.integer({ min: 0, max: 20 }),
      fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 4 })),
    ),
    { minLength: 1, maxLength: 6 },
  )
  const changed = fc.tuple(fc.constantFrom(...known), changes).map(([text, all]) => {
    let out = text
    for (const [at, removed, put] of all) {
      const from = out.length === 0 ? 0 : at % out.length
      out = out.slice(0, from) + put + out.slice(from + removed)
    }
    return out
  })
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    { weight: 3, arbitrary: grammar },
    { weight: 5, arbitrary: changed },
  )
}
