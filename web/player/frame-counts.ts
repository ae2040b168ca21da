import type { PlayerStats } from './stats.ts'

/** The element counts its frames anew with every source; the player's figures go on. */
export class FrameCounts {
  #dropped = 0
  #shown = 0

  /** Another source follows. */
  next(stats: PlayerStats): void {
    this.#dropped = stats.droppedFrames
    this.#shown = stats.shownFrames
  }

  read(video: HTMLVideoElement, stats: PlayerStats): void {
    const { droppedVideoFrames = 0, totalVideoFrames = 0 } = video.getVideoPlaybackQuality?.() ?? {}
    stats.droppedFrames = this.#dropped + droppedVideoFrames
    stats.shownFrames = this.#shown + Math.max(0, totalVideoFrames - droppedVideoFrames)
  }
}
