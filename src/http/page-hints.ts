import { z } from 'zod'

/** What `vite build` writes about each file it made, as far as it is of use here. */
const Manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    imports: z.array(z.string()).optional(),
    css: z.array(z.string()).optional(),
  }),
)
type Manifest = z.infer<typeof Manifest>

/** Where `vite build` puts it. */
export const MANIFEST = '/.vite/manifest.json'
const WATCH_PAGE = 'watch/Watch.svelte'
const HLS = /(^|\/)hls\.js\/dist\//

/**
 * A `Link` header (RFC 8288) for the watch page: the scripts it will ask for, so that they come along with the document
 * instead of after the first script has run. On a slow phone that is half a second.
 *
 * @param manifest the text of Vite's manifest
 * @returns undefined: it is not what we know
 */
export function watchPageHints(manifest: string): string | undefined {
  const files = read(manifest)
  const watch = files?.[WATCH_PAGE]
  if (files === undefined || watch === undefined) return undefined
  const hls = Object.keys(files).filter((source) => HLS.test(source))
  const scripts = new Set<string>()
  const styles = new Set<string>()
  const add = (source: string): void => {
    const one = files[source]
    if (one === undefined || scripts.has(one.file)) return
    scripts.add(one.file)
    for (const style of one.css ?? []) styles.add(style)
    for (const each of one.imports ?? []) add(each)
  }
  for (const source of [WATCH_PAGE, ...hls]) add(source)
  return [
    ...[...styles].map((file) => `</${file}>; rel=preload; as=style`),
    ...[...scripts].map((file) => `</${file}>; rel=modulepreload`),
  ].join(', ')
}

function read(manifest: string): Manifest | undefined {
  try {
    return Manifest.safeParse(JSON.parse(manifest)).data
  } catch {
    return undefined
  }
}
