let second = 0
let keptMs: unknown
let ending = ''

/**
 * The last lines of an answer's head: the date, and that the connection stays. The very same string for a second.
 * @param keepAliveMs how long, where the answer says it
 */
export function endingOf(keepAliveMs: unknown): string {
  const now = Date.now()
  const thisSecond = Math.floor(now / 1000)
  if (thisSecond === second && keptMs === keepAliveMs) return ending
  second = thisSecond
  keptMs = keepAliveMs
  const kept = typeof keepAliveMs === 'number' && keepAliveMs > 0 ? Math.floor(keepAliveMs / 1000) : undefined
  ending =
    `Date: ${new Date(now).toUTCString()}\r\nConnection: keep-alive\r\n` +
    `${kept === undefined ? '' : `Keep-Alive: timeout=${kept}\r\n`}\r\n`
  return ending
}

/** The same of an answer after which the connection ends. */
export const lastEnding = (): string => `Date: ${new Date().toUTCString()}\r\nConnection: close\r\n\r\n`
