import { cea708Character, cea708Extended, cea708Wide } from './cea708-characters.ts'
import { Cea708Window, type WindowDefinition } from './cea708-window.ts'
import { type CaptionLine, type CaptionScreen, screenRows } from './screen.ts'

const windowCount = 8

/** Bytes that follow a code of C1 (ANSI/CTA-708 table 11), counted from 0x80. */
const parameters = [
  ...[0, 0, 0, 0, 0, 0, 0, 0],
  ...[1, 1, 1, 1, 1, 1, 0, 0],
  ...[2, 3, 2, 0, 0, 0, 0, 4],
  ...[6, 6, 6, 6, 6, 6, 6, 6],
] as const

/**
 * One service of CEA-708: eight windows, and the codes that write into them (ANSI/CTA-708 7 and 8). Colours, sizes and
 * other directions than from left to right are passed over, as a phone shows captions its own way; so are delays.
 */
export class Cea708Service {
  readonly #windows: (Cea708Window | undefined)[] = Array.from({ length: windowCount })
  #current = 0
  /** What is left of a block that ended within a code: codes may go on in the next one. */
  #rest: readonly number[] = []
  /** Something on the screen may have changed. */
  changed = false

  push(block: readonly number[]): void {
    const data = this.#rest.length === 0 ? block : [...this.#rest, ...block]
    let at = 0
    while (at < data.length) {
      const length = lengthOf(data, at)
      if (length > data.length - at) break
      this.#code(data.slice(at, at + length))
      at += length
    }
    this.#rest = data.slice(at)
  }

  /** Windows with more priority take a row first. */
  get screen(): CaptionScreen {
    const shown = this.#windows.filter((window) => window?.visible === true)
    shown.sort((a, b) => (a?.definition.priority ?? 0) - (b?.definition.priority ?? 0))
    const lines = new Map<number, CaptionLine>()
    for (const line of shown.flatMap((window) => window?.lines ?? [])) {
      if (lines.size < screenRows && !lines.has(line.row)) lines.set(line.row, line)
    }
    return [...lines.values()].sort((a, b) => a.row - b.row)
  }

  #code([code = 0, ...rest]: readonly number[]): void {
    const window = this.#windows[this.#current]
    if (code === 0x10) this.#extended(rest)
    else if (code === 0x18) this.#write(cea708Wide(((rest[0] ?? 0) << 8) | (rest[1] ?? 0)))
    else if (code >= 0xa0 || (code >= 0x20 && code < 0x80)) this.#write(cea708Character(code))
    else if (code >= 0x80) this.#command(code, rest)
    else if (window !== undefined) {
      if (code === 0x08) window.backspace()
      else if (code === 0x0c) {
        window.clear()
        window.moveTo(0, 0)
      } else if (code === 0x0d) window.newLine()
      else if (code === 0x0e) window.restartLine()
      else return
      this.#touch(window)
    }
  }

  #extended([code = 0]: readonly number[]): void {
    if (code >= 0x20 && code < 0x80) this.#write(cea708Extended(code))
    else if (code >= 0xa0) this.#write('_')
  }

  #write(character: string): void {
    const window = this.#windows[this.#current]
    if (window === undefined) return
    window.write(character)
    this.#touch(window)
  }

  /** ANSI/CTA-708 8.10.5. */
  #command(code: number, rest: readonly number[]): void {
    const [first = 0, second = 0] = rest
    if (code < 0x88)
      this.#current = code - 0x80 // CW0 to CW7
    else if (code === 0x88)
      this.#each(first, (window) => window.clear()) // CLW
    else if (code === 0x89)
      this.#show(first, () => true) // DSW
    else if (code === 0x8a)
      this.#show(first, () => false) // HDW
    else if (code === 0x8b)
      this.#show(first, (window) => !window.visible) // TGW
    else if (code === 0x8c)
      this.#delete(first) // DLW
    else if (code === 0x8f)
      this.#delete(0xff) // RST
    else if (code >= 0x98)
      this.#define(code - 0x98, rest) // DF0 to DF7
    else {
      const window = this.#windows[this.#current]
      if (code === 0x90 && window !== undefined)
        window.italic = (second & 0x80) !== 0 // SPA
      else if (code === 0x92) window?.moveTo(first & 0x0f, second & 0x3f) // SPL
    }
  }

  #define(index: number, rest: readonly number[]): void {
    const definition = definitionOf(rest)
    const window = this.#windows[index]
    if (window === undefined) this.#windows[index] = new Cea708Window(definition)
    else window.define(definition)
    this.#current = index
    this.changed = true
  }

  #show(bitmap: number, visible: (window: Cea708Window) => boolean): void {
    this.#each(bitmap, (window) => {
      window.visible = visible(window)
    })
  }

  #delete(bitmap: number): void {
    this.#each(bitmap, (_, index) => {
      this.#windows[index] = undefined
    })
  }

  #each(bitmap: number, act: (window: Cea708Window, index: number) => void): void {
    for (const [index, window] of this.#windows.entries()) {
      if (window !== undefined && (bitmap & (1 << index)) !== 0) act(window, index)
    }
    this.changed = true
  }

  #touch(window: Cea708Window): void {
    if (window.visible) this.changed = true
  }
}

/** Bytes of the code that begins here, as far as it can be told (ANSI/CTA-708 7.1). */
function lengthOf(data: readonly number[], at: number): number {
  const code = data[at] ?? 0
  if (code === 0x10) return 1 + extendedLength(data, at + 1)
  if (code < 0x10) return 1
  if (code < 0x18) return 2
  if (code < 0x20) return 3
  if (code >= 0x80 && code < 0xa0) return 1 + (parameters[code - 0x80] ?? 0)
  return 1
}

/** Codes after EXT1: those of C2 and C3 mean nothing yet, but say how long they are. */
function extendedLength(data: readonly number[], at: number): number {
  const code = data[at]
  if (code === undefined) return 1
  if (code < 0x20) return 1 + (code >> 3)
  if (code >= 0x80 && code < 0x90) return code < 0x88 ? 5 : 6
  if (code >= 0x90 && code < 0xa0) return 2 + ((data[at + 1] ?? 0) & 0x1f)
  return 1
}

function definitionOf(rest: readonly number[]): WindowDefinition {
  const [flags = 0, vertical = 0, , size = 0] = rest
  const relative = (vertical & 0x80) !== 0
  return {
    visible: (flags & 0x20) !== 0,
    priority: flags & 0x07,
    vertical: Math.min(1, (vertical & 0x7f) / (relative ? 99 : 74)),
    anchorPoint: size >> 4,
    rows: Math.min(screenRows, (size & 0x0f) + 1),
  }
}
