import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { hashOfSources } from './hash-of-sources.mjs'
import { LaunchError, say } from './say.mjs'

const STAMP = '.made-from'
const PARTS = ['streamhost.ts', 'bundle.ts', 'build-program.ts'].map((file) => join('bin', file))
// The version is in package.json.
const SOURCES = ['package.json', 'package-lock.json', ...PARTS, 'src', 'config']

/**
 * Puts the program and its libraries, a thousand files, together in `dist/program` if one of them has changed since: it starts
 * with a third less work and needs a tenth less memory (docs/decisions/0029-program-in-few-files.md). Answers its path.
 */
export async function ensureProgram(root, node) {
  const folder = join(root, 'dist', 'program')
  const program = join(folder, 'streamhost.mjs')
  const stamp = join(folder, STAMP)
  const sources = hashOfSources(root, SOURCES)
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return program
  say('Putting the program together …')
  const { status, output } = await runQuietly(node, [join(root, 'bin', 'build-program.ts'), folder], { cwd: root })
  if (status !== 0) throw new LaunchError(`The program could not be put together:\n${output.trim()}`)
  writeFileSync(stamp, sources)
  return program
}
