import type { Engine, EngineFailure } from './engine.ts'
import type { Range } from './watchdog.ts'

type WithStartDate = HTMLVideoElement & { getStartDate?: () => Date }

/** The last resort: a browser without Media Source Extensions that plays HLS itself. It keeps its own distance to live. */
export class NativeEngine implements Engine {
  readonly kind = 'native'
  readonly captions = null
  readonly #video: WithStartDate
  readonly #onError: () => void

  constructor(video: HTMLVideoElement, url: string, failed: (why: EngineFailure) => void) {
    this.#video = video
    this.#onError = () => {
      const code = video.error?.code
      failed(code === MediaError.MEDIA_ERR_DECODE ? 'media' : 'network')
    }
    video.addEventListener('error', this.#onError)
    video.src = url
  }

  static can(video: HTMLVideoElement): boolean {
    return video.canPlayType('application/vnd.apple.mpegurl') !== ''
  }

  syncPosition(): number | null {
    const window = this.window()
    return window === null ? null : Math.max(window[0], window[1] - 1.5)
  }

  playingAtMs(): number | null {
    const startMs = this.#video.getStartDate?.().getTime() ?? Number.NaN
    return Number.isFinite(startMs) ? startMs + this.#video.currentTime * 1000 : null
  }

  window(): Range | null {
    const { seekable } = this.#video
    return seekable.length === 0 ? null : [seekable.start(0), seekable.end(seekable.length - 1)]
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
    this.#video.removeAttribute('src')
    this.#video.load()
  }
}
