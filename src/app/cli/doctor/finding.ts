/**
 * `good`; `absent`: it isn't there, and needn't be; `note`: all works, but somebody may want to know; `broken`: something
 * doesn't work, or won't for long.
 */
export type State = 'good' | 'absent' | 'note' | 'broken'

/** What was found about one thing. */
export type Finding = {
  /** One or two words: "disk". */
  readonly about: string
  readonly state: State
  /** A sentence without its end. */
  readonly found: string
  /** What to do, as a sentence; where there is something. */
  readonly todo?: string
}

export const MARKS: Readonly<Record<State, string>> = { good: '✓', absent: '–', note: '!', broken: '✗' }

/** Findings for people: one line each, what to do below it. */
export function findingLines(findings: readonly Finding[]): string[] {
  const width = Math.max(0, ...findings.map(({ about }) => about.length))
  return findings.flatMap(({ about, state, found, todo }) => [
    `${MARKS[state]} ${about.padEnd(width)}  ${found}`,
    ...(todo === undefined ? [] : [`${' '.repeat(width + 4)}${todo}`]),
  ])
}

/** What the doctor says in the end. */
export function verdictLine(findings: readonly Finding[]): string {
  const broken = findings.filter(({ state }) => state === 'broken').length
  if (broken > 0) return broken === 1 ? 'One thing needs to be mended.' : `${broken} things need to be mended.`
  return findings.some(({ state }) => state === 'note') ? 'Nothing is broken.' : 'All is well.'
}
