import { join } from 'node:path'
import { runInstead } from './child.mjs'
import { prepare, root } from './prepare.mjs'
import { checkQuality } from './quality.mjs'
import { launch, say } from './say.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

/** `npm test`: everything. `npm test -- test/unit/rtmp`: only the tests below these paths. */
await launch(async () => {
  const only = process.argv.slice(2)
  await ensureSystemPackages(root)
  const node = await prepare({ dev: true })
  const failed = only.length === 0 ? await checkQuality(root, node) : []
  const runner = join(root, 'bin', 'run-tests.ts')
  const status = await runInstead(node, ['--disable-warning=ExperimentalWarning', runner, ...only], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (failed.length > 0) say(`\n✖ failed besides the tests: ${failed.join(', ')}`)
  return failed.length > 0 ? 1 : status
})
