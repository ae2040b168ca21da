import { type Cell, lineOf } from './cells.ts'
import { type CaptionLine, screenRows } from './screen.ts'

const mostColumns = 42

/** Where a window is and how large: the parameters of DefineWindow (ANSI/CTA-708 8.10.5.2). */
export type WindowDefinition = {
  readonly visible: boolean
  /** 0: before all others. */
  readonly priority: number
  /** Of the screen's height, 0 to 1, where the anchor is. */
  readonly vertical: number
  /** Which of the window's nine points lies at the anchor: 0 to 2 of its upper edge, to 5 of its middle, to 8 of its lower edge. */
  readonly anchorPoint: number
  readonly rows: number
}

/** One of eight windows of a service: its text, and where its pen is. */
export class Cea708Window {
  definition: WindowDefinition
  visible: boolean
  italic = false
  #cells: (Cell | undefined)[][] = []
  #row = 0
  #column = 0

  constructor(definition: WindowDefinition) {
    this.definition = definition
    this.visible = definition.visible
    this.clear()
  }

  /** Defined again while it is there: its text stays, but for rows that it no longer has. */
  define(definition: WindowDefinition): void {
    this.definition = definition
    this.visible = definition.visible
    this.#cells = Array.from({ length: definition.rows }, (_, row) => this.#cells[row] ?? [])
    this.#row = Math.min(this.#row, definition.rows - 1)
  }

  clear(): void {
    this.#cells = Array.from({ length: this.definition.rows }, () => [])
  }

  write(character: string): void {
    const line = this.#cells[this.#row]
    if (line === undefined || character === '' || this.#column >= mostColumns) return
    line[this.#column++] = { character, italic: this.italic }
  }

  moveTo(row: number, column: number): void {
    this.#row = Math.min(row, this.definition.rows - 1)
    this.#column = Math.min(column, mostColumns - 1)
  }

  backspace(): void {
    if (this.#column === 0) return
    this.#column--
    delete this.#cells[this.#row]?.[this.#column]
  }

  /** A carriage return: the next row, and below the last one all move up. */
  newLine(): void {
    this.#column = 0
    if (this.#row < this.definition.rows - 1) this.#row++
    else this.#cells = [...this.#cells.slice(1), []]
  }

  /** A horizontal carriage return: the row is begun anew. */
  restartLine(): void {
    this.#column = 0
    this.#cells[this.#row] = []
  }

  /** What it shows, its rows as those of the screen. */
  get lines(): CaptionLine[] {
    const { vertical, anchorPoint, rows } = this.definition
    const above = anchorPoint < 3 ? 0 : anchorPoint < 6 ? rows / 2 : rows
    // CEA-708 places windows on 75 rows (ANSI/CTA-708 8.2), or by hundredths.
    const top = Math.round(vertical * screenRows - above)
    const first = Math.max(0, Math.min(screenRows - rows, top))
    return this.#cells.flatMap((cells, row) => lineOf(cells, first + row))
  }
}
