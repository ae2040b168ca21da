import pino from 'pino'
import type { Log } from '../base/log.ts'
import type { LastLines } from './last-lines.ts'

export type LogSettings = {
  readonly level: 'off' | 'error' | 'warn' | 'info' | 'debug'
  readonly format: 'auto' | 'text' | 'json'
}

/** What must never be in a log, should a mistake put it there. */
const SECRET = ['key', 'token', 'authorization', 'cookie', '*.key', '*.token', '*.authorization', '*.cookie']

/**
 * The program's one logger. Text for people goes line by line, `time level message fields`; JSON for machines is pino's.
 * @param settings may change: each line goes by what they are then @param kept gets each line too
 */
export function makeLog(settings: LogSettings, kept?: LastLines): Log {
  const isText = (): boolean =>
    settings.format === 'text' || (settings.format === 'auto' && process.stdout.isTTY === true)
  let json: Sink | undefined
  const options = {
    // The least important that there is: `Levelled` leaves out what is not wanted.
    level: 'debug',
    base: null,
    redact: SECRET,
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const sink: Sink = {
    write(line) {
      kept?.add(line)
      if (isText()) return process.stdout.write(asText(line))
      json ??= pino.destination({ dest: 1, sync: false })
      return json.write(line)
    },
  }
  return new Levelled(pino(options, sink), settings)
}

/** In the order of importance, which the setting's words name. */
const IMPORTANCE = { off: 4, error: 3, warn: 2, info: 1, debug: 0 } as const

/** pino's children keep the level that they were made with; here all go by the one setting. */
class Levelled implements Log {
  readonly #log: Log
  readonly #settings: Pick<LogSettings, 'level'>

  constructor(log: Log, settings: Pick<LogSettings, 'level'>) {
    this.#log = log
    this.#settings = settings
  }

  debug(fields: Record<string, unknown>, message: string): void {
    if (this.#wants('debug')) this.#log.debug(fields, message)
  }
  info(fields: Record<string, unknown>, message: string): void {
    if (this.#wants('info')) this.#log.info(fields, message)
  }
  warn(fields: Record<string, unknown>, message: string): void {
    if (this.#wants('warn')) this.#log.warn(fields, message)
  }
  error(fields: Record<string, unknown>, message: string): void {
    if (this.#wants('error')) this.#log.error(fields, message)
  }
  child(fields: Record<string, unknown>): Log {
    return new Levelled(this.#log.child(fields), this.#settings)
  }

  #wants(level: LogSettings['level']): boolean {
    return IMPORTANCE[level] >= IMPORTANCE[this.#settings.level]
  }
}

type Sink = { write(line: string): unknown }

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'WARN ', 50: 'ERROR' }

function asText(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as { time: string; level: number; msg?: string } & Record<
    string,
    unknown
  >
  const told = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${time.slice(11, 19)} ${LEVELS[level] ?? level} ${msg ?? ''}${told.length > 0 ? `  ${told.join(' ')}` : ''}\n`
}
