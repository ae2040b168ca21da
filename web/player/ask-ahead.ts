import type Hls from 'hls.js'
import type { Loader, PlaylistLoaderContext } from 'hls.js'
import { initOf, playlistsToAsk } from './playlist-names.ts'

/** Older than this (ms), an answer may be about another broadcast. */
const freshMs = 10_000

let asked: { readonly url: string; readonly text: Promise<string | null>; readonly atMs: number } | null = null

/**
 * Asks for what doesn't change while the player's library is still on its way: the multivariant playlist, for `aheadLoader`,
 * and the init segments, which the browser keeps (they are immutable). Media playlists go out of date at once; they are
 * asked for only because they name the init segments.
 */
export function askMediaAhead(url: string): void {
  const absolute = new URL(url, location.href).href
  const text = textOf(absolute)
  asked = { url: absolute, text, atMs: performance.now() }
  void text.then((playlist) => {
    for (const media of playlistsToAsk(playlist ?? '')) void askInit(new URL(media, absolute).href)
  })
}

async function askInit(playlist: string): Promise<void> {
  const init = initOf((await textOf(playlist)) ?? '')
  if (init !== null)
    await fetch(new URL(init, playlist)).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    )
}

function textOf(url: string): Promise<string | null> {
  return fetch(url).then(
    (answer) => (answer.ok ? answer.text() : null),
    () => null,
  )
}

type PlaylistLoader = Loader<PlaylistLoaderContext>
type PlaylistLoaderClass = new (config: Hls['config']) => PlaylistLoader

/** hls.js' own loader of playlists, but for an answer that was asked for ahead: that is taken, once. */
export function aheadLoader(library: typeof Hls): PlaylistLoaderClass {
  return class extends (library.DefaultConfig.loader as PlaylistLoaderClass) {
    #over = false

    override load(...args: Parameters<PlaylistLoader['load']>): void {
      const [context, , callbacks] = args
      const text = takeAnswer(context.url)
      if (text === null) {
        super.load(...args)
        return
      }
      const start = performance.now()
      void text.then((data) => {
        if (this.#over) return
        if (data === null) {
          super.load(...args)
          return
        }
        const end = performance.now()
        this.stats.loading = { start, first: end, end }
        this.stats.loaded = data.length
        this.stats.total = data.length
        callbacks.onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null)
      })
    }

    override abort(): void {
      this.#over = true
      super.abort()
    }

    override destroy(): void {
      this.#over = true
      super.destroy()
    }
  }
}

function takeAnswer(url: string): Promise<string | null> | null {
  if (asked?.url !== new URL(url, location.href).href) return null
  const { text, atMs } = asked
  asked = null
  return performance.now() - atMs > freshMs ? null : text
}
