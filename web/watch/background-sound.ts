import type { LivePlayer } from '../player/live-player.ts'

/** Out of sight for less than this, nothing is loaded anew. */
const patienceMs = 5000
/** Phones pause a picture nobody sees; a pause so soon after is no wish of the viewer. */
const pausedBySystemMs = 1000

/** Loads only the sound while the page is out of sight, if the viewer wants that. @returns stops watching */
export function watchBackground(video: HTMLVideoElement, player: LivePlayer, enabled: () => boolean): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null
  let hiddenMs = Number.NEGATIVE_INFINITY
  const wanted = (): boolean =>
    enabled() && document.pictureInPictureElement !== video && player.stats.state === 'playing'

  const onVisibility = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (document.visibilityState === 'visible') {
      player.setBackground(false)
      return
    }
    hiddenMs = performance.now()
    timer = setTimeout(() => {
      if (wanted()) player.setBackground(true)
    }, patienceMs)
  }
  const onPause = (): void => {
    const soon = performance.now() - hiddenMs < pausedBySystemMs
    if (document.visibilityState !== 'hidden' || !soon || !enabled() || player.soundOnly) return
    player.keepPlaying()
    player.setBackground(true)
  }
  document.addEventListener('visibilitychange', onVisibility)
  video.addEventListener('pause', onPause)
  return () => {
    if (timer !== null) clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisibility)
    video.removeEventListener('pause', onPause)
  }
}
