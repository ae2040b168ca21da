import { createHash } from 'node:crypto'
import type { Plugin, Rolldown } from 'vite'
import { draw, PICTURES } from './mark.ts'

type Bundle = Rolldown.OutputBundle
type Chunk = Rolldown.OutputChunk

/** The player's library, which is most of what a player weighs. */
const HLS = /\/hls\.js\/dist\//
/** Pages whose own files the server names in their documents, by the module that is each of them. */
const PAGES = {
  home: ['/web/home/Home.svelte'],
  watch: ['/web/watch/Watch.svelte', HLS],
  embed: ['/web/watch/Embed.svelte', HLS],
}
/** Pictures in place of a channel's own, by their tint. */
const SCENE = /^assets\/[1-6]-[\w-]+\.svg$/
/** What a page without a server shows: itself and the words of every language. */
const OFFLINE = ['/web/app/Offline.svelte', '/web/words/de.ts']

/**
 * The last steps of a build: styles of the frame into the document, names of each page's files beside them, the list of
 * what the service worker keeps, and the mark as pictures.
 */
export function shell(): Plugin {
  return {
    name: 'shell',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const [name, picture] of Object.entries(PICTURES)) {
          this.emitFile({ type: 'asset', fileName: `icons/${name}`, source: draw(picture) })
        }
        const document = bundle['index.html']
        if (document?.type !== 'asset') throw new Error('the build has no index.html')
        const entry = chunkOf(bundle, '/web/index.html')
        if (entry === undefined) throw new Error('the build has no entry')
        const first = new Set(scriptsOf(bundle, entry))
        const chunks = Object.fromEntries(
          Object.entries(PAGES).map(([page, modules]) => {
            const files = new Set(modules.flatMap((module) => filesOf(bundle, module)))
            return [page, [...files].filter((file) => !first.has(file))]
          }),
        )
        const scenes = Object.keys(bundle).flatMap((file) => (SCENE.test(file) ? [`/${file}`] : []))
        const html = inlineStyles(String(document.source), bundle)
        document.source = html.replace(
          '</head>',
          () => `  <!--chunks:${JSON.stringify({ ...chunks, scenes: scenes.sort() })}-->\n  </head>`,
        )
        const worker = bundle['sw.js']
        if (worker?.type !== 'chunk') throw new Error('the build has no service worker')
        const files = [...new Set([...first, ...OFFLINE.flatMap((module) => filesOf(bundle, module))])].sort()
        worker.code = `const __SHELL__ = ${JSON.stringify({ name: nameOf(document.source, files), files })};\n${worker.code}`
      },
    },
  }
}

function chunkOf(bundle: Bundle, module: string | RegExp): Chunk | undefined {
  const isIt = (id: string) => (typeof module === 'string' ? id.endsWith(module) : module.test(id))
  const chunks = Object.values(bundle).filter((file): file is Chunk => file.type === 'chunk')
  return chunks.find(({ facadeModuleId }) => facadeModuleId != null && isIt(facadeModuleId))
}

/** A chunk and all that it can't run without, as addresses. */
function scriptsOf(bundle: Bundle, chunk: Chunk, seen = new Set<string>()): string[] {
  if (seen.has(chunk.fileName)) return []
  seen.add(chunk.fileName)
  const below = chunk.imports.flatMap((name) => {
    const imported = bundle[name]
    return imported?.type === 'chunk' ? scriptsOf(bundle, imported, seen) : []
  })
  return [`/${chunk.fileName}`, ...below]
}

function filesOf(bundle: Bundle, module: string | RegExp): string[] {
  const chunk = chunkOf(bundle, module)
  if (chunk === undefined) return []
  const scripts = scriptsOf(bundle, chunk)
  const styles = scripts.flatMap((path) => {
    const file = bundle[path.slice(1)]
    return file?.type === 'chunk' ? [...(file.viteMetadata?.importedCss ?? [])] : []
  })
  return [...styles.map((file) => `/${file}`), ...scripts]
}

/** The frame needs no second way to the server before it is drawn. */
function inlineStyles(html: string, bundle: Bundle): string {
  return html.replace(/<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>/g, (link, name: string) => {
    const file = bundle[name]
    return file?.type === 'asset' ? `<style>${String(file.source).trim()}</style>` : link
  })
}

function nameOf(document: string, files: readonly string[]): string {
  return createHash('sha256').update(document).update(files.join()).digest('base64url').slice(0, 12)
}
