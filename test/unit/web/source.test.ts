import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AST, parse } from 'svelte/compiler'

const root = join(import.meta.dirname, '../../..')
const found = globSync('web/**/*.{svelte,css}', { cwd: root }).filter(
  (file) => !file.startsWith('web/dist') && !file.includes('node_modules'),
)
const sources = new Map(found.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

/** Attributes whose value people read or hear. */
const SPOKEN = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'title', 'placeholder', 'alt'])

/** Symbols of the SI and its kin are the same in every language we write. */
const UNITS = /(?<!\p{L})(?:ms|min|kHz|dB|kB|MB|GB|kbit\/s|Mbit\/s|px)(?!\p{L})/gu

test('no words stand in a component: all are in the catalogue', () => {
  for (const [file, source] of sources) {
    if (!file.endsWith('.svelte')) continue
    const texts: string[] = []
    walk(parse(source, { modern: true }).fragment, (node) => {
      if (node.type === 'Text' && /\p{L}{2}/u.test(node.data.replace(UNITS, ''))) texts.push(node.data.trim())
      if (node.type !== 'Attribute') return true
      // Values of other attributes are names, not words.
      if (!SPOKEN.has(node.name)) return false
      return true
    })
    assert.deepEqual(texts, [], `${file}: words belong into web/words`)
  }
})

const PHYSICAL =
  /(?:^|[;{\s])((?:margin|padding|border|scroll-(?:margin|padding))-(?:left|right|top|bottom)(?:-[a-z]+)?|left|right|top|bottom|(?:min-|max-)?(?:width|height)|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)/g
/** A picture over the picture has its own sides: captions stand where the broadcast put them. */
const SIDES_OF_THE_PICTURE = ['web/watch/player.css']

test('styles speak of begin and end, not of left and right', () => {
  for (const [file, source] of sources) {
    if (SIDES_OF_THE_PICTURE.includes(file)) continue
    const style = file.endsWith('.css') ? source : (/<style>([\s\S]*?)<\/style>/.exec(source)?.[1] ?? '')
    // Media queries know no logical names; comments may say what they like.
    const rules = style.replace(/\/\*[\s\S]*?\*\//g, '').replace(/@(media|container)[^{]*\{/g, '@{')
    const physical = [...rules.matchAll(PHYSICAL)].map(([text]) => text.trim())
    assert.deepEqual(physical, [], file)
  }
})

type Node = AST.Fragment | AST.SvelteNode

function walk(node: Node, visit: (node: AST.SvelteNode) => boolean): void {
  if ('type' in node && typeof node.type === 'string' && node.type !== 'Fragment') {
    if (!visit(node as AST.SvelteNode)) return
  }
  for (const [key, value] of Object.entries(node)) {
    if (key === 'metadata' || key === 'expression') continue
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each === 'object' && each !== null && 'type' in each) walk(each as Node, visit)
    }
  }
}
