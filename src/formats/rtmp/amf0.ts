import type { ByteReader } from '../../base/byte-reader.ts'
import { assertNever, MalformedError } from '../../base/errors.ts'
import { AmfBudget, AmfReferences, type AmfValue } from './amf-value.ts'
import { Amf3Reader } from './amf3.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Type markers, "Action Message Format -- AMF 0", 2.1. */
const NUMBER = 0
const BOOLEAN = 1
const STRING = 2
const OBJECT = 3
const NULL = 5
const UNDEFINED = 6
const REFERENCE = 7
const ECMA_ARRAY = 8
const OBJECT_END = 9
const STRICT_ARRAY = 10
const DATE = 11
const LONG_STRING = 12
const UNSUPPORTED = 13
const XML_DOCUMENT = 15
const TYPED_OBJECT = 16
const AVMPLUS_OBJECT = 17

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/**
 * Reads all AMF0 values of one message, "Action Message Format -- AMF 0" section 2.
 * @throws MalformedError also for more than 4096 values, nesting over 16 and a value that contains itself
 */
export function readAmf0(r: ByteReader): AmfValue[] {
  const reader = new Amf0Reader(r)
  const values: AmfValue[] = []
  while (r.left > 0) values.push(reader.value())
  return values
}

class Amf0Reader {
  readonly #r: ByteReader
  readonly #budget = new AmfBudget()
  readonly #references = new AmfReferences(this.#budget)
  readonly #amf3: Amf3Reader

  constructor(r: ByteReader) {
    this.#r = r
    this.#amf3 = new Amf3Reader(r, this.#budget)
  }

  value(): AmfValue {
    return this.#valueOf(this.#r.u8())
  }

  #valueOf(marker: number): AmfValue {
    this.#budget.spend(1)
    const r = this.#r
    switch (marker) {
      case NUMBER:
        return r.f64()
      case BOOLEAN:
        return r.u8() !== 0
      case STRING:
        return decoder.decode(r.bytes(r.u16()))
      case LONG_STRING:
        return decoder.decode(r.bytes(r.u32()))
      case XML_DOCUMENT:
        return { kind: 'xml', text: decoder.decode(r.bytes(r.u32())) }
      case NULL:
        return null
      case UNDEFINED:
      case UNSUPPORTED:
        return undefined
      case REFERENCE:
        return this.#references.get(r.u16())
      case DATE: {
        const unixMs = r.f64()
        r.u16() // time-zone: "should be set to 0x0000"
        return { kind: 'date', unixMs }
      }
      case OBJECT:
        return this.#references.read(() => ({ kind: 'object', className: '', properties: this.#properties() }))
      case TYPED_OBJECT: {
        const className = decoder.decode(r.bytes(r.u16()))
        return this.#references.read(() => ({ kind: 'object', className, properties: this.#properties() }))
      }
      case ECMA_ARRAY:
        r.u32() // associative-count: encoders write 0 or a wrong one; the end marker counts
        return this.#references.read(() => ({ kind: 'ecma-array', properties: this.#properties(), dense: [] }))
      case STRICT_ARRAY: {
        const count = r.u32()
        if (count > r.left) throw new MalformedError(`AMF0 array of ${count} values in ${r.left} bytes`)
        return this.#references.read(() => {
          const items: AmfValue[] = []
          for (let i = 0; i < count; i++) items.push(this.value())
          return items
        })
      }
      case AVMPLUS_OBJECT:
        return this.#amf3.value()
      default:
        throw new MalformedError(`AMF0 type marker ${marker}`)
    }
  }

  /** Names and values up to the end marker: `UTF-8-empty object-end-marker`. */
  #properties(): Map<string, AmfValue> {
    const properties = new Map<string, AmfValue>()
    for (;;) {
      const name = decoder.decode(this.#r.bytes(this.#r.u16()))
      const marker = this.#r.u8()
      if (marker === OBJECT_END) {
        if (name !== '') throw new MalformedError('AMF0 object end behind a property name')
        return properties
      }
      properties.set(name, this.#valueOf(marker))
    }
  }
}

/** Writes one value. References are not used, and strings over 65535 bytes become long strings. */
export function writeAmf0(w: ByteWriter, value: AmfValue): void {
  switch (typeof value) {
    case 'undefined':
      w.u8(UNDEFINED)
      return
    case 'number':
      w.u8(NUMBER).f64(value)
      return
    case 'boolean':
      w.u8(BOOLEAN).u8(value ? 1 : 0)
      return
    case 'string':
      writeString(w, value)
      return
  }
  if (value === null) {
    w.u8(NULL)
    return
  }
  if (!('kind' in value)) {
    w.u8(STRICT_ARRAY).u32(value.length)
    for (const item of value) writeAmf0(w, item)
    return
  }
  switch (value.kind) {
    case 'object':
      if (value.className === '') w.u8(OBJECT)
      else writeName(w.u8(TYPED_OBJECT), value.className)
      writeProperties(w, value.properties)
      return
    case 'ecma-array':
      if (value.dense.length > 0) throw new Error('AMF0 has no named array with a dense part')
      writeProperties(w.u8(ECMA_ARRAY).u32(value.properties.size), value.properties)
      return
    case 'date':
      w.u8(DATE).f64(value.unixMs).u16(0)
      return
    case 'xml': {
      const text = encoder.encode(value.text)
      w.u8(XML_DOCUMENT).u32(text.byteLength).bytes(text)
      return
    }
    case 'bytes':
    case 'vector':
    case 'dictionary':
      throw new Error(`AMF0 has no ${value.kind}`)
    default:
      assertNever(value)
  }
}

function writeString(w: ByteWriter, text: string): void {
  const bytes = encoder.encode(text)
  if (bytes.byteLength > 0xffff) w.u8(LONG_STRING).u32(bytes.byteLength)
  else w.u8(STRING).u16(bytes.byteLength)
  w.bytes(bytes)
}

function writeProperties(w: ByteWriter, properties: ReadonlyMap<string, AmfValue>): void {
  for (const [name, value] of properties) {
    writeName(w, name)
    writeAmf0(w, value)
  }
  w.u16(0).u8(OBJECT_END)
}

function writeName(w: ByteWriter, name: string): void {
  const bytes = encoder.encode(name)
  if (bytes.byteLength > 0xffff) throw new Error('an AMF0 name has at most 65535 bytes')
  w.u16(bytes.byteLength).bytes(bytes)
}
