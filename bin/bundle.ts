import http from 'node:http'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { type OutputChunk, type OutputOptions, type Plugin, rolldown } from 'rolldown'

/** What libraries use when it is there, and do without. */
const OPTIONAL = new Set(['bufferutil', 'utf-8-validate', 'supports-color'])
const ABSENT = '\0absent'
const HTTP = '\0http'
const HTTP2 = '\0http2'

/**
 * V8 keeps a file's text for as long as its functions may be called for the first time, in two bytes a character unless all are
 * ASCII. What comments say is read in the sources, licences in the text that the single file carries.
 */
const SMALL: OutputOptions = { charset: 'ascii', comments: false }

export type Bundle = { readonly code: string; readonly modules: readonly string[] }

/**
 * One file with all that a program of this repository imports; only Node's own modules are left out.
 * @param entry path in the repository
 * @throws Error when something would be looked for on the machine where it runs
 */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  const [chunk, ...rest] = await chunksOf(root, { program: entry }, { codeSplitting: false })
  if (chunk === undefined || rest.length > 0) throw new Error(`${entry} became ${rest.length + 1} files instead of one`)
  return { code: chunk.code, modules: chunk.moduleIds }
}

/**
 * Programs and what they share, each by its file's name. What one of them imports later stays apart until then.
 * @param entries paths in the repository, by the names of their files without `.mjs`
 * @throws Error when something would be looked for on the machine where they run
 */
export async function bundleTogether(
  root: string,
  entries: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const names = { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' }
  const chunks = await chunksOf(root, entries, names)
  return new Map(chunks.map(({ fileName, code }) => [fileName, code]))
}

async function chunksOf(
  root: string,
  entries: Readonly<Record<string, string>>,
  options: OutputOptions,
): Promise<readonly OutputChunk[]> {
  await using build = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
    platform: 'node',
    plugins: [withoutOptional, withoutClient, withoutHttp2],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  const { output } = await build.generate({ format: 'esm', ...SMALL, ...options })
  const chunks = output.filter((file) => file.type === 'chunk')
  const own = new Set(chunks.map(({ fileName }) => fileName))
  const outside = chunks
    .flatMap(({ code, imports, dynamicImports }) => [
      ...[...code.matchAll(/\b__require\("([^"]+)"\)/g)].map((found) => found[1] ?? ''),
      ...imports,
      ...dynamicImports,
    ])
    .filter((name) => !isBuiltin(name) && !own.has(name))
  if (outside.length > 0) throw new Error(`not everything is in it: ${[...new Set(outside)].join(', ')}`)
  return chunks
}

/** They are not looked for: a folder `node_modules` somewhere above the executable may be anybody's. */
const withoutOptional: Plugin = {
  name: 'without-optional-packages',
  resolveId: (id) => (OPTIONAL.has(id) ? ABSENT : null),
  load: (id) => (id === ABSENT ? "throw new Error('not part of this program')" : null),
}

/**
 * A module that imports `node:http` gets all that it has, the classes of WebSocket among it, for which Node loads a whole client
 * of HTTP: 25 ms of a start. Those that nothing here wants are left where they are.
 */
const withoutClient: Plugin = {
  name: 'http-without-its-client',
  resolveId: (id, _importer, { kind }) => (/^(?:node:)?http$/.test(id) && kind === 'import-statement' ? HTTP : null),
  load: (id) => {
    if (id !== HTTP) return null
    const there = Object.entries(Object.getOwnPropertyDescriptors(http))
    const names = there.filter(([, { get }]) => get === undefined).map(([name]) => name)
    return `const http = process.getBuiltinModule('node:http')\nexport default http\nexport const { ${names.join(', ')} } = http\n`
  },
}

/**
 * fastify requires `node:http2` for servers that it makes of it; ours makes none (docs/decisions/0015-http2-of-our-own.md), and
 * what Node loads for it is 5 MB of memory.
 */
const withoutHttp2: Plugin = {
  name: 'without-node-http2',
  resolveId: (id, importer, { kind }) =>
    id === 'node:http2' && kind === 'require-call' && importer?.includes('/node_modules/fastify/') === true
      ? HTTP2
      : null,
  load: (id) => (id === HTTP2 ? 'module.exports = {}' : null),
}
