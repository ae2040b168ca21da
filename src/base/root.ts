import { join } from 'node:path'

/** The folder of this repository. What `npm start` puts together is in `dist/program`, as far below it as this file. */
export const ROOT: string = join(import.meta.dirname, '../..')
