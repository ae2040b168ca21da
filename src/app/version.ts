import { readFileSync } from 'node:fs'

/** The program's version, from package.json. Read once, while the program loads. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version
