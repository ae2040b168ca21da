/**
 * What the coach says: at most one thing at a time is shown, the first of the list. `found` → `wanted` of each kind:
 * `no-sound`: `none` (no track) or `silent` → `sound`. `sound-clipped`, `sound-quiet`: dBFS. `uplink-too-slow`, `bitrate-swings`,
 * `bitrate-too-high`: kbit/s of the picture. `frames-dropped`: percent → 0. `key-frames-too-far`: seconds.
 * `key-frames-irregular`: seconds, as `0.4–2` → 2. `no-idr`: `none` → seconds. `b-frames`: in a row → 0.
 * `frame-rate-irregular`: a second, as `15–30` → 30. `codec-unusual`: a profile (`High 4:2:2` → `High`), `interlaced` →
 * `progressive`, `6 ch` → `2 ch`, `22050 Hz` → `48000 Hz`. `clock-jumps`: in the last minute → 0.
 * `no-picture`: `none` (no track) or `stopped` → `picture`. `two-encoders`: refused in the last minute → 0.
 */
export const ADVICE = [
  'two-encoders',
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
