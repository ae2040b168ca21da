/** What the coach says: at most one thing at a time is shown, the first of the list. */
export const ADVICE = [
  'no-sound',
  'sound-clipped',
  'sound-quiet',
  'uplink-too-slow',
  'frames-dropped',
  'key-frames-too-far',
  'key-frames-irregular',
  'no-idr',
  'b-frames',
  'bitrate-swings',
  'bitrate-too-high',
  'frame-rate-irregular',
  'codec-unusual',
  'clock-jumps',
  'no-picture',
] as const
