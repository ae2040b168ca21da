import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import { mount } from 'svelte'
import { askAhead } from './api/first-channel.ts'
import App from './app/App.svelte'
import { router, startRouter } from './app/router.svelte.ts'
import { loadSite } from './app/site.svelte.ts'
import { watchErrors } from './app/watch-errors.ts'
import { loadHls } from './player/load-hls.ts'
import { startWords } from './words/words.ts'

watchErrors()
// What a watch page needs most starts on its way before anything else: the player's library, and what there is to play.
if (router.route.page === 'watch') {
  void loadHls().catch(() => undefined)
  askAhead(router.route.slug)
}
startRouter()
void loadSite()
await startWords()
const target = document.getElementById('app')
if (target !== null) mount(App, { target })
