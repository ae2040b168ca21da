import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

/** What libraries use when it is there, and do without. */
const OPTIONAL = new Set(['bufferutil', 'utf-8-validate', 'supports-color'])
const ABSENT = '\0absent'

export type Bundle = { readonly code: string; readonly modules: readonly string[] }

/**
 * One file with all that a program of this repository imports; only Node's own modules are left out.
 * @param entry path in the repository
 * @throws Error when something would be looked for on the machine where it runs
 */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  await using build = await rolldown({
    cwd: root,
    input: join(root, entry),
    platform: 'node',
    plugins: [withoutOptional],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`${entry}: ${log.message}`)
    },
  })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  const [chunk, ...rest] = output
  if (rest.length > 0) throw new Error(`${entry} became ${output.length} files instead of one`)
  const outside = [...chunk.code.matchAll(/\b__require\("([^"]+)"\)/g)]
    .map((found) => found[1] ?? '')
    .concat(chunk.imports, chunk.dynamicImports)
    .filter((name) => !isBuiltin(name) && name !== chunk.fileName)
  if (outside.length > 0) throw new Error(`${entry} needs what is not in it: ${[...new Set(outside)].join(', ')}`)
  return { code: chunk.code, modules: chunk.moduleIds }
}

/** They are not looked for: a folder `node_modules` somewhere above the executable may be anybody's. */
const withoutOptional: Plugin = {
  name: 'without-optional-packages',
  resolveId: (id) => (OPTIONAL.has(id) ? ABSENT : null),
  load: (id) => (id === ABSENT ? "throw new Error('not part of this program')" : null),
}
