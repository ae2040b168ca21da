import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchChromium } from '../../light/chromium.ts'
import { Encoder } from '../../light/encoder.ts'
import { LightHlsClient } from '../../light/hls-client.ts'
import { ServerProcess } from '../../light/server-process.ts'
import { Burners } from './burners.ts'
import type { Batch } from './plan.ts'
import type { BatchResult, RunResult, Watched } from './run-result.ts'
import { watchPlayer } from './watched-player.ts'

const BURNERS = 2
/** Players come one after the other, at different phases of a segment. */
const APART_MS = 700

const NOTHING: Watched = {
  ...{ frozen: false, starved: false, failure: null, longestStillMs: 0, holes: 0, stalls: 0, rescues: 0, reloads: 0 },
  ...{ droppedFrames: 0, firstFrameMs: null, latencyP50: null, latencyP95: null, raced: 0, racedParts: 0, scene: null },
}

/**
 * A server, an encoder, a light reader, a browser with some players, and processors that are busy with other things:
 * started, watched and ended. Never throws: a batch that can't be run is one whose players failed.
 */
export async function runBatch(batch: Batch, dataDir: string, signal: AbortSignal): Promise<BatchResult> {
  const startedAt = new Date().toISOString()
  let watched: Watched[] = []
  let witness: LightHlsClient | undefined
  let server: ServerProcess | undefined
  let serverCpuSeconds: number | null = null
  let serverRssMiB: number | null = null
  let failure: string | null = null
  try {
    await using parts = new AsyncDisposableStack()
    server = parts.use(await ServerProcess.start({ profile: batch.profile, dataDir }))
    const slug = batch.known ? `${batch.encoder}-known` : `${batch.encoder}-${batch.number}`
    const encoder = parts.use(await Encoder.replay(batch.encoder, server.publishUrl(slug)))
    await server.live(slug)
    witness = new LightHlsClient(server.playlistUrl(slug))
    const reader = witness
    await reader.start()
    parts.defer(() => reader.stop())
    const browser = await launchChromium()
    parts.defer(() => browser.close())
    if (batch.load) parts.use(new Burners(BURNERS))
    const url = `${server.url}/c/${slug}`
    watched = await Promise.all(
      batch.races.map(async (race, i) => {
        await sleep(i * APART_MS, undefined, { signal }).catch(() => undefined)
        const othersInTimeSince = (sinceMs: number) => reader.inTimeSince(sinceMs)
        return watchPlayer({ browser, url, seconds: batch.seconds, race, signal, othersInTimeSince })
      }),
    )
    if (!encoder.running) throw new Error(`the encoder ended: ${encoder.output}`)
    serverCpuSeconds = server.cpuSeconds()
    serverRssMiB = Math.round(server.rssBytes() / 2 ** 20)
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error)
  }
  const runs = batch.races.map((race, i): RunResult => {
    const { profile, encoder, load, known, seconds } = batch
    const own = watched[i] ?? NOTHING
    const identity = { batch: batch.number, player: i, profile, encoder, load, known, race, seconds }
    return { ...identity, ...own, failure: own.failure ?? failure }
  })
  return {
    ...{ batch: batch.number, startedAt, loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100, runs },
    ...{ witness: witness?.reports ?? [], witnessFaults: witness?.faults ?? [], serverCpuSeconds, serverRssMiB },
  }
}
