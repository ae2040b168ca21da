import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { THREADS } from '../src/base/threads.ts'

/** Rules of docs/architecture.md that a machine can check. Quick: it reads files, it runs nothing. */
const root = join(import.meta.dirname, '..')

/** What each folder of `src/` may import besides itself, types included. Siblings meet in `live`, or in `app`. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  media: ['base'],
  formats: ['base', 'media'],
  contract: [],
  tls: ['base'],
  outbound: ['base'],
  config: ['base', 'contract'],
  live: ['base', 'media', 'formats'],
  ingest: ['base', 'media', 'formats', 'live'],
  packager: ['base', 'media', 'formats', 'live'],
  transcode: ['base', 'media', 'formats', 'live'],
  segments: ['base', 'media', 'formats'],
  deliver: ['base', 'media', 'formats', 'live', 'packager'],
  accounts: ['base', 'contract', 'live'],
  insight: ['base', 'contract'],
  chat: ['base', 'contract'],
  store: ['base', 'contract', 'accounts', 'chat', 'live'],
  mail: ['base', 'accounts'],
  http: ['base', 'contract', 'media', 'formats', 'live', 'deliver', 'accounts', 'chat', 'insight'],
  app: [
    'base',
    'contract',
    'config',
    'media',
    'formats',
    'live',
    'ingest',
    'packager',
    'transcode',
    'segments',
    'deliver',
    'accounts',
    'chat',
    'insight',
    'store',
    'mail',
    'http',
    'tls',
    'outbound',
  ],
}

type Import = { readonly file: string; readonly to: string; readonly name: string }

const sources = globSync('{src,bin,web}/**/*.{ts,svelte}', { cwd: root }).filter(
  (file) => !file.includes('node_modules') && !file.startsWith('web/dist/'),
)
const imports = sources.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^'"`;]*?from '([^']+)'|^\s*import '([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    return { file, name, to: name.startsWith('.') ? join(dirname(file), name) : name }
  })
}

const isOurs = ({ to }: Import) => to.startsWith('src/') || to.startsWith('web/') || to.startsWith('bin/')

test('imports inside src go one way', () => {
  for (const { file, to } of imports.filter((entry) => entry.file.startsWith('src/') && isOurs(entry))) {
    const from = file.split('/')[1] ?? ''
    const target = to.startsWith('src/') ? (to.split('/')[1] ?? '') : to
    assert.ok(target === from || ALLOWED[from]?.includes(target), `${file} may not import ${to}`)
  }
})

test('every folder of src has its place in the order', () => {
  for (const file of globSync('src/*', { cwd: root })) assert.ok(relative('src', file) in ALLOWED, file)
})

test('the web app knows the contract and nothing else of the server', () => {
  for (const { file, to } of imports.filter((entry) => entry.file.startsWith('web/') && isOurs(entry))) {
    assert.ok(to.startsWith('web/') || to.startsWith('src/contract/'), `${file} may not import ${to}`)
  }
})

test('no file imports itself over others, types included', () => {
  const edges = new Map<string, string[]>()
  for (const { file, to } of imports.filter(isOurs)) edges.set(file, [...(edges.get(file) ?? []), to])
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    assert.ok(!way.includes(file), `a cycle: ${[...way.slice(way.indexOf(file)), file].join(' → ')}`)
    if (done.has(file)) return
    for (const to of edges.get(file) ?? []) visit(to, [...way, file])
    done.add(file)
  }
  for (const file of edges.keys()) visit(file, [])
})

test('relative imports name a file that exists, with its ending', () => {
  for (const { file, name, to } of imports.filter(({ name }) => name.startsWith('.'))) {
    assert.ok(existsSync(join(root, to.replace(/\?.*$/, ''))), `${file} imports ${name}`)
  }
})

test('formats and media have no sockets, files, clocks or timers', () => {
  const forbidden =
    /\bnode:(net|http|fs|dgram|tls|timers|child_process|worker_threads)\b|\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now)\(/
  for (const file of sources.filter((name) => /^src\/(formats|media)\//.test(name))) {
    assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), forbidden, file)
  }
})

test('a thread begins in a file of the one list, so that the single file carries it', () => {
  for (const file of sources.filter((name) => name.startsWith('src/') && name !== 'src/base/threads.ts')) {
    assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), /\bnew Worker\(/, file)
  }
  for (const path of Object.values(THREADS)) assert.ok(existsSync(join(root, 'src/base', path)), path)
})

test('what the program reads from its own tree is what the single file has another way for', () => {
  const known = ['src/base/root.ts', 'src/base/threads.ts']
  const reading = sources.filter((name) => {
    return name.startsWith('src/') && /\bimport\.meta\b/.test(readFileSync(join(root, name), 'utf8'))
  })
  assert.deepEqual(reading.sort(), known)
})

test('file names are kebab-case, and no file is a drawer for what has no place', () => {
  for (const file of sources.filter((name) => name.startsWith('src/'))) {
    assert.match(file, /^src(\/[a-z0-9]+(-[a-z0-9]+)*)+\.ts$/)
    assert.doesNotMatch(file, /\/(index|util|utils|misc|helpers?|common)\.ts$/)
  }
})

test('only TypeScript that can be erased', () => {
  for (const file of sources.filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(root, file), 'utf8')
    assert.doesNotMatch(text, /^\s*(export )?(declare )?(const )?enum\s+\w/m, `${file} has an enum`)
    assert.doesNotMatch(text, /^\s*(export )?namespace\s+\w/m, `${file} has a namespace`)
  }
})

test('every path that the docs name exists', () => {
  const pages = [...globSync('docs/**/*.md', { cwd: root }), 'README.md'].filter((page) => existsSync(join(root, page)))
  const folders = /^(src|web|bin|test|bench|docs|config|\.ci)\//
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8')
    const named = [...text.matchAll(/`([^`\s]+)`/g)].map((match) => (match[1] ?? '').replace(/[:#]\d.*$/, ''))
    for (const path of named.filter((name) => folders.test(name) && !/[<>*…{}]/.test(name))) {
      assert.ok(existsSync(join(root, path)), `${page} names ${path}`)
    }
    for (const [, link] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      assert.ok(existsSync(join(root, dirname(page), link ?? '')), `${page} links to ${link}`)
    }
  }
})
