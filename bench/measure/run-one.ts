import { join } from 'node:path'
import type { Measure, Settings } from './frame.ts'

// The child of `runApart`.
const [, , name = '', settings = '{}'] = process.argv
const { measure } = (await import(join(import.meta.dirname, '..', `${name}.ts`))) as { readonly measure: Measure }
const say = (message: object): void => void process.send?.(message)
try {
  await measure.run({
    ...(JSON.parse(settings) as Settings),
    tell: (figure) => say({ kind: 'figure', figure }),
    note: (words) => say({ kind: 'note', words }),
  })
} catch (error) {
  say({ kind: 'failed', words: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
process.disconnect?.()
