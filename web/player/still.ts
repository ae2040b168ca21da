/**
 * Keeps the last picture of a video on a canvas. Between sound alone and the picture the one that was there before is better
 * than none.
 *
 * @returns whether there is a picture to show
 */
export function keepStill(video: HTMLVideoElement, still: HTMLCanvasElement): boolean {
  if (video.readyState < 2) return false
  if (video.videoWidth === 0) return still.dataset.drawn !== undefined
  still.dataset.drawn = ''
  still.width = video.videoWidth
  still.height = video.videoHeight
  still.getContext('2d')?.drawImage(video, 0, 0)
  return true
}
