import type { BoxOptions } from './actor.ts'

/** Some of everybody but browsers, for long enough that each of them is let go by the server and comes again. */
export const SHORT: BoxOptions = {
  ...{
    minutes: 0.4,
    publishers: 2,
    encoders: 2,
    viewers: 10,
    rewinders: 2,
    players: 3,
    chromium: 0,
    stalled: 14,
    hostile: 20,
    chat: 5,
  },
  ...{ dvrSeconds: 1800, warmUp: 0, seed: 1, short: true },
}
