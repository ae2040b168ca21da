import { MalformedError } from '../../base/errors.ts'
import { STATIC_TABLE } from './hpack-tables.ts'
import { huffmanDecode } from './huffman.ts'

/** What an entry costs besides its text (RFC 7541 4.1). */
const ENTRY_BYTES = 32
const FIRST_DYNAMIC = STATIC_TABLE.length

/** Decompresses field sections of one connection (RFC 7541). Whatever is thrown ends the connection: the state is lost. */
export class HpackDecoder {
  readonly #most: number
  #limit: number
  /** The newest entry is the last. */
  #entries: (readonly [string, string])[] = []
  #size = 0

  /** @param tableBytes as announced by SETTINGS_HEADER_TABLE_SIZE */
  constructor(tableBytes = 4096) {
    this.#most = tableBytes
    this.#limit = tableBytes
  }

  /**
   * @param onField told each field in order
   * @throws MalformedError for what the specification forbids
   */
  decode(block: Uint8Array, onField: (name: string, value: string) => void): void {
    const cursor = new Block(block)
    let fields = 0
    while (!cursor.done) {
      const first = cursor.peek()
      if (first >= 0x80) {
        const [name, value] = this.#entry(cursor.integer(7))
        onField(name, value)
        fields++
      } else if (first >= 0x40) {
        const field = this.#literal(cursor, 6)
        this.#add(field)
        onField(field[0], field[1])
        fields++
      } else if (first >= 0x20) {
        // RFC 7541 4.2: "This dynamic table size update MUST occur at the beginning of the first header block"
        if (fields > 0) throw new MalformedError('a change of the dynamic table’s size stands behind a field')
        const size = cursor.integer(5)
        if (size > this.#most) throw new MalformedError('the dynamic table is made larger than allowed')
        this.#limit = size
        this.#evict(0)
      } else {
        const [name, value] = this.#literal(cursor, 4)
        onField(name, value)
        fields++
      }
    }
  }

  #entry(index: number): readonly [string, string] {
    const entry =
      index < FIRST_DYNAMIC ? STATIC_TABLE[index] : this.#entries[this.#entries.length - 1 - (index - FIRST_DYNAMIC)]
    if (index === 0 || entry === undefined) throw new MalformedError(`there is no header field ${index}`)
    return entry
  }

  #literal(cursor: Block, prefix: number): readonly [string, string] {
    const index = cursor.integer(prefix)
    const name = index === 0 ? cursor.string() : this.#entry(index)[0]
    return [name, cursor.string()]
  }

  #add(field: readonly [string, string]): void {
    const size = field[0].length + field[1].length + ENTRY_BYTES
    this.#evict(size)
    // RFC 7541 4.4: one that is larger than the table empties it, and is no error.
    if (size > this.#limit) return
    this.#entries.push(field)
    this.#size += size
  }

  /** Makes room. */
  #evict(needed: number): void {
    let gone = 0
    while (gone < this.#entries.length && this.#size + needed > this.#limit) {
      const [name, value] = this.#entries[gone] ?? ['', '']
      this.#size -= name.length + value.length + ENTRY_BYTES
      gone++
    }
    if (gone > 0) this.#entries.splice(0, gone)
  }
}

/** A field section, read from front to back. */
class Block {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.byteLength
  }

  peek(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new MalformedError('a field section ends too early')
    return byte
  }

  /** RFC 7541 5.1. */
  integer(prefix: number): number {
    const most = (1 << prefix) - 1
    let value = this.peek() & most
    this.#at++
    if (value < most) return value
    for (let shift = 0; ; shift += 7) {
      const byte = this.peek()
      this.#at++
      // Nothing of ours is larger than 2^24.
      if (shift > 21) throw new MalformedError('an integer of a field section is too large')
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  /** RFC 7541 5.2. */
  string(): string {
    const huffman = this.peek() >= 0x80
    const length = this.integer(7)
    const from = this.#at
    const to = from + length
    if (to > this.#bytes.byteLength) throw new MalformedError('a string of a field section ends too early')
    this.#at = to
    if (huffman) return huffmanDecode(this.#bytes, from, to)
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, length).toString('latin1')
  }
}
