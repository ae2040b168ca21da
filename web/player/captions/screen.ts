/** Rows that captions are put on, as CEA-608 has them. */
export const screenRows = 15

/** A stretch of text in one style. */
export type CaptionRun = { readonly text: string; readonly italic: boolean }

/** One line of a caption. `row` counts from 0, the top, to 14; `column` from 0 to 31. */
export type CaptionLine = { readonly row: number; readonly column: number; readonly runs: readonly CaptionRun[] }

/** What is to be read at one moment; empty: nothing. */
export type CaptionScreen = readonly CaptionLine[]

export const sameScreen = (a: CaptionScreen, b: CaptionScreen): boolean =>
  a.length === b.length && JSON.stringify(a) === JSON.stringify(b)
