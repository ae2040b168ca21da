import './style/tokens.css'
import './style/base.css'
import './style/frame.css'
import { mount } from 'svelte'
import { sayProblems } from './api/client.ts'
import { askAhead } from './api/first-channel.ts'
import App from './app/App.svelte'
import { bootPlaylist, hasChannel, isOffline } from './app/boot.ts'
import { startInstall } from './app/install.svelte.ts'
import { router, startRouter } from './app/router.svelte.ts'
import { startSession } from './app/session.svelte.ts'
import { loadSite } from './app/site.svelte.ts'
import { showTheme } from './app/theme.ts'
import { startWorker } from './app/update.ts'
import { watchErrors } from './app/watch-errors.ts'
import { askMediaAhead } from './player/ask-ahead.ts'
import { playsAtOnce } from './player/autoplay.ts'
import { loadHls } from './player/load-hls.ts'
import { problemWords } from './words/problem-words.ts'
import { startWords } from './words/words.ts'

watchErrors()
sayProblems(problemWords)
// What a player needs most starts on its way before anything else: its library, and what there is to play.
const { route } = router
if ((route.page === 'watch' || route.page === 'embed') && !isOffline) {
  void loadHls().catch(() => undefined)
  if (bootPlaylist !== null && playsAtOnce()) askMediaAhead(bootPlaylist)
  if (!hasChannel) askAhead(route.slug)
}
showTheme()
startInstall()
startRouter()
void loadSite()
// Another site's page shows nobody's name.
if (route.page !== 'embed') startSession()
await startWords()
const target = document.getElementById('app')
if (target !== null) {
  // What the document showed until now.
  target.replaceChildren()
  mount(App, { target })
}
// Another site's page keeps nothing of ours.
if (route.page !== 'embed') startWorker(route.page === 'watch')
