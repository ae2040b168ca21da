import type { Measure } from './measure/frame.ts'
import { measurePlay } from './measure/play.ts'
import { nodeMediaServer } from './targets/node-media-server.ts'

/** Playing over HTTP-FLV. */
export const measure: Measure = {
  name: 'flv-play',
  about: 'HTTP-FLV to 500 players, delay, joining, beside node-media-server',
  minutes: 6,
  rounds: 3,
  seconds: 8,
  run: (bench) =>
    measurePlay(bench, {
      protocol: 'flv',
      peers: [nodeMediaServer],
      fanOut: { 'node-media-server': { atMost: 0.3 } },
      joinAtMost: 5,
    }),
}
