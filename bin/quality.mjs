import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { say } from './say.mjs'

/** What a machine can say of the source without running it. */
const CHECKS = [
  { name: 'format and lint', script: '@biomejs/biome/bin/biome', args: ['check', '--no-errors-on-unmatched'] },
  { name: 'types', script: 'typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of the service worker', script: 'typescript/bin/tsc', args: ['-p', 'web/worker'] },
  { name: 'types of the web app', script: 'svelte-check/bin/svelte-check', args: ['--tsconfig', 'web/tsconfig.json'] },
]

/** Runs the checks, says what each found, and answers the names of those that failed. */
export async function checkQuality(root, node) {
  const failed = []
  await Promise.all(
    CHECKS.map(async ({ name, script, args }) => {
      const { status, output } = await runQuietly(node, [join(root, 'node_modules', script), ...args], { cwd: root })
      if (status === 0) return say(`✔ ${name}`)
      failed.push(name)
      say(`✖ ${name}\n${output.trim()}`)
    }),
  )
  return failed
}
