/**
 * The service worker, and when a new one takes over: while nobody plays or broadcasts in any tab. Who does holds the
 * lock; a page then loads anew with its next step.
 */
const lock = 'playing'
const lookAgainMs = 60_000

let outdated = false

/** The page's files are of an older version: its next page is to be loaded as a document. */
export function isOutdated(): boolean {
  return outdated
}

/** A worker is worth no delay of a picture that is on its way, and none is on its way for longer. */
const longestWaitMs = 20_000

/**
 * Nothing to do with service workers over plain HTTP, in old browsers, and within other sites' pages.
 *
 * @param afterPicture what the worker keeps is loaded after the first picture
 */
export function startWorker(afterPicture: boolean): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  watchPlaying()
  const { serviceWorker } = navigator
  const turn = afterPicture ? firstPicture() : Promise.resolve()
  // The first worker of a new visitor changes nothing; each later one does.
  let controlled = serviceWorker.controller !== null
  serviceWorker.addEventListener('controllerchange', () => {
    outdated = controlled
    controlled = true
    if (outdated && document.visibilityState === 'hidden') location.reload()
  })
  void turn
    .then(() => serviceWorker.register('/sw.js', { updateViaCache: 'none' }))
    .then(waitForTurn)
    // Storage may be forbidden or full; the page works all the same.
    .catch(() => undefined)
}

function waitForTurn(registration: ServiceWorkerRegistration): void {
  const offer = () => void offerTurn(registration)
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offer)
  })
  document.addEventListener('visibilitychange', offer)
  setInterval(offer, lookAgainMs)
  offer()
}

async function offerTurn({ waiting }: ServiceWorkerRegistration): Promise<void> {
  if (waiting === null) return
  await navigator.locks.request(lock, { mode: 'exclusive', ifAvailable: true }, (free) => {
    if (free !== null) waiting.postMessage('take-over')
  })
}

function firstPicture(): Promise<void> {
  return new Promise((resolve) => {
    document.addEventListener('playing', () => resolve(), { capture: true, once: true })
    setTimeout(resolve, longestWaitMs)
  })
}

/** Media events don't bubble, but they can be caught on their way down. */
function watchPlaying(): void {
  const playing = new Set<EventTarget>()
  let release: (() => void) | null = null
  const look = (event: Event, plays: boolean) => {
    if (event.target === null) return
    if (plays) playing.add(event.target)
    else playing.delete(event.target)
    if (playing.size === 0) {
      release?.()
      release = null
    } else if (release === null) {
      const { promise, resolve } = Promise.withResolvers<void>()
      release = resolve
      void navigator.locks.request(lock, { mode: 'shared' }, () => promise)
    }
  }
  document.addEventListener('playing', (event) => look(event, true), true)
  for (const end of ['pause', 'ended', 'emptied']) document.addEventListener(end, (event) => look(event, false), true)
}
