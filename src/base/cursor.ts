import { InvalidFieldError } from './invalid-field-error.ts'

/**
 * A place in a list for who reads it page by page: opaque to them. It names the position of the last item they saw, not its
 * row, so that it stays good when that item is deleted meanwhile.
 * @param list which list; a cursor of one is refused by another
 */
export function cursorOf(list: string, position: string | number): string {
  return Buffer.from(`${list}:${position}`).toString('base64url')
}

/** @throws InvalidFieldError when it is no cursor of this list */
export function positionOf(list: string, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  // Encoded again it must be the same: what the decoder skips was not ours.
  if (!text.startsWith(`${list}:`) || cursorOf(list, text.slice(list.length + 1)) !== cursor) throw notOurs()
  return text.slice(list.length + 1)
}

/** As `positionOf`, for lists whose positions are whole numbers. */
export function numberOfCursor(list: string, cursor: string): number {
  const position = positionOf(list, cursor)
  if (!/^\d{1,15}$/.test(position)) throw notOurs()
  return Number(position)
}

function notOurs(): InvalidFieldError {
  return new InvalidFieldError('cursor', 'not a cursor of this list; begin again without one')
}
