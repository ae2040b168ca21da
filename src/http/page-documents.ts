import type { Channel } from '../contract/channel.ts'
import { tint } from '../contract/tint.ts'
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

/** The page's own parts by page, and `scenes` in the order of their tints; written by the build into the document. */
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
  readonly #scenes: readonly string[]
  readonly #made = new Map<string, PageFile>()

  constructor(pages: PageFiles) {
    const source = pages.index?.bytes.toString('utf8')
    this.#chunks = chunksOf(source ?? '')
    this.#template = source?.replace(CHUNKS, '')
    this.#scenes = (this.#chunks.scenes ?? []).map((path) => dataUrl(pages.get(path)?.bytes.toString('utf8') ?? ''))
  }

  /** What `page` needs beside the files of every page. */
  filesOf(page: 'home' | 'watch' | 'embed'): readonly string[] {
    return this.#chunks[page] ?? []
  }

  /**
   * What `web/app/Picture.svelte` shows of a channel: its own picture, or the scene of its tint, which is so small that it comes
   * with the document; undefined: neither is there.
   */
  #pictureOf({ poster, title }: Pick<Channel, 'poster' | 'title'>): string | undefined {
    return poster ?? this.#scenes[tint(title) - 1]
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
      .replace(APP, () => `<div id="app">${frameOf(look, look.channel && this.#pictureOf(look.channel))}</div>`)
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

/** RFC 2397. Only what an address can't carry is escaped, so that it compresses well. */
function dataUrl(svg: string): string {
  return `data:image/svg+xml,${svg.replace(/[%#<>"\s]+/g, (signs) => encodeURIComponent(signs))}`
}
