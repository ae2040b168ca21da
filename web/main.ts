import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import { mount } from 'svelte'
import App from './app/App.svelte'
import { router, startRouter } from './app/router.svelte.ts'
import { loadSite } from './app/site.svelte.ts'
import { loadHls } from './player/load-hls.ts'
import { startWords } from './words/words.ts'

// The player's library is the largest file: on a watch page it starts on its way before anything else.
if (router.route.page === 'watch') void loadHls().catch(() => undefined)
startRouter()
void loadSite()
await startWords()
const target = document.getElementById('app')
if (target !== null) mount(App, { target })
