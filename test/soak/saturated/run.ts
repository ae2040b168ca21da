import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { encoded } from '../../light/encoder.ts'
import { readMultivariant } from '../../light/playlist.ts'
import { loopMs, readFlvFile } from '../../light/rtmp-publisher.ts'
import { ServerProcess, until } from '../../light/server-process.ts'
import { PartWatcher } from '../continuity/part-watcher.ts'
import { Burners } from '../freeze/burners.ts'
import { PacedEncoder } from './paced-encoder.ts'
import { unreadBytes } from './unread.ts'

export type SaturatedOptions = {
  readonly broadcasts: number
  /** Of config/ladders. */
  readonly ladder: string
  /** Other work of the box, at the usual priority, in the second third of the time. */
  readonly burners: number
  readonly seconds: number
  readonly told?: (second: SaturatedSecond) => void
}

/** What was seen in one second. */
export type SaturatedSecond = {
  readonly second: number
  /** The longest that a playlist had nothing new, by the kind of playlist, milliseconds. */
  readonly sourceMs: number
  readonly rungsMs: number
  /** Of the broadcast, what lay unread before the server at most: milliseconds of it. */
  readonly unreadMs: number
  /** Qualities that are made, of all broadcasts. */
  readonly running: number
  readonly steps: number
}

export type SaturatedResult = {
  readonly seconds: readonly SaturatedSecond[]
  readonly lostEncoders: number
  /** Processor seconds of the server itself per second: children have their own. */
  readonly serverCpu: number
}

const PATIENCE_MS = 60_000
const LOOK_MS = 100

/** More broadcasts with a ladder than the box carries: what comes out late, and what it costs the encoders' uploads. */
export async function saturate(options: SaturatedOptions): Promise<SaturatedResult> {
  await using parts = new AsyncDisposableStack()
  const { broadcasts, ladder, seconds } = options
  // Told how many it may carry the server doesn't count what they cost.
  const yaml = `transcode: { ladder: ${ladder}, maxBroadcasts: ${broadcasts} }\n`
  const server = parts.use(await ServerProcess.start({ yaml }))
  const file = await encoded('hd')
  const bytesAMs = statSync(file).size / loopMs(readFlvFile(file))
  const slugs = Array.from({ length: broadcasts }, (_, index) => `hall-${index + 1}`)
  const encoders: PacedEncoder[] = []
  for (const slug of slugs) encoders.push(parts.use(await PacedEncoder.open(server.rtmpPort, slug, file)))
  for (const slug of slugs) await server.live(slug)
  const sources: PartWatcher[] = []
  const rungs: PartWatcher[] = []
  for (const slug of slugs) {
    const all = async () => readMultivariant(await (await fetch(server.playlistUrl(slug))).text())
    await until(async () => (await all()).length > 2, PATIENCE_MS, `${slug} has no further qualities`)
    for (const uri of await all()) {
      const watcher = parts.use(new PartWatcher(new URL(uri, server.playlistUrl(slug)).href))
      if (/^(?:source|audio)\b/.test(uri)) sources.push(watcher)
      else rungs.push(watcher)
    }
  }
  await Promise.all([...sources, ...rungs].map((watcher) => watcher.next(PATIENCE_MS)))
  const taken: SaturatedSecond[] = []
  const cpu = server.cpuSeconds()
  let burners: Burners | undefined
  parts.defer(async () => burners?.[Symbol.asyncDispose]())
  for (let second = 1; second <= seconds; second++) {
    if (second === Math.round(seconds / 3)) burners = new Burners(options.burners)
    if (second === Math.round((2 * seconds) / 3)) {
      await burners?.[Symbol.asyncDispose]()
      burners = undefined
    }
    for (const watcher of [...sources, ...rungs]) watcher.begin()
    let unread = 0
    for (let waited = 0; waited < 1000; waited += LOOK_MS) {
      await sleep(LOOK_MS)
      unread = Math.max(unread, unreadBytes(server.rtmpPort))
    }
    const longest = (watchers: readonly PartWatcher[]) => Math.max(...watchers.map((watcher) => watcher.waitedMs))
    const seen: SaturatedSecond = {
      ...{ second, sourceMs: longest(sources), rungsMs: longest(rungs), unreadMs: Math.round(unread / bytesAMs) },
      ...(await ladderNow(server)),
    }
    taken.push(seen)
    options.told?.(seen)
  }
  return {
    seconds: taken,
    lostEncoders: encoders.filter(({ isConnected }) => !isConnected).length,
    serverCpu: (server.cpuSeconds() - cpu) / seconds,
  }
}

async function ladderNow(server: ServerProcess): Promise<{ readonly running: number; readonly steps: number }> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const sum = (name: string) =>
    Array.from(text.matchAll(new RegExp(`^${name}{[^}]*} (\\d+)`, 'gm'))).reduce(
      (total, [, value]) => total + Number(value),
      0,
    )
  return { running: sum('streamhost_transcode_rung_running'), steps: sum('streamhost_transcode_steps_total') }
}
