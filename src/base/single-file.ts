import { getAssetKeys, getRawAsset, isSea } from 'node:sea'

/** The program is one executable file (`npm run build:binary`): what it would read from its source tree is inside it. */
export const isSingleFile: boolean = isSea()

/** What a person types before the name of a command, as the program was called. */
export const COMMAND: string = isSingleFile ? process.argv0 : 'npm run streamhost --'

/** The embedded file with the terms of all that the single file is made of. */
export const LICENCES = 'licences.txt'

/** A file that was built into the executable, or undefined. Not a copy, and never to be written to: it is the program's own memory. */
export function embedded(name: string): Buffer | undefined {
  return isSingleFile && getAssetKeys().includes(name) ? Buffer.from(getRawAsset(name)) : undefined
}

/** The names of the embedded files below a folder, such as `web/`, which ends with a slash. */
export function embeddedBelow(folder: string): string[] {
  return isSingleFile ? getAssetKeys().filter((name) => name.startsWith(folder)) : []
}
