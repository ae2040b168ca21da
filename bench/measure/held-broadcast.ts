import { encoded } from '../../test/light/encoder.ts'
import { until } from '../../test/light/server-process.ts'
import type { Running } from '../targets/target.ts'
import type { Bench } from './frame.ts'
import { LoadProcess } from './load-process.ts'

/** What a broadcast of a few seconds left in the live window of a server that waits for its publisher. */
export type LeftBehind = {
  readonly playlist: string
  readonly segments: readonly string[]
  readonly parts: readonly string[]
}

/** Publishes until there are some closed segments, and goes away: what is in the window stays the same from then on. */
export async function leaveBroadcast(bench: Bench, server: Running): Promise<LeftBehind> {
  const file = bench.short ? undefined : await encoded('hd')
  const options = { port: server.rtmpPort, publishers: 1, warmUpMs: 0, prefix: 'left', ...(file && { file }) }
  const playlist = '/live/left-0/source.m3u8'
  const wanted = bench.short ? 1 : 5
  let found: LeftBehind = { playlist, segments: [], parts: [] }
  {
    await using _ = await LoadProcess.start('publish', options)
    await until(
      async () => {
        const text = await (await fetch(`http://127.0.0.1:${server.httpPort}${playlist}`)).text()
        return (text.match(/^#EXTINF/gm)?.length ?? 0) >= wanted
      },
      30_000,
      'there are no segments',
    )
  }
  const text = await (await fetch(`http://127.0.0.1:${server.httpPort}${playlist}`)).text()
  const absolute = (uri: string) => `/live/left-0/${uri}`
  found = {
    playlist,
    segments: text
      .split('\n')
      .filter((line) => line.endsWith('.m4s'))
      .map(absolute),
    parts: [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map(([, uri]) => absolute(uri ?? '')),
  }
  return found
}
