import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { handedOutBehind } from '../../bench/measure/handed-out.ts'
import { ROOT } from '../light/server-process.ts'

/** Nothing in their short form: the browser's own tests see that what they do runs. */
const BY_BROWSER = ['latency', 'lighthouse', 'phone']
const FOLDER = join(ROOT, 'bench')
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

test('every measure still runs, in its short form', async () => {
  const file = join(FOLDER, 'measure/main.ts')
  const args = ['--disable-warning=ExperimentalWarning', file, '--short', '--at-once']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  assert.doesNotMatch(stdout, /FAILED|a turn of ours failed/, stdout)
  for (const name of names.filter((each) => !BY_BROWSER.includes(each)))
    assert.match(stdout, new RegExp(`^${name}: `, 'm'))
})

test('a decoder hands a picture out as soon as more wait than are ever shown after one that is decoded later', () => {
  const decoded = [0, 3, 1, 2, 6, 4, 5]
  assert.deepEqual(Object.fromEntries(handedOutBehind(decoded, 1)), { 0: 3, 1: 1, 2: 2, 3: 6, 4: 4, 5: 5 })
  assert.deepEqual(Object.fromEntries(handedOutBehind([0, 1, 2], 0)), { 0: 0, 1: 1, 2: 2 })
})
