import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One hash for what is in these files and folders: another one means that what was made from them is stale. */
export function hashOfSources(root, paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesAt(root, path))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** A file, or all files below a folder, in the same order everywhere. */
function filesAt(root, path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path), { withFileTypes: true })
    .map(({ name }) => name)
    .filter((name) => name !== 'dist' && name !== 'node_modules')
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => filesAt(root, join(path, name)))
}
