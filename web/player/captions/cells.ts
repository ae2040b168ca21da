import type { CaptionLine, CaptionRun } from './screen.ts'

/** A letter where it stands. */
export type Cell = { readonly character: string; readonly italic: boolean }

/** The letters of a row, blank ones at both ends left out; nothing for a row without any. */
export function lineOf(cells: readonly (Cell | undefined)[], row: number): CaptionLine[] {
  const column = cells.findIndex((cell) => cell !== undefined && cell.character.trim() !== '')
  if (column < 0) return []
  const runs: { text: string; italic: boolean }[] = []
  for (let at = column; at < cells.length; at++) {
    const { character, italic } = cells[at] ?? { character: ' ', italic: runs.at(-1)?.italic ?? false }
    const run = runs.at(-1)
    if (run !== undefined && run.italic === italic) run.text += character
    else runs.push({ text: character, italic })
  }
  return [{ row, column, runs: trimmed(runs) }]
}

function trimmed(runs: readonly CaptionRun[]): CaptionRun[] {
  const kept = [...runs]
  for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
    const text = last.text.trimEnd()
    kept.pop()
    if (text === '') continue
    kept.push({ ...last, text })
    break
  }
  return kept
}
