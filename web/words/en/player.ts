/** Words of the player alone. */
export const player = {
  /** What the parts of media-chrome say. */
  controls: {
    play: 'Play',
    pause: 'Pause',
    mute: 'Sound off',
    unmute: 'Sound on',
    volume: 'Volume',
    back: 'Back 10 seconds',
    pip: 'Picture in picture',
    leavePip: 'Leave picture in picture',
    fullScreen: 'Full screen',
    leaveFullScreen: 'Leave full screen',
  },
  keys: [
    ['Space', 'K', 'Play or pause'],
    ['←', 'J', 'Back 10 s, back 30 s'],
    ['→', 'L', 'On 10 s, on 30 s'],
    ['Home', '', 'As far back as it goes'],
    ['End', 'Shift L', 'Go to live'],
    ['↑', '↓', 'Louder, quieter'],
    ['M', '', 'Sound on or off'],
    ['F', '', 'Full screen'],
    ['P', '', 'Picture in picture'],
    ['Esc', '', 'Close, leave full screen'],
    ['?', '', 'This list'],
  ] as ReadonlyArray<readonly [string, string, string]>,
  lettersOn: 'Single-letter shortcuts',
  said: {
    muted: 'Sound off',
    unmuted: 'Sound on',
    volume: (percent: number) => `Sound, ${percent} per cent`,
    live: 'Live',
  },
}
