import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

type Locked = { readonly version?: string; readonly license?: string; readonly dev?: boolean }

const NOTICE = /^(licen[cs]e|copying|notice)/i
const RULE = '='.repeat(80)

/**
 * The terms of Node and of every package that the server and its pages are made of or built with. Most of them allow passing
 * them on only together with this text, so the single file carries it.
 */
export async function licences(root: string): Promise<string> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>
  }
  const parts = [`Node ${process.versions.node}\n\n${await noticesIn(join(dirname(process.execPath), '..'))}`]
  for (const [path, { version, license, dev }] of Object.entries(lock.packages)) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    // Node for this platform is the first; optional packages of other platforms are not there.
    if (path === '' || dev || isNode(name) || !existsSync(join(root, path))) continue
    parts.push(`${name} ${version ?? ''} (${license ?? 'see below'})\n\n${await noticesIn(join(root, path))}`)
  }
  return `${parts.map((part) => part.trimEnd()).join(`\n\n${RULE}\n\n`)}\n`
}

const isNode = (name: string): boolean => /^node-(bin-)?(linux|darwin|win)-/.test(name)

async function noticesIn(folder: string): Promise<string> {
  const files = (await readdir(folder, { withFileTypes: true })).filter(
    (file) => file.isFile() && NOTICE.test(file.name),
  )
  return (await Promise.all(files.map(({ name }) => readFile(join(folder, name), 'utf8')))).join('\n')
}
