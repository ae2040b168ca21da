import type { ByteReader } from '../../base/byte-reader.ts'
import { assertNever, MalformedError } from '../../base/errors.ts'
import { type AmfBudget, AmfReferences, type AmfValue, type AmfVector } from './amf-value.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Type markers, "Action Message Format -- AMF 3", 3.1. */
const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
const INTEGER = 4
const DOUBLE = 5
const STRING = 6
const XML_DOC = 7
const DATE = 8
const ARRAY = 9
const OBJECT = 10
const XML = 11
const BYTE_ARRAY = 12
const VECTOR_INT = 13
const VECTOR_UINT = 14
const VECTOR_DOUBLE = 15
const VECTOR_OBJECT = 16
const DICTIONARY = 17

/** Sealed members of one class. */
const MAX_TRAIT_MEMBERS = 256

const decoder = new TextDecoder()
const encoder = new TextEncoder()

type Traits = { readonly className: string; readonly dynamic: boolean; readonly members: readonly string[] }

/**
 * Reads AMF3 values, "Action Message Format -- AMF 3" section 3. String, object and trait references last as long as the
 * reader: one message. Externalizable classes are refused: their bytes have no length of their own.
 */
export class Amf3Reader {
  readonly #r: ByteReader
  readonly #budget: AmfBudget
  readonly #objects: AmfReferences
  readonly #strings: string[] = []
  readonly #traits: Traits[] = []

  constructor(r: ByteReader, budget: AmfBudget) {
    this.#r = r
    this.#budget = budget
    this.#objects = new AmfReferences(budget)
  }

  /** @throws MalformedError */
  value(): AmfValue {
    this.#budget.spend(1)
    const marker = this.#r.u8()
    switch (marker) {
      case UNDEFINED:
        return undefined
      case NULL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case INTEGER:
        return (this.#u29() << 3) >> 3
      case DOUBLE:
        return this.#r.f64()
      case STRING:
        return this.#string()
      case XML_DOC:
      case XML:
        return this.#complex((length) => ({ kind: 'xml', text: decoder.decode(this.#r.bytes(length)) }))
      case DATE:
        return this.#complex(() => ({ kind: 'date', unixMs: this.#r.f64() }))
      case ARRAY:
        return this.#complex((count) => this.#array(count))
      case OBJECT:
        return this.#complex((flags) => this.#object(flags))
      case BYTE_ARRAY:
        return this.#complex((length) => ({ kind: 'bytes', bytes: this.#r.bytes(length) }))
      case VECTOR_INT:
        return this.#complex((count) => this.#vector('int', count, 4))
      case VECTOR_UINT:
        return this.#complex((count) => this.#vector('uint', count, 4))
      case VECTOR_DOUBLE:
        return this.#complex((count) => this.#vector('double', count, 8))
      case VECTOR_OBJECT:
        return this.#complex((count) => this.#vector('object', count, 1))
      case DICTIONARY:
        return this.#complex((count) => this.#dictionary(count))
      default:
        throw new MalformedError(`AMF3 type marker ${marker}`)
    }
  }

  /** 1.3.1: variable length unsigned 29-bit integer. */
  #u29(): number {
    let value = 0
    for (let i = 0; i < 3; i++) {
      const byte = this.#r.u8()
      value = (value << 7) | (byte & 0x7f)
      if (byte < 0x80) return value
    }
    return (value << 8) | this.#r.u8()
  }

  /** A string without marker; the empty string is never sent by reference and so never put into the table. */
  #string(): string {
    const head = this.#u29()
    if ((head & 1) === 0) {
      const known = this.#strings[head >> 1]
      if (known === undefined) throw new MalformedError(`AMF3 string reference ${head >> 1} of ${this.#strings.length}`)
      return known
    }
    const text = decoder.decode(this.#r.bytes(head >> 1))
    if (text !== '') this.#strings.push(text)
    return text
  }

  #complex(read: (rest: number) => AmfValue): AmfValue {
    const head = this.#u29()
    return (head & 1) === 0 ? this.#objects.get(head >> 1) : this.#objects.read(() => read(head >> 1))
  }

  #array(count: number): AmfValue {
    const properties = this.#dynamicMembers()
    if (count > this.#r.left) throw new MalformedError(`AMF3 array of ${count} values in ${this.#r.left} bytes`)
    const dense: AmfValue[] = []
    for (let i = 0; i < count; i++) dense.push(this.value())
    return properties.size === 0 ? dense : { kind: 'ecma-array', properties, dense }
  }

  #dynamicMembers(): Map<string, AmfValue> {
    const members = new Map<string, AmfValue>()
    for (let name = this.#string(); name !== ''; name = this.#string()) members.set(name, this.value())
    return members
  }

  #object(flags: number): AmfValue {
    const traits = this.#readTraits(flags)
    const properties = new Map<string, AmfValue>()
    for (const name of traits.members) properties.set(name, this.value())
    if (traits.dynamic) for (const [name, value] of this.#dynamicMembers()) properties.set(name, value)
    return { kind: 'object', className: traits.className, properties }
  }

  #readTraits(flags: number): Traits {
    if ((flags & 1) === 0) {
      const known = this.#traits[flags >> 1]
      if (known === undefined) throw new MalformedError(`AMF3 traits reference ${flags >> 1} of ${this.#traits.length}`)
      return known
    }
    if ((flags & 2) !== 0) throw new MalformedError('AMF3 externalizable object')
    const count = flags >> 3
    if (count > MAX_TRAIT_MEMBERS) throw new MalformedError(`AMF3 class with ${count} members`)
    const className = this.#string()
    const members: string[] = []
    for (let i = 0; i < count; i++) members.push(this.#string())
    const traits = { className, dynamic: (flags & 4) !== 0, members }
    this.#traits.push(traits)
    return traits
  }

  #vector(of: AmfVector['of'], count: number, leastBytes: number): AmfVector {
    const fixed = this.#r.u8() !== 0
    if (of === 'object') this.#string() // object-type-name
    if (count * leastBytes > this.#r.left) throw new MalformedError(`AMF3 vector of ${count} in ${this.#r.left} bytes`)
    const items: AmfValue[] = []
    for (let i = 0; i < count; i++) items.push(this.#vectorItem(of))
    return { kind: 'vector', of, fixed, items }
  }

  #vectorItem(of: AmfVector['of']): AmfValue {
    if (of === 'object') return this.value()
    this.#budget.spend(1)
    return of === 'double' ? this.#r.f64() : of === 'uint' ? this.#r.u32() : this.#r.u32() | 0
  }

  #dictionary(count: number): AmfValue {
    const weakKeys = this.#r.u8() !== 0
    if (count * 2 > this.#r.left) throw new MalformedError(`AMF3 dictionary of ${count} in ${this.#r.left} bytes`)
    const entries: [AmfValue, AmfValue][] = []
    for (let i = 0; i < count; i++) entries.push([this.value(), this.value()])
    return { kind: 'dictionary', weakKeys, entries }
  }
}

const MAX_INTEGER = 0x0fffffff
const MIN_INTEGER = -0x10000000

/** Writes one value, all of it by value: no references, each object with its traits, its properties as dynamic members. */
export function writeAmf3(w: ByteWriter, value: AmfValue): void {
  switch (typeof value) {
    case 'undefined':
      w.u8(UNDEFINED)
      return
    case 'boolean':
      w.u8(value ? TRUE : FALSE)
      return
    case 'number':
      writeNumber(w, value)
      return
    case 'string':
      writeString(w.u8(STRING), value)
      return
  }
  if (value === null) {
    w.u8(NULL)
    return
  }
  if (!('kind' in value)) {
    writeU29(w.u8(ARRAY), (value.length << 1) | 1).u8(1)
    for (const item of value) writeAmf3(w, item)
    return
  }
  switch (value.kind) {
    case 'object':
      writeString(writeU29(w.u8(OBJECT), 0b1011), value.className)
      writeDynamicMembers(w, value.properties)
      return
    case 'ecma-array':
      writeDynamicMembers(writeU29(w.u8(ARRAY), (value.dense.length << 1) | 1), value.properties)
      for (const item of value.dense) writeAmf3(w, item)
      return
    case 'date':
      writeU29(w.u8(DATE), 1).f64(value.unixMs)
      return
    case 'xml':
      writeString(w.u8(XML), value.text)
      return
    case 'bytes':
      writeU29(w.u8(BYTE_ARRAY), (value.bytes.byteLength << 1) | 1).bytes(value.bytes)
      return
    case 'vector':
      writeVector(w, value)
      return
    case 'dictionary':
      writeU29(w.u8(DICTIONARY), (value.entries.length << 1) | 1).u8(value.weakKeys ? 1 : 0)
      for (const [key, item] of value.entries) {
        writeAmf3(w, key)
        writeAmf3(w, item)
      }
      return
    default:
      assertNever(value)
  }
}

function writeNumber(w: ByteWriter, value: number): void {
  if (Number.isInteger(value) && value >= MIN_INTEGER && value <= MAX_INTEGER && !Object.is(value, -0)) {
    writeU29(w.u8(INTEGER), value & 0x1fffffff)
  } else {
    w.u8(DOUBLE).f64(value)
  }
}

function writeVector(w: ByteWriter, vector: AmfVector): void {
  const marker = { int: VECTOR_INT, uint: VECTOR_UINT, double: VECTOR_DOUBLE, object: VECTOR_OBJECT }[vector.of]
  writeU29(w.u8(marker), (vector.items.length << 1) | 1).u8(vector.fixed ? 1 : 0)
  if (vector.of === 'object') writeString(w, '*')
  for (const item of vector.items) {
    if (vector.of === 'object') writeAmf3(w, item)
    else if (typeof item !== 'number') throw new Error(`a vector of ${vector.of} holds numbers`)
    else if (vector.of === 'double') w.f64(item)
    else w.u32(item)
  }
}

function writeDynamicMembers(w: ByteWriter, members: ReadonlyMap<string, AmfValue>): void {
  for (const [name, value] of members) {
    if (name === '') throw new Error('an AMF3 member has a name')
    writeString(w, name)
    writeAmf3(w, value)
  }
  w.u8(1)
}

function writeString(w: ByteWriter, text: string): void {
  const bytes = encoder.encode(text)
  writeU29(w, (bytes.byteLength << 1) | 1).bytes(bytes)
}

function writeU29(w: ByteWriter, value: number): ByteWriter {
  if (value < 0x80) return w.u8(value)
  if (value < 0x4000) return w.u8((value >> 7) | 0x80).u8(value & 0x7f)
  if (value < 0x20_0000)
    return w
      .u8((value >> 14) | 0x80)
      .u8(((value >> 7) & 0x7f) | 0x80)
      .u8(value & 0x7f)
  return w
    .u8(((value >> 22) & 0x7f) | 0x80)
    .u8(((value >> 15) & 0x7f) | 0x80)
    .u8(((value >> 8) & 0x7f) | 0x80)
    .u8(value & 0xff)
}
