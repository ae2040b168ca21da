import type { Engine, EngineFailure } from './engine.ts'
import type { Range } from './watchdog.ts'

type WithStartDate = HTMLVideoElement & { getStartDate?: () => Date }

/** The last resort: a browser without Media Source Extensions that plays HLS itself. It keeps its own distance to live. */
export class NativeEngine implements Engine {
  readonly kind = 'native'
  readonly captions = null
  readonly #video: WithStartDate
  readonly #onError: () => void
  readonly #onReady: () => void
  readonly listsWhole: boolean

  /** @param from where to begin (ms since 1970), in the whole rewind window; null: at live */
  constructor(video: HTMLVideoElement, url: string, from: number | null, failed: (why: EngineFailure) => void) {
    this.#video = video
    this.listsWhole = from !== null
    this.#onReady = () => {
      const startMs = this.dateAt(0)
      if (from !== null && startMs !== null) this.seek((from - startMs) / 1000)
    }
    video.addEventListener('loadedmetadata', this.#onReady)
    this.#onError = () => {
      const code = video.error?.code
      failed(code === MediaError.MEDIA_ERR_DECODE ? 'media' : 'network')
    }
    video.addEventListener('error', this.#onError)
    video.src = from === null ? url : wholeWindow(url)
  }

  static can(video: HTMLVideoElement): boolean {
    return video.canPlayType('application/vnd.apple.mpegurl') !== ''
  }

  syncPosition(): number | null {
    const window = this.window()
    return window === null ? null : Math.max(window[0], window[1] - 1.5)
  }

  playingAtMs(): number | null {
    return this.dateAt(this.#video.currentTime)
  }

  dateAt(time: number): number | null {
    const startMs = this.#video.getStartDate?.().getTime() ?? Number.NaN
    return Number.isFinite(startMs) ? startMs + time * 1000 : null
  }

  window(): Range | null {
    const { seekable } = this.#video
    return seekable.length === 0 ? null : [seekable.start(0), seekable.end(seekable.length - 1)]
  }

  /** The browser reads its playlist by itself: another one is another source, for which the player opens an engine anew. */
  list(): void {}

  get live(): boolean {
    return !Number.isFinite(this.#video.duration)
  }

  position(): number {
    return this.#video.currentTime
  }

  seek(time: number): void {
    const window = this.window()
    if (window !== null) this.#video.currentTime = Math.max(window[0], Math.min(time, window[1] - 0.5))
  }

  seekLive(): void {
    const sync = this.syncPosition()
    if (sync !== null) this.#video.currentTime = sync
  }

  stayBehind(): void {}

  cushion(): number {
    return 0
  }

  holdBack(): void {}

  rungs(): [] {
    return []
  }

  rung(): null {
    return null
  }

  choose(): void {}

  soundRate(): null {
    return null
  }

  throughput(): null {
    return null
  }

  mend(): boolean {
    return false
  }

  tick(): void {}

  destroy(): void {
    this.#video.removeEventListener('error', this.#onError)
    this.#video.removeEventListener('loadedmetadata', this.#onReady)
    this.#video.removeAttribute('src')
    this.#video.load()
  }
}

function wholeWindow(url: string): string {
  const address = new URL(url, location.href)
  address.searchParams.set('dvr', '1')
  return address.href
}
