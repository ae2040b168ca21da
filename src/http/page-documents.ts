import { compress, makePageFile, type PageFile, type PageFiles } from './page-files.ts'
import { frameOf } from './page-frame.ts'
import { headOf, type PageFacts } from './page-head.ts'
import { pageWords } from './page-words.ts'

export type PageLook = PageFacts & {
  /** The reader's choice; undefined: as the device is. */
  readonly theme: 'light' | 'dark' | undefined
  /** The document that stands in when the server can't be reached. */
  readonly offline?: boolean
}

/** The page's own parts by page, written by the build into the document. */
type Chunks = Readonly<Record<string, readonly string[]>>

/** As many compressed documents are kept; one is a few KB. */
const KEPT = 512
const HEAD = /<!--head-->[\s\S]*?<!--\/head-->/
const CHUNKS = /\s*<!--chunks:(.*?)-->/
const HTML = /<html lang="en"/
const APP = '<div id="app"></div>'
const NO_SCRIPT = /<noscript>[\s\S]*?<\/noscript>/

/**
 * The one document of the web app, completed for each page and reader: language, title, what other programs show of it,
 * and what the script would otherwise ask for first. A document that was made before is neither made nor compressed again.
 */
export class PageDocuments {
  readonly #template: string | undefined
  readonly #chunks: Chunks
  readonly #made = new Map<string, PageFile>()

  constructor(pages: PageFiles) {
    const source = pages.index?.bytes.toString('utf8')
    this.#chunks = chunksOf(source ?? '')
    this.#template = source?.replace(CHUNKS, '')
  }

  /** What `page` needs beside the files of every page. */
  filesOf(page: 'home' | 'watch' | 'embed'): readonly string[] {
    return this.#chunks[page] ?? []
  }

  /** @returns undefined without a built web app */
  of(look: PageLook): PageFile | undefined {
    if (this.#template === undefined) return undefined
    const { language, theme, offline } = look
    const attributes = `${theme === undefined ? '' : ` data-theme="${theme}"`}${offline ? ' data-offline' : ''}`
    // Functions: a title may contain `$&`, which means something in a replacement.
    const html = this.#template
      .replace(HTML, () => `<html lang="${language}"${attributes}`)
      .replace(HEAD, () => headOf(look))
      .replace(APP, () => `<div id="app">${frameOf(look)}</div>`)
      .replace(NO_SCRIPT, () => `<noscript>${pageWords(language).noScript}</noscript>`)
    const known = this.#made.get(html)
    if (known !== undefined) return known
    const oldest = this.#made.keys().next()
    if (this.#made.size >= KEPT && !oldest.done) this.#made.delete(oldest.value)
    const file = makePageFile('/index.html', Buffer.from(html))
    this.#made.set(html, file)
    // Who comes first gets it as it is.
    void compress(file)
    return file
  }
}

function chunksOf(source: string): Chunks {
  const found = CHUNKS.exec(source)?.[1]
  return found === undefined ? {} : (JSON.parse(found) as Chunks)
}
