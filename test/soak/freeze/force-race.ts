export type RaceOptions = {
  /** Race in every n-th segment. */
  readonly every: number
  /** No answer is held back longer than this, milliseconds. */
  readonly longestHoldMs: number
  /** So long a reload is put off, milliseconds; longer than a part. */
  readonly lateMs: number
}

export const RACE: RaceOptions = { every: 2, longestHoldMs: 1200, lateMs: 400 }

/**
 * Runs in the page before its own scripts, and makes happen in every n-th segment, without any load, what CPU load makes
 * happen now and then: the last part but one is handed to hls.js just before the playlist that completes its segment.
 *
 * hls.js ends its round of parts when the newest listed one is loaded. If the completing playlist is read between that and
 * the appending of the part, hls.js asks of a segment that it then knows to be almost complete whether it is complete.
 * So: the answer to a part near the end of a segment waits until a playlist lists the part behind it; then hls.js gets the
 * part, and in the next macrotask the playlist. Which parts are near the end is learnt from the segments before.
 *
 * A server may list the last part first and complete the segment only together with the next one. A player whose reload is
 * late gets both at once all the same: so every other time the reload that would bring the last part is put off.
 *
 * Refers to nothing outside itself, for its text is sent to the browser. `globalThis.raced` lists the segments whose last
 * part but one was handed over just before the playlist that completes them, `racedParts` counts all that were handed over
 * just before the playlist that lists their successor.
 */
export function forceRace({ every, longestHoldMs, lateMs }: RaceOptions): void {
  type Track = 'main' | 'audio'
  type Callbacks = { readonly onSuccess: (...answer: unknown[]) => void }
  type Context = {
    readonly type?: string
    readonly frag?: { readonly type: string; readonly sn: number | 'initSegment' }
    readonly part?: { readonly index: number } | null
  }
  interface Loader {
    load(context: Context, config: unknown, callbacks: Callbacks): void
    abort(): void
    destroy(): void
  }
  type LoaderClass = new (config: unknown) => Loader
  type Detail = {
    readonly Hls: { readonly DefaultConfig: { readonly loader: LoaderClass } }
    readonly config: { fLoader?: LoaderClass; pLoader?: LoaderClass }
  }
  type Held = { readonly sn: number; readonly index: number; readonly owner: Loader; readonly give: () => void }
  /** What a playlist says of a segment: how many parts are listed, and whether it is complete. */
  type Listing = { parts: number; complete: boolean }

  const scope = globalThis as unknown as { readonly document: EventTarget; raced: string[]; racedParts: number }
  scope.raced = []
  scope.racedParts = 0
  const held = new Map<Track, Held>()
  const lately = new Map<Track, number[]>()
  const newest = new Map<Track, { readonly sn: number; readonly parts: number }>()
  const trackOf = (context: Context): Track | undefined => {
    const name = context.frag?.type ?? { level: 'main', audioTrack: 'audio' }[context.type ?? '']
    return name === 'main' || name === 'audio' ? name : undefined
  }

  const release = (track: Track): void => {
    const waiting = held.get(track)
    held.delete(track)
    waiting?.give()
  }

  const read = (text: string): Map<number, Listing> => {
    const listings = new Map<number, Listing>()
    const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0)
    let sn = first + Number(/SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1] ?? 0)
    const at = (): Listing => {
      const listing = listings.get(sn) ?? { parts: 0, complete: false }
      listings.set(sn, listing)
      return listing
    }
    for (const line of text.split('\n')) {
      if (line.startsWith('#EXT-X-PART:')) at().parts++
      else if (line.startsWith('#EXTINF:')) {
        at().complete = true
        sn++
      }
    }
    return listings
  }

  scope.document.addEventListener('player-config', (event) => {
    const { Hls, config } = (event as unknown as { readonly detail: Detail }).detail
    const Base = Hls.DefaultConfig.loader

    config.fLoader = class extends Base {
      override load(context: Context, settings: unknown, callbacks: Callbacks): void {
        const track = trackOf(context)
        const sn = Number(context.frag?.sn)
        const index = context.part?.index
        const nearEnd = Math.min(...(track === undefined ? [] : (lately.get(track) ?? []))) - 2
        if (track === undefined || index === undefined || sn % every !== 0 || index < nearEnd) {
          super.load(context, settings, callbacks)
          return
        }
        const onSuccess = (...answer: unknown[]): void => {
          release(track)
          const mine: Held = { sn, index, owner: this, give: () => callbacks.onSuccess(...answer) }
          held.set(track, mine)
          setTimeout(() => {
            if (held.get(track) === mine) release(track)
          }, longestHoldMs)
        }
        super.load(context, settings, { ...callbacks, onSuccess })
      }
      override abort(): void {
        this.#forget()
        super.abort()
      }
      override destroy(): void {
        this.#forget()
        super.destroy()
      }
      #forget(): void {
        for (const [track, { owner }] of held) if (owner === this) held.delete(track)
      }
    }

    config.pLoader = class extends Base {
      #destroyed = false
      override load(context: Context, settings: unknown, callbacks: Callbacks): void {
        const track = trackOf(context)
        if (track === undefined) {
          super.load(context, settings, callbacks)
          return
        }
        const onSuccess = (...answer: unknown[]): void => {
          const listings = read(String((answer[0] as { readonly data: unknown }).data))
          const complete = [...listings.values()].filter((listing) => listing.complete && listing.parts > 0)
          lately.set(
            track,
            complete.slice(-4).map(({ parts }) => parts),
          )
          for (const [sn, { parts }] of listings) newest.set(track, { sn, parts })
          const waiting = held.get(track)
          const listing = waiting && listings.get(waiting.sn)
          if (waiting === undefined || listing === undefined || listing.parts <= waiting.index + 1) {
            callbacks.onSuccess(...answer)
            return
          }
          scope.racedParts++
          if (listing.complete && listing.parts === waiting.index + 2) scope.raced.push(`${track}:${waiting.sn}`)
          release(track)
          setTimeout(() => {
            if (!this.#destroyed) callbacks.onSuccess(...answer)
          }, 0)
        }
        const { sn = 1, parts = 0 } = newest.get(track) ?? {}
        const bringsLast = parts === Math.min(...(lately.get(track) ?? [])) - 1
        const begin = (): void => {
          if (!this.#destroyed) super.load(context, settings, { ...callbacks, onSuccess })
        }
        if (bringsLast && sn % (2 * every) === 0) setTimeout(begin, lateMs)
        else begin()
      }
      override destroy(): void {
        this.#destroyed = true
        super.destroy()
      }
    }
  })
}
