import { join } from 'node:path'
import { ROOT } from '../base/root.ts'
import { embedded, embeddedBelow, isSingleFile } from '../base/single-file.ts'
import { PageFiles } from '../http/page-files.ts'

/** Where `vite build` puts the web app. */
const BUILT = join(ROOT, 'web/dist')
/** Where the single file has it, with the compressed forms of each file beside it. */
export const EMBEDDED_WEB_APP = 'web/'

/** The web app of this program: built from the source beside it, or inside the single file. */
export async function loadWebApp(): Promise<PageFiles> {
  if (!isSingleFile) return PageFiles.load(BUILT)
  const contents = new Map<string, Buffer>()
  for (const name of embeddedBelow(EMBEDDED_WEB_APP)) {
    const bytes = embedded(name)
    if (bytes !== undefined) contents.set(`/${name.slice(EMBEDDED_WEB_APP.length)}`, bytes)
  }
  return PageFiles.of(contents)
}
