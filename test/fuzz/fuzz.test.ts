import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { replayKept, runTarget } from './run-target.ts'
import { SEEDS } from './target.ts'
import { targets } from './targets/all.ts'

/** The short form; `npm run fuzz` gives each target ten minutes of a processor. */
const SHORT = { runs: 1500, ms: 800 }

for (const target of targets) {
  test(`fuzz ${target.name}: ${target.says}`, async (t) => {
    t.after(() => target.close?.())
    await replayKept(target)
    const { finding } = await runTarget(target, SHORT)
    if (finding === undefined) return
    const shown = Buffer.from(finding.input).toString(finding.kind === 'json' ? 'utf8' : 'base64')
    assert.fail(`${finding.error}\nwith ${shown}\nnpm run fuzz -- ${target.name} keeps what it finds`)
  })
}

test('every folder of seeds belongs to a target', () => {
  const names = new Set(targets.map(({ name }) => name))
  assert.equal(names.size, targets.length)
  for (const folder of readdirSync(SEEDS)) assert.ok(names.has(folder), folder)
})
