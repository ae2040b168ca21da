import type Hls from 'hls.js'
import type { Loader, LoaderCallbacks, LoaderConfiguration, PlaylistLoaderContext } from 'hls.js'

type PlaylistLoader = Loader<PlaylistLoaderContext>
export type PlaylistLoaderClass = new (config: Hls['config']) => PlaylistLoader

/** Long enough for an answer that waits for the end of a segment. */
const patienceMs = 20_000

/** What is asked for. */
export type Wish = {
  /** The whole rewind window, else its live end. */
  readonly whole: boolean
  /** Whoever is well behind live need not hear of every part. */
  readonly patient: boolean
}

/**
 * The address of a media playlist.
 *
 * @param known the last answer listed the same: only then may this one leave out what it said (`_HLS_skip`)
 */
export function playlistAddress(url: string, { whole, patient }: Wish, known: boolean): string {
  const address = new URL(url)
  const query = address.searchParams
  query.delete('dvr')
  if (whole) query.set('dvr', '1')
  if (!known) query.delete('_HLS_skip')
  if (whole && patient) {
    // One answer for each segment, and the first one at once.
    query.delete('_HLS_part')
    if (!known) query.delete('_HLS_msn')
  }
  return address.href
}

/**
 * Which playlists hls.js is given: the short ones of live, or, for who rewinds, those of the whole window. It does not notice: to it
 * they are the same playlists, which grew at their beginning. So nothing is loaded anew, and the picture goes on.
 */
export class ListedWindow {
  #wish: Wish = { whole: false, patient: false }
  /** What the last answer for each playlist listed, by path. */
  readonly #known = new Map<string, boolean>()
  readonly #waiting = new Set<ListedLoader>()
  readonly first: 'multivariant' | 'media'
  readonly #base: string

  /**
   * @param first what is asked for first: a multivariant playlist names others and lists nothing itself
   * @param base what addresses of playlists may be relative to
   */
  constructor(first: 'multivariant' | 'media', base: string) {
    this.first = first
    this.#base = base
  }

  absolute(url: string): string {
    return new URL(url, this.#base).href
  }

  get wish(): Wish {
    return this.#wish
  }

  /** From now on this is asked for, in place of what is waited for, too. */
  ask(change: Partial<Wish>): void {
    const { whole, patient } = this.#wish
    this.#wish = { whole, patient, ...change }
    if (whole === this.#wish.whole && patient === this.#wish.patient) return
    for (const loader of this.#waiting) loader.askAnew()
  }

  /** Whether the newest answer for this playlist lists the whole window. */
  knows(url: string): boolean {
    return this.#known.get(pathOf(this.absolute(url))) === true
  }

  loader(Inner: PlaylistLoaderClass): PlaylistLoaderClass {
    const list = this
    return class extends ListedLoader {
      constructor(config: Hls['config']) {
        super(() => new Inner(config), list, list.#known, list.#waiting)
      }
    }
  }
}

class ListedLoader implements PlaylistLoader {
  readonly #make: () => PlaylistLoader
  readonly #list: Pick<ListedWindow, 'wish' | 'first' | 'absolute'>
  readonly #known: Map<string, boolean>
  readonly #waiting: Set<ListedLoader>
  #inner: PlaylistLoader
  #arguments: Parameters<PlaylistLoader['load']> | null = null

  constructor(
    make: () => PlaylistLoader,
    list: Pick<ListedWindow, 'wish' | 'first' | 'absolute'>,
    known: Map<string, boolean>,
    waiting: Set<ListedLoader>,
  ) {
    this.#make = make
    this.#list = list
    this.#known = known
    this.#waiting = waiting
    this.#inner = make()
  }

  get context() {
    return this.#arguments?.[0] ?? null
  }

  get stats() {
    return this.#inner.stats
  }

  load(
    context: PlaylistLoaderContext,
    configuration: LoaderConfiguration,
    callbacks: LoaderCallbacks<PlaylistLoaderContext>,
  ): void {
    this.#arguments = [context, configuration, callbacks]
    this.#ask()
  }

  askAnew(): void {
    this.#inner.destroy()
    this.#inner = this.#make()
    this.#ask()
  }

  #ask(): void {
    if (this.#arguments === null) return
    const [context, configuration, callbacks] = this.#arguments
    if (context.type === 'manifest' && this.#list.first === 'multivariant') {
      this.#inner.load(context, configuration, callbacks)
      return
    }
    const { wish } = this.#list
    const { whole } = wish
    const address = this.#list.absolute(context.url)
    const path = pathOf(address)
    const url = playlistAddress(address, wish, this.#known.get(path) === whole)
    const loadPolicy = { ...configuration.loadPolicy, maxTimeToFirstByteMs: patienceMs, maxLoadTimeMs: patienceMs }
    this.#waiting.add(this)
    const over = (): void => {
      this.#waiting.delete(this)
    }
    this.#inner.load(
      { ...context, url },
      wish.patient ? { ...configuration, loadPolicy, timeout: patienceMs } : configuration,
      {
        onSuccess: (response, stats, _, details) => {
          over()
          this.#known.set(path, whole)
          callbacks.onSuccess(response, stats, context, details)
        },
        onError: (error, _, details, stats) => {
          over()
          callbacks.onError(error, context, details, stats)
        },
        onTimeout: (stats, _, details) => {
          over()
          callbacks.onTimeout(stats, context, details)
        },
        onAbort: (stats, _, details) => callbacks.onAbort?.(stats, context, details),
      },
    )
  }

  abort(): void {
    this.#waiting.delete(this)
    this.#inner.abort()
  }

  destroy(): void {
    this.#waiting.delete(this)
    this.#inner.destroy()
  }

  getCacheAge(): number | null {
    return this.#inner.getCacheAge?.() ?? null
  }

  getResponseHeader(name: string): string | null {
    return this.#inner.getResponseHeader?.(name) ?? null
  }
}

const pathOf = (url: string): string => new URL(url).pathname
