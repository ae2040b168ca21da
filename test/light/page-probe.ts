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
