import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { builtThread, THREADS } from '../src/base/threads.ts'
import { bundleTogether } from './bundle.ts'

/** `build-program.ts FOLDER`: the program and the code of its threads, with all that they import, in a few files. */
const root = join(import.meta.dirname, '..')
const [folder = ''] = process.argv.slice(2)
/** A program that was started before may still want the files that it has not loaded yet. */
const KEPT_MS = 7 * 24 * 3_600_000

const entries: Record<string, string> = { streamhost: 'bin/streamhost.ts' }
for (const [name, path] of Object.entries(THREADS)) entries[builtThread(name)] = join('src/base', path)
const files = await bundleTogether(root, entries)
await mkdir(folder, { recursive: true })
const isEntry = (name: string) => basename(name, '.mjs') in entries
// What is shared first: whoever starts meanwhile finds all that the file which it starts with wants.
for (const [name, code] of [...files].sort(([one], [other]) => Number(isEntry(one)) - Number(isEntry(other)))) {
  const file = join(folder, name)
  // Two commands may do this at the same time.
  const beside = `${file}.${process.pid}`
  await writeFile(beside, code)
  await rename(beside, file)
}
for (const name of await readdir(folder)) {
  if (files.has(name)) continue
  const found = await stat(join(folder, name)).catch(() => null)
  if (found !== null && Date.now() - found.mtimeMs > KEPT_MS) await rm(join(folder, name), { force: true })
}
