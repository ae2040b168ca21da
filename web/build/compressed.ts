import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXTS = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.svg', '.txt'])
/** Smaller files fit a packet as they are. */
const SMALLEST = 1024

/**
 * Writes the compressed forms of each file beside it, as the server looks for them (`src/http/page-files.ts`): made once with
 * the page, so that no start of a server spends seconds of the processor on them.
 */
export function compressed(): Plugin {
  let folder = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir)
    },
    async closeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !TEXTS.has(extname(entry.name))) continue
        const path = join(entry.parentPath, entry.name)
        const bytes = await readFile(path)
        if (bytes.length < SMALLEST) continue
        await writeFile(`${path}.gz`, await promisify(gzip)(bytes))
        // Quality 9: nearly as small as 11, in a tenth of the time.
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
        await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }))
      }
    },
  }
}
