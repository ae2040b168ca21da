import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accentOf, accentStyle, contrast } from '../../../src/contract/accent.ts'

const LIGHT = ['#f3f6f5', '#ffffff', '#e9eeec']
const DARK = ['#0c1211', '#151d1b', '#1f2927']

test('a colour that can be read stays itself; others move no further than they must', () => {
  const { light, dark } = accentOf('#0a1f5c')
  assert.deepEqual([light.accent, light.onAccent, light.ink], ['#0a1f5c', '#ffffff', '#0a1f5c'])
  assert.deepEqual([dark.accent, dark.onAccent, dark.ink], ['#516fb3', '#ffffff', '#7697de'])
  const mint = accentOf('#bfeee0')
  assert.deepEqual([mint.light.accent, mint.light.onAccent, mint.light.ink], ['#659185', '#11201c', '#487368'])
  assert.deepEqual([mint.dark.accent, mint.dark.ink, mint.overPicture], ['#bfeee0', '#bfeee0', '#bfeee0'])
  assert.equal(accentOf('#e4002b').light.accent, '#e4002b')
})

test('whatever the colour: controls are seen, words on it and in it are read, in both themes', () => {
  const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)
  fc.assert(
    fc.property(fc.oneof(colour, fc.constantFrom('#000000', '#ffffff', '#808080', '#ffff00', '#0000ff')), (chosen) => {
      const { light, dark, overPicture } = accentOf(chosen)
      for (const [roles, grounds] of [
        [light, LIGHT],
        [dark, DARK],
      ] as const) {
        for (const ground of grounds) assert.ok(contrast(roles.accent, ground) >= 3, `${chosen} on ${ground}`)
        for (const ground of [...grounds, roles.soft]) assert.ok(contrast(roles.ink, ground) >= 4.5, `${chosen} ink`)
        for (const fill of [roles.accent, roles.hover])
          assert.ok(contrast(roles.onAccent, fill) >= 4.5, `${chosen} words`)
        for (const value of Object.values(roles)) assert.match(value, /^#[0-9a-f]{6}$/)
      }
      assert.equal(overPicture, dark.ink)
      assert.match(accentStyle(chosen), /^[\w\s:;{}()#@.\-[\]="]+$/)
    }),
    { numRuns: 300 },
  )
})
