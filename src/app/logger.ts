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
 * @param kept gets each line too
 */
export function makeLog(settings: LogSettings, kept?: LastLines): Log {
  const text = settings.format === 'text' || (settings.format === 'auto' && process.stdout.isTTY === true)
  const options = {
    level: settings.level === 'off' ? 'silent' : settings.level,
    base: null,
    redact: SECRET,
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return pino(
    options,
    tee(
      kept,
      text ? { write: (line) => process.stdout.write(asText(line)) } : pino.destination({ dest: 1, sync: false }),
    ),
  )
}

type Sink = { write(line: string): unknown }

function tee(kept: LastLines | undefined, sink: Sink): { write(line: string): void } {
  return {
    write(line) {
      kept?.add(line)
      sink.write(line)
    },
  }
}

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
