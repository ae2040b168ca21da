import { type Cell, lineOf } from './cells.ts'
import type { CaptionScreen } from './screen.ts'

const rows = 15
const columns = 32

type Memory = (Cell | undefined)[][]
type Mode = 'pop-on' | 'roll-up' | 'paint-on' | 'text' | 'none'

const blank = (): Memory => Array.from({ length: rows }, () => [])

/** One caption channel of line 21: two memories of 15 rows by 32 columns, and the commands that write into them (ANSI/CTA-608 annex C). */
export class Cea608Channel {
  #displayed = blank()
  #hidden = blank()
  #mode: Mode = 'none'
  #row = rows - 1
  #column = 0
  #italic = false
  #rollUpRows = 2
  /** Something on the screen may have changed. */
  changed = false

  write(character: string): void {
    if (this.#mode === 'none' || this.#mode === 'text' || character === '') return
    const line = this.#memory[this.#row]
    if (line !== undefined) line[this.#column] = { character, italic: this.#italic }
    if (this.#column < columns - 1) this.#column++
    this.#touch()
  }

  /** A character for decoders that know it, in place of the one before. */
  replace(character: string): void {
    if (this.#column > 0) this.#column--
    this.write(character)
  }

  /** Where the next character goes, and how it looks: a preamble address code. */
  address(row: number, column: number, italic: boolean): void {
    if (this.#mode === 'roll-up' && row !== this.#row) this.#moveWindow(row)
    this.#row = row
    this.#column = column
    this.#italic = italic
  }

  /** A mid-row code: a blank, then another style. */
  midRow(italic: boolean): void {
    this.#italic = italic
    this.write(' ')
  }

  tab(offset: number): void {
    this.#column = Math.min(columns - 1, this.#column + offset)
  }

  /** Miscellaneous control codes, by their second byte (ANSI/CTA-608 table 52). */
  control(code: number): void {
    if (code === 0x20)
      this.#mode = 'pop-on' // RCL
    else if (code === 0x21)
      this.#backspace() // BS
    else if (code === 0x24)
      this.#deleteToEnd() // DER
    else if (code >= 0x25 && code <= 0x27)
      this.#rollUp(code - 0x23) // RU2, RU3, RU4
    else if (code === 0x29)
      this.#mode = 'paint-on' // RDC
    else if (code === 0x2a || code === 0x2b)
      this.#mode = 'text' // TR, RTD
    else if (code === 0x2c)
      this.#erase() // EDM
    else if (code === 0x2d)
      this.#carriageReturn() // CR
    else if (code === 0x2e)
      this.#hidden = blank() // ENM
    else if (code === 0x2f) this.#flip() // EOC
  }

  get screen(): CaptionScreen {
    return this.#displayed.flatMap((cells, row) => lineOf(cells, row))
  }

  get #memory(): Memory {
    return this.#mode === 'pop-on' ? this.#hidden : this.#displayed
  }

  #touch(): void {
    if (this.#mode !== 'pop-on') this.changed = true
  }

  #backspace(): void {
    if (this.#column > 0) this.#column--
    delete this.#memory[this.#row]?.[this.#column]
    this.#touch()
  }

  #deleteToEnd(): void {
    this.#memory[this.#row]?.splice(this.#column)
    this.#touch()
  }

  #erase(): void {
    this.#displayed = blank()
    this.changed = true
  }

  #flip(): void {
    this.#mode = 'pop-on'
    const shown = this.#displayed
    this.#displayed = this.#hidden
    this.#hidden = shown
    this.changed = true
  }

  #rollUp(height: number): void {
    if (this.#mode !== 'roll-up') {
      this.#displayed = blank()
      this.#hidden = blank()
      this.#row = rows - 1
      this.#column = 0
      this.changed = true
    }
    this.#mode = 'roll-up'
    this.#rollUpRows = height
  }

  #carriageReturn(): void {
    if (this.#mode !== 'roll-up') return
    const top = Math.max(0, this.#row - this.#rollUpRows + 1)
    this.#displayed = this.#displayed.map((_, row) => {
      if (row < top || row > this.#row) return []
      return row === this.#row ? [] : (this.#displayed[row + 1] ?? [])
    })
    this.#column = 0
    this.changed = true
  }

  /** The rows of a roll-up caption go along when its last row is put elsewhere. */
  #moveWindow(row: number): void {
    const moved = blank()
    for (let up = 0; up < this.#rollUpRows; up++) {
      const cells = this.#displayed[this.#row - up]
      if (cells !== undefined && row - up >= 0) moved[row - up] = cells
    }
    this.#displayed = moved
    this.changed = true
  }
}
