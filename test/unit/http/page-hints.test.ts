import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchPageHints } from '../../../src/http/page-hints.ts'

const manifest = {
  'watch/Watch.svelte': { file: 'assets/Watch-1.js', imports: ['_site.js', '_icon.js'], css: ['assets/Watch-1.css'] },
  '_site.js': { file: 'assets/site-1.js', imports: ['_icon.js'] },
  '_icon.js': { file: 'assets/icon-1.js', imports: ['_site.js'] },
  'home/Home.svelte': { file: 'assets/Home-1.js' },
  '../node_modules/hls.js/dist/hls.mjs': { file: 'assets/hls-1.js' },
}

test('the watch page is told of its scripts and styles, each once, and of no other page’s', () => {
  assert.equal(
    watchPageHints(JSON.stringify(manifest)),
    '</assets/Watch-1.css>; rel=preload; as=style, </assets/Watch-1.js>; rel=modulepreload, ' +
      '</assets/site-1.js>; rel=modulepreload, </assets/icon-1.js>; rel=modulepreload, </assets/hls-1.js>; rel=modulepreload',
  )
})

test('without a manifest that is understood nothing is said', () => {
  for (const text of ['undefined', '[]', '{}', '{"watch/Watch.svelte":{}}', '{"home/Home.svelte":{"file":"a.js"}}'])
    assert.equal(watchPageHints(text), undefined)
})
