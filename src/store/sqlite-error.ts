/** What went wrong in SQLite, as far as somebody acts on it. */
export type SqliteProblem = 'busy' | 'unique' | 'damaged' | 'full' | 'other'

/** Primary result codes (https://sqlite.org/rescode.html), the low byte of an extended one. */
const PRIMARY: Partial<Record<number, SqliteProblem>> = {
  5: 'busy',
  6: 'busy',
  11: 'damaged',
  13: 'full',
  26: 'damaged',
}
const CONSTRAINT_PRIMARYKEY = 1555
const CONSTRAINT_UNIQUE = 2067

export function sqliteCode(error: unknown): SqliteProblem {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 'other'
  if (error.errcode === CONSTRAINT_PRIMARYKEY || error.errcode === CONSTRAINT_UNIQUE) return 'unique'
  return PRIMARY[error.errcode & 0xff] ?? 'other'
}
