import 'media-chrome/dist/media-controller.js'
import 'media-chrome/dist/media-fullscreen-button.js'
import 'media-chrome/dist/media-mute-button.js'
import 'media-chrome/dist/media-pip-button.js'
import 'media-chrome/dist/media-play-button.js'
import 'media-chrome/dist/media-volume-range.js'
import { addTranslation, setLanguage } from 'media-chrome/dist/utils/i18n.js'
import { words } from '../words/words.ts'

export { default as SeekBar } from './SeekBar.svelte'

const { watch } = words
const { controls } = words.player

// The parts of media-chrome speak our words.
addTranslation('en', {
  play: controls.play,
  pause: controls.pause,
  mute: controls.mute,
  unmute: controls.unmute,
  volume: controls.volume,
  'enter picture in picture mode': controls.pip,
  'exit picture in picture mode': controls.leavePip,
  'enter fullscreen mode': controls.fullScreen,
  'exit fullscreen mode': controls.leaveFullScreen,
  'video player': watch.player,
})
setLanguage('en')
