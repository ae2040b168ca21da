import { join } from 'node:path'
import { runInstead } from './child.mjs'
import { prepare, root } from './prepare.mjs'
import { say } from './say.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

/** All measures, or those named. What they are compared with is installed where it can be, else left out. Answers its exit status. */
export async function bench(args) {
  const node = await prepare({ dev: true })
  const asksOnly = args.some((arg) => ['--help', '--list', '--short'].includes(arg))
  if (!asksOnly) await ensureSystemPackages(root, 'bench-packages.txt').catch((error) => say(error.message))
  const main = join(root, 'bench', 'measure', 'main.ts')
  return runInstead(node, ['--disable-warning=ExperimentalWarning', main, ...args], { cwd: root })
}
