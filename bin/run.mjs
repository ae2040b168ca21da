import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bench } from './bench.mjs'
import { ensureBinary } from './binary.mjs'
import { runInstead } from './child.mjs'
import { prepare, root } from './prepare.mjs'
import { checkQuality } from './quality.mjs'
import { LaunchError, launch } from './say.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

/** Where the programs of each kind are; a name on the command line is a file there. */
const FOLDERS = { soak: 'test/soak' }

/** `npm run check`, `npm run generate`, `npm run build:binary`, `npm run soak -- NAME`, `npm run bench [-- NAME]`, `npm run fuzz [-- NAME]`. */
await launch(async () => {
  const [kind, name, ...rest] = process.argv.slice(2)
  if (kind === 'check') {
    const failed = await checkQuality(root, await prepare({ dev: true, web: false }))
    return failed.length === 0 ? 0 : 1
  }
  if (kind === 'web') {
    await prepare()
    return 0
  }
  if (kind === 'binary') return ensureBinary(root, await prepare(), process.argv.slice(3))
  if (kind === 'generate') {
    const node = await prepare({ web: false })
    return runInstead(node, [join(root, 'bin', 'generate-config.ts')], { cwd: root })
  }
  if (kind === 'bench') return bench(process.argv.slice(3))
  if (kind === 'fuzz') return fuzz(name === undefined ? [] : [name, ...rest])
  const folder = FOLDERS[kind]
  if (folder === undefined)
    throw new LaunchError('usage: run.mjs check | generate | web | binary | soak NAME | bench [NAME] | fuzz [NAME]')
  const file = join(root, folder, `${name}.ts`)
  if (name === undefined || !existsSync(file)) {
    throw new LaunchError(
      `usage: npm run ${kind} -- NAME, where NAME is one of: ${namesIn(folder).join(', ') || 'none yet'}`,
    )
  }
  const node = await prepare({ dev: true })
  const list = `${kind}-${name}-packages.txt`
  if (existsSync(join(root, 'bin', list)) && !rest.includes('--help')) await ensureSystemPackages(root, list)
  return runInstead(node, ['--disable-warning=ExperimentalWarning', file, ...rest], { cwd: root })
})

/** The fuzz targets, or some by name, each for ten minutes of processor time instead of the second it has in `npm test`. */
async function fuzz(args) {
  const node = await prepare({ dev: true, web: false })
  const file = join(root, 'test', 'fuzz', 'long.ts')
  return runInstead(node, ['--disable-warning=ExperimentalWarning', file, ...args], { cwd: root })
}

function namesIn(folder) {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
}
