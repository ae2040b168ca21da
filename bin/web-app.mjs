import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { hashOfSources } from './hash-of-sources.mjs'
import { LaunchError, say } from './say.mjs'

const STAMP = '.made-from'

/** Builds the web app if what it is made from has changed since. */
export async function ensureWebApp(root, node) {
  const config = join(root, 'web', 'vite.config.ts')
  if (!existsSync(config)) return
  const stamp = join(root, 'web', 'dist', STAMP)
  const sources = hashOfSources(root, ['package-lock.json', 'web', join('src', 'contract')])
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
