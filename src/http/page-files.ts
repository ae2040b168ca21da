import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.svg', '.txt', '.wasm'])
/** Smaller files fit a packet as they are. */
const MIN_COMPRESSED = 1024
/** The whole web app; a directory with more is a wrong setting. */
const MAX_BYTES = 64 * 2 ** 20

export type PageFile = {
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
  readonly bytes: Buffer
  readonly compressible: boolean
  br: Buffer | undefined
  gzip: Buffer | undefined
}

/**
 * The built web app, in memory. Only what was there at start has a name here, so that no path leads anywhere else.
 * Files are served as they are until their compressed forms are made, in the background.
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>
  /** Settles when all compressed forms are made. */
  readonly compressed: Promise<void>

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files
    this.compressed = compressAll(files.values())
  }

  /** @param directory what `vite build` wrote; missing: there are no pages */
  static async load(directory: string): Promise<PageFiles> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
    const contents = new Map<string, Buffer>()
    let total = 0
    // Symbolic links are no files here.
    for (const entry of entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))) {
      const path = join(entry.parentPath, entry.name)
      const bytes = await readFile(path)
      total += bytes.length
      if (total > MAX_BYTES) throw new Error(`${directory} is larger than a web app: more than ${MAX_BYTES} bytes`)
      contents.set(`/${relative(directory, path).split(sep).join('/')}`, bytes)
    }
    return PageFiles.of(contents)
  }

  /** @param contents by path, such as `/assets/app-1a2b3c4d.js`; `.br` and `.gz` beside a file are its compressed forms */
  static of(contents: ReadonlyMap<string, Buffer>): PageFiles {
    const files = new Map<string, PageFile>()
    for (const [path, bytes] of contents) {
      if (/\.(br|gz|map)$/.test(path)) continue
      files.set(path, makePageFile(path, bytes, { br: contents.get(`${path}.br`), gzip: contents.get(`${path}.gz`) }))
    }
    return new PageFiles(files)
  }

  get(path: string): PageFile | undefined {
    return this.#files.get(path)
  }

  /** The one page that all addresses of pages show. */
  get index(): PageFile | undefined {
    return this.#files.get('/index.html')
  }
}

function cacheControlOf(path: string): string {
  // Vite puts a hash of the content into the names below /assets/.
  if (/^\/assets\/.+[-.][A-Za-z0-9_-]{8,}\.\w+$/.test(path)) return 'public, max-age=31536000, immutable'
  return path.endsWith('.html') || path === '/sw.js' ? 'no-cache' : 'public, max-age=3600'
}

/** @param made forms that exist already */
export function makePageFile(
  path: string,
  bytes: Buffer,
  made: { readonly br?: Buffer | undefined; readonly gzip?: Buffer | undefined } = {},
): PageFile {
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    cacheControl: cacheControlOf(path),
    bytes,
    compressible: COMPRESSIBLE.has(extname(path)) && bytes.length >= MIN_COMPRESSED,
    br: made.br,
    gzip: made.gzip,
  }
}

async function compressAll(files: Iterable<PageFile>): Promise<void> {
  for (const file of files) await compress(file)
}

/** Makes the compressed forms that are missing, off the main thread. */
export async function compress(file: PageFile): Promise<void> {
  if (!file.compressible) return
  file.gzip ??= await promisify(gzip)(file.bytes)
  // Quality 9: nearly as small as 11, in a tenth of the time.
  file.br ??= await promisify(brotliCompress)(file.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
}
