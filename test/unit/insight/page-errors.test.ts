import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '../../../src/base/log.ts'
import { exposition } from '../../../src/base/metric.ts'
import { PageErrors } from '../../../src/insight/page-errors.ts'
import { readExposition } from '../../oracles/exposition.ts'

function kept(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const nothing = (): void => {}
  const log: Log = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (fields) => void lines.push(fields),
    child: () => log,
  }
  return { log, lines }
}

test('an error is logged the first, the tenth and the hundredth time, and counted always', () => {
  const { log, lines } = kept()
  const errors = new PageErrors(log)
  for (let n = 0; n < 150; n++) errors.report({ message: 'x is undefined', page: '/c/choir', stack: 'at a\nat b' })
  errors.report({ message: 'y is undefined', page: '/c/choir' })
  assert.deepEqual(
    lines.map(({ error, count }) => [error, count]),
    [
      ['x is undefined', 1],
      ['x is undefined', 10],
      ['x is undefined', 100],
      ['y is undefined', 1],
    ],
  )
  const read = readExposition(exposition(errors.metrics()))
  assert.equal(read.get('streamhost_page_errors_total')?.samples[0]?.value, 151)
})

test('what a stranger writes begins no line of the log and moves no cursor', () => {
  const { log, lines } = kept()
  new PageErrors(log).report({ message: 'a\n12:00 ERROR forged\u001b[2J\u202e', page: '/\r\n', stack: 'b\nc\u0007' })
  const fields = [lines[0]?.error, lines[0]?.page, lines[0]?.stack]
  assert.deepEqual(fields, ['a 12:00 ERROR forged [2J', '/', 'b | c'])
})

test('many different errors are forgotten from the oldest on', () => {
  const { log, lines } = kept()
  const errors = new PageErrors(log)
  for (let n = 0; n < 5000; n++) errors.report({ message: `error ${n}`, page: '/' })
  const read = readExposition(exposition(errors.metrics()))
  assert.equal(read.get('streamhost_page_errors_distinct')?.samples[0]?.value, 200)
  assert.equal(lines.length, 5000)
})
