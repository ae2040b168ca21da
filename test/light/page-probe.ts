/** What the probe leaves in the page's global scope. Milliseconds since the navigation began. */
export type Probed = { readonly firstFrameMs?: number }

type Video = { requestVideoFrameCallback(callback: () => void): number }
type PageScope = {
  firstFrameMs?: number
  readonly document: { querySelector(selector: string): Video | null }
  requestAnimationFrame(callback: () => void): number
}

/** Runs in the page before its own scripts: notes when the first picture is put on the screen. Refers to nothing outside itself. */
export function noteFirstFrame(): void {
  const page = globalThis as unknown as PageScope
  const look = () => {
    const video = page.document.querySelector('video')
    if (video === null) return void page.requestAnimationFrame(look)
    video.requestVideoFrameCallback(() => {
      page.firstFrameMs = performance.now()
    })
  }
  look()
}

/** What `noteWaits` leaves in the page's global scope as `waits`: the longest of each, in milliseconds. */
export type Waits = {
  /** `currentTime` did not move though the page itself ran. */
  stillMs: number
  /** A request waited for one of the connections to the host. */
  playlistMs: number
  mediaMs: number
  otherMs: number
}

type Entry = {
  readonly name: string
  readonly fetchStart: number
  readonly connectStart: number
  readonly connectEnd: number
  readonly requestStart: number
}
type WaitScope = {
  waits?: Waits
  readonly document: { querySelector(selector: string): { readonly currentTime: number } | null }
  readonly PerformanceObserver: new (
    take: (list: { getEntries(): Entry[] }) => void,
  ) => { observe(options: { type: string; buffered: boolean }): void }
}

/** Runs in the page before its own scripts: how long its picture stands still, and what its requests wait for. Refers to nothing outside itself. */
export function noteWaits(): void {
  const page = globalThis as unknown as WaitScope
  const waits: Waits = { stillMs: 0, playlistMs: 0, mediaMs: 0, otherMs: 0 }
  page.waits = waits
  new page.PerformanceObserver((list) => {
    for (const { name, fetchStart, connectStart, connectEnd, requestStart } of list.getEntries()) {
      if (requestStart === 0) continue
      const waited = requestStart - fetchStart - (connectEnd - connectStart)
      const kind = !name.includes('/live/') ? 'otherMs' : name.includes('.m3u8') ? 'playlistMs' : 'mediaMs'
      waits[kind] = Math.max(waits[kind], Math.round(waited))
    }
  }).observe({ type: 'resource', buffered: true })
  const everyMs = 50
  let time = 0
  let stillMs = 0
  let lookedMs = performance.now()
  setInterval(() => {
    const now = page.document.querySelector('video')?.currentTime ?? 0
    const passedMs = performance.now() - lookedMs
    lookedMs += passedMs
    if (now !== time || time === 0) stillMs = 0
    // A page that got no processor says nothing about its picture: it counts as one look.
    else stillMs += Math.min(passedMs, 2 * everyMs)
    time = now
    waits.stillMs = Math.max(waits.stillMs, Math.round(stillMs))
  }, everyMs)
}
