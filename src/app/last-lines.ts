/** The newest lines of the log, for a report about the program's end. */
export class LastLines {
  readonly #kept: number
  readonly #lines: string[] = []

  constructor(kept = 100) {
    this.#kept = kept
  }

  add(line: string): void {
    this.#lines.push(line.trimEnd())
    if (this.#lines.length > this.#kept) this.#lines.shift()
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
