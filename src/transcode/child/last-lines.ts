const LINES = 12
const LINE_LENGTH = 300

/** The last lines of what a program says, however much that is. */
export class LastLines {
  #lines: string[] = []
  #open = ''

  push(text: string): void {
    const lines = (this.#open + text).split('\n')
    this.#open = (lines.pop() ?? '').slice(-LINE_LENGTH)
    for (const line of lines) if (line.trim() !== '') this.#lines.push(line.slice(0, LINE_LENGTH))
    this.#lines = this.#lines.slice(-LINES)
  }

  get lines(): readonly string[] {
    return this.#open.trim() === '' ? this.#lines : [...this.#lines, this.#open]
  }
}
