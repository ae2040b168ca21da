type Fields = Record<string, unknown>

/** What the parts of the server need from a logger; pino satisfies it. Child loggers carry a connection's identity. */
export type Log = {
  debug(fields: Fields, message: string): void
  info(fields: Fields, message: string): void
  warn(fields: Fields, message: string): void
  error(fields: Fields, message: string): void
  child(fields: Fields): Log
}

/** A logger that says nothing, for tests and tools. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
