import type { Plugin } from 'vite'

/**
 * Parts of hls.js that nothing here uses: subtitles in files of their own (captions are ours, see `player/captions`), protected
 * media, content steering, pictures for seeking, adverts, and CMCD (`player/cmcd.ts` says what we tell). Its light build lacks the sound
 * as a rendition of its own, which we need.
 */
const unused = [
  'subtitleStreamController',
  'subtitleTrackController',
  'timelineController',
  'emeController',
  'cmcdController',
  'contentSteeringController',
  'iframeController',
  'interstitialsController',
]

/**
 * Leaves them out of the page: a quarter of hls.js, by taking them out of its default configuration, so that the bundler finds that nobody
 * needs them. hls.js is pinned, and the build fails when a part is no longer where it was.
 */
export function hlsParts(): Plugin {
  return {
    name: 'hls-parts',
    transform: {
      filter: { id: /hls\.js\/dist\/hls\.mjs$/ },
      handler(code) {
        let out = code
        for (const part of unused) {
          const entry = new RegExp(`^  ${part}: [A-Z]\\w+ ?(,?)$`, 'm')
          if (!entry.test(out)) throw new Error(`hls.js has no ${part} where it used to be: see web/hls-parts.ts`)
          out = out.replace(entry, `  ${part}: undefined$1`)
        }
        return { code: out, map: null }
      },
    },
  }
}
