import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { LaunchError, say } from './say.mjs'

const STAMP = '.made-from'

/** Builds the web app if what it is made from has changed since. */
export async function ensureWebApp(root, node) {
  const config = join(root, 'web', 'vite.config.ts')
  if (!existsSync(config)) return
  const stamp = join(root, 'web', 'dist', STAMP)
  const sources = hashOfSources(root)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return
  say('Building the web app …')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const { status, output } = await runQuietly(node, [vite, 'build', '--config', config, '--logLevel', 'warn'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (status !== 0) throw new LaunchError(`The web app could not be built:\n${output.trim()}`)
  writeFileSync(stamp, sources)
}

function hashOfSources(root) {
  const hash = createHash('sha256')
  for (const file of ['package-lock.json', ...filesIn(root, 'web'), ...filesIn(root, join('src', 'contract'))]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** All files below a folder, in the same order everywhere. */
function filesIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => name !== 'dist' && name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesIn(root, path) : [path]
    })
}
