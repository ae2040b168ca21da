/**
 * Keeps the page's own files, so that it opens when the server can't be reached and says so in the organisation's look.
 * It answers pages and its own files and nothing else: media, the API and WebSockets never pass through it.
 */
/** Written by the build: the addresses of the shell, and a name that changes with any of them. */
declare const __SHELL__: { readonly name: string; readonly files: readonly string[] }

const worker = self as unknown as ServiceWorkerGlobalScope

const PREFIX = 'shell-'
const CACHE = PREFIX + __SHELL__.name
const OFFLINE = '/offline'
const FILES: ReadonlySet<string> = new Set(__SHELL__.files)
/** Where programs ask, not people. */
const NOT_PAGES = /^\/(api|live|vod|whip|whep|time|healthz|readyz|metrics)(\/|$)/

worker.addEventListener('install', (event) => {
  event.waitUntil(keepShell())
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOldShells().then(() => worker.clients.claim()))
})

// A new worker waits until a page says that nobody plays in any tab.
worker.addEventListener('message', (event) => {
  if (event.data === 'take-over') void worker.skipWaiting()
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return
  if (request.mode === 'navigate') {
    if (!NOT_PAGES.test(url.pathname)) event.respondWith(page(request))
  } else if (FILES.has(url.pathname)) event.respondWith(kept(request, url.pathname))
})

async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE)
  // Files with a hash in their name may come from the browser's own cache, the document may not.
  await cache.addAll([...FILES].map((file) => new Request(file)))
  await cache.add(new Request(OFFLINE, { cache: 'reload' }))
}

async function dropOldShells(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name)
  }
}

/** The server has the word; only when it can't be reached at all the kept document stands in. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const offline = await caches.match(OFFLINE, { cacheName: CACHE, ignoreVary: true })
    if (offline === undefined) throw error
    return offline
  }
}

async function kept(request: Request, path: string): Promise<Response> {
  return (await caches.match(path, { cacheName: CACHE, ignoreVary: true })) ?? fetch(request)
}

export {}
