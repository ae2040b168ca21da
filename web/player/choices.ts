import { keep, recall } from './kept.ts'
import type { Delay, Quality } from './live-player.ts'

/** How large captions are. */
export type CaptionSize = 'small' | 'normal' | 'large'

/** What a viewer chose for every broadcast on this device. */
export type Choices = {
  readonly quality: Quality
  readonly delay: Delay
  readonly captions: boolean
  readonly captionSize: CaptionSize
  /** Only the sound is loaded while nobody looks. */
  readonly soundInBackground: boolean
}

export function recallChoices(): Choices {
  const quality = recall('quality')
  const size = recall('caption-size')
  return {
    quality: quality === 'sound' ? 'sound' : Number(quality) > 0 ? Number(quality) : 'auto',
    delay: recall('delay') === 'safe' ? 'safe' : 'steady',
    captions: recall('captions') === 'on',
    captionSize: size === 'small' || size === 'large' ? size : 'normal',
    soundInBackground: recall('background') === null ? isPhone() : recall('background') === 'sound',
  }
}

export function keepChoices(choices: Choices): void {
  keep('quality', String(choices.quality))
  keep('delay', choices.delay)
  keep('captions', choices.captions ? 'on' : 'off')
  keep('caption-size', choices.captionSize)
  if (choices.soundInBackground !== recallChoices().soundInBackground)
    keep('background', choices.soundInBackground ? 'sound' : 'picture')
}

/**
 * On a phone the page is out of sight when the screen is off or another app is in front: a picture would be paid for by the
 * megabyte and seen by nobody. On a desk people go back and forth between tabs and want the picture at once.
 */
function isPhone(): boolean {
  return matchMedia('(pointer: coarse) and (hover: none)').matches
}
