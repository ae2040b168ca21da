import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PageError } from '../../../src/contract/insight.ts'
import { ErrorReports } from '../../../web/app/page-errors.ts'

test('an error is told once, with where it happened', () => {
  const reports = new ErrorReports()
  const error = new TypeError('nothing is no picture')
  const report = reports.take(error, '/c/choir', 'index-1a2b', 0)
  assert.deepEqual(PageError.parse(report), report)
  assert.equal(report?.message, 'TypeError: nothing is no picture')
  assert.deepEqual([report?.page, report?.version], ['/c/choir', 'index-1a2b'])
  assert.equal(reports.take(error, '/c/choir', '', 60_000), null)
  assert.equal(reports.take(new RangeError('another'), '/c/choir', '', 60_000)?.message, 'RangeError: another')
})

test('a page that fails over and over tells little of it', () => {
  const reports = new ErrorReports()
  let told = 0
  for (let i = 0; i < 1000; i++) if (reports.take(new Error(`number ${i}`), '/', '', i * 100) !== null) told++
  assert.equal(told, 5)
})

test('what is no error of ours is not told, and what is told fits the contract', () => {
  const reports = new ErrorReports()
  assert.equal(reports.take('Script error.', '/', '', 0), null)
  assert.equal(reports.take('ResizeObserver loop completed with undelivered notifications.', '/', '', 0), null)
  assert.equal(reports.take({ a: 1 }, '/', '', 0), null)
  const long = new Error('x'.repeat(9000))
  long.stack = 'y'.repeat(9000)
  assert.doesNotThrow(() => PageError.parse(reports.take(long, `/${'z'.repeat(999)}`, 'v'.repeat(99), 0)))
})
