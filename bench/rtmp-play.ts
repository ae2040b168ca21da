import type { Measure } from './measure/frame.ts'
import { measurePlay } from './measure/play.ts'
import { nginxRtmp } from './targets/nginx-rtmp.ts'
import { nodeMediaServer } from './targets/node-media-server.ts'

/** Playing over RTMP. */
export const measure: Measure = {
  name: 'rtmp-play',
  about: 'RTMP to 500 players, delay, joining, beside nginx-rtmp and node-media-server',
  minutes: 8,
  rounds: 3,
  seconds: 8,
  run: (bench) =>
    measurePlay(bench, {
      protocol: 'rtmp',
      peers: [nginxRtmp({ hls: false }), nodeMediaServer],
      fanOut: { 'nginx-rtmp': { atMost: 0.5 }, 'node-media-server': { atMost: 0.35 } },
      joinAtMost: 10,
    }),
}
