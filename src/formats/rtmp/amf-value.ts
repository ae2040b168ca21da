import { MalformedError } from '../../base/errors.ts'

export type AmfObject = {
  readonly kind: 'object'
  /** Empty for an anonymous object. */
  readonly className: string
  readonly properties: ReadonlyMap<string, AmfValue>
}
/** An array with names: AMF0's ECMA array, AMF3's array with an associative portion. */
export type AmfEcmaArray = {
  readonly kind: 'ecma-array'
  readonly properties: ReadonlyMap<string, AmfValue>
  readonly dense: readonly AmfValue[]
}
export type AmfDate = { readonly kind: 'date'; readonly unixMs: number }
export type AmfXml = { readonly kind: 'xml'; readonly text: string }
export type AmfBytes = { readonly kind: 'bytes'; readonly bytes: Uint8Array }
export type AmfVector = {
  readonly kind: 'vector'
  readonly of: 'int' | 'uint' | 'double' | 'object'
  readonly fixed: boolean
  readonly items: readonly AmfValue[]
}
export type AmfDictionary = {
  readonly kind: 'dictionary'
  readonly weakKeys: boolean
  readonly entries: readonly (readonly [AmfValue, AmfValue])[]
}

/** A value of the Action Message Format, version 0 or 3. Never cyclic: the readers refuse a value that contains itself. */
export type AmfValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | readonly AmfValue[]
  | AmfObject
  | AmfEcmaArray
  | AmfDate
  | AmfXml
  | AmfBytes
  | AmfVector
  | AmfDictionary

export function amfObject(properties: Readonly<Record<string, AmfValue>>): AmfObject {
  return { kind: 'object', className: '', properties: new Map(Object.entries(properties)) }
}

/** The properties of an object or named array; undefined for anything else. */
export function amfProperties(value: AmfValue): ReadonlyMap<string, AmfValue> | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  return value.kind === 'object' || value.kind === 'ecma-array' ? value.properties : undefined
}

/** A property that is a string. */
export function amfString(value: AmfValue, name: string): string | undefined {
  const property = amfProperties(value)?.get(name)
  return typeof property === 'string' ? property : undefined
}

/** A property that is a number; infinities and NaN, which the wire can say, are none. */
export function amfNumber(value: AmfValue, name: string): number | undefined {
  const property = amfProperties(value)?.get(name)
  return typeof property === 'number' && Number.isFinite(property) ? property : undefined
}

const MAX_DEPTH = 16
const MAX_VALUES = 4096

/**
 * Counts what one message makes the reader build, so that few bytes can't become many values: nesting, number of values,
 * and what references repeat. Shared by AMF0 and the AMF3 values inside it.
 */
export class AmfBudget {
  #depth = 0
  #values = 0

  /** Values read so far. */
  get values(): number {
    return this.#values
  }
  spend(values: number): void {
    this.#values += values
    if (this.#values > MAX_VALUES) throw new MalformedError(`AMF message of more than ${MAX_VALUES} values`)
  }
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new MalformedError(`AMF value nested deeper than ${MAX_DEPTH}`)
  }
  leave(): void {
    this.#depth--
  }
}

/** The values that later ones may refer to, by order of appearance. */
export class AmfReferences {
  readonly #budget: AmfBudget
  readonly #known: ({ readonly value: AmfValue; readonly cost: number } | undefined)[] = []

  constructor(budget: AmfBudget) {
    this.#budget = budget
  }

  /** Reads a complex value with its place in the table taken before its parts take theirs. */
  read(readParts: () => AmfValue): AmfValue {
    const index = this.#known.push(undefined) - 1
    const before = this.#budget.values
    this.#budget.enter()
    const value = readParts()
    this.#budget.leave()
    this.#known[index] = { value, cost: 1 + this.#budget.values - before }
    return value
  }

  get(index: number): AmfValue {
    if (index >= this.#known.length) throw new MalformedError(`AMF reference ${index} of ${this.#known.length}`)
    const known = this.#known[index]
    if (known === undefined) throw new MalformedError('AMF value that contains itself')
    this.#budget.spend(known.cost)
    return known.value
  }
}
