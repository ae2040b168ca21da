import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram } from '../../../src/base/histogram.ts'
import { exposition, single } from '../../../src/base/metric.ts'
import { complaints, readExposition } from '../../oracles/exposition.ts'

test('a histogram counts what lies at or below each bound', () => {
  const histogram = new Histogram([0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 1, 7]) histogram.observe(value)
  assert.deepEqual([histogram.cumulative(), histogram.count], [[2, 4], 5])
  assert.ok(Math.abs(histogram.sum - 8.65) < 1e-9)
})

test('metrics are written as a scraper reads them, whatever is in a label', () => {
  const histogram = new Histogram([1, 2.5])
  histogram.observe(2)
  const evil = 'a"b\\c\nd}{,='
  const text = exposition([
    single('one', 'gauge', 'One.', -0.5),
    { name: 'two_total', help: 'Two\nlines \\ and all.', kind: 'counter', values: [{ labels: { evil }, value: 2 }] },
    { name: 'three_seconds', help: 'Three.', kind: 'histogram', values: [{ labels: { a: 'b' }, histogram }] },
    { name: 'none', help: 'None.', kind: 'gauge', values: [] },
  ])
  const read = readExposition(text)
  assert.deepEqual([...read.keys()], ['one', 'two_total', 'three_seconds', 'none'])
  assert.equal(read.get('one')?.samples[0]?.value, -0.5)
  assert.equal(read.get('two_total')?.samples[0]?.labels.evil, 'a\\"b\\\\c\\nd}{,=')
  assert.deepEqual(
    read.get('three_seconds')?.samples.map(({ name, labels, value }) => [name.slice(13), labels.le, value]),
    [
      ['_bucket', '1', 0],
      ['_bucket', '2.5', 1],
      ['_bucket', '+Inf', 1],
      ['_sum', undefined, 2],
      ['_count', undefined, 1],
    ],
  )
})

test('the check of names finds what it is for', () => {
  const metric = { help: 'Help.', kind: 'gauge', labels: [], samples: [] }
  assert.deepEqual(complaints({ ...metric, name: 'streamhost_viewers' }), [])
  for (const name of ['Streamhost', 'a_total', 'a_count', 'delay_ms', 'a_gauge', 'full_percent']) {
    assert.equal(complaints({ ...metric, name }).length, 1, name)
  }
  assert.equal(complaints({ ...metric, name: 'a', kind: 'counter' }).length, 1)
  assert.equal(complaints({ ...metric, name: 'a', kind: 'histogram' }).length, 1)
  assert.equal(complaints({ ...metric, name: 'a', help: '' }).length, 1)
})
