import type { player as en } from '../en/player.ts'

export const player: typeof en = {
  controls: {
    play: 'Wiedergabe',
    pause: 'Pause',
    mute: 'Ton aus',
    unmute: 'Ton an',
    volume: 'Lautstärke',
    back: '10 Sekunden zurück',
    pip: 'Bild im Bild',
    leavePip: 'Bild im Bild beenden',
    fullScreen: 'Vollbild',
    leaveFullScreen: 'Vollbild verlassen',
  },
  keys: [
    ['Leertaste', 'K', 'Wiedergabe oder Pause'],
    ['←', 'J', '10 s zurück, 30 s zurück'],
    ['→', 'L', '10 s vor, 30 s vor'],
    ['Pos1', '', 'So weit zurück wie möglich'],
    ['Ende', 'Umschalt L', 'Zum Live-Bild'],
    ['↑', '↓', 'Lauter, leiser'],
    ['M', '', 'Ton an oder aus'],
    ['F', '', 'Vollbild'],
    ['P', '', 'Bild im Bild'],
    ['Esc', '', 'Schließen, Vollbild verlassen'],
    ['?', '', 'Diese Liste'],
  ],
  lettersOn: 'Tastenkürzel aus einem Buchstaben',
  said: {
    muted: 'Ton aus',
    unmuted: 'Ton an',
    volume: (percent) => `Ton, ${percent} Prozent`,
    live: 'Live',
  },
}
