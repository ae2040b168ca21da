import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { silentLog } from '../src/base/log.ts'
import { RewindPlaylists } from '../src/deliver/hls/rewind-playlists.ts'
import type { BroadcastKeeper } from '../src/packager/keeper.ts'
import { SegmentStore } from '../src/segments/segment-store.ts'
import { announce, openPresentation } from '../test/light/package-packets.ts'
import { synthetic } from '../test/light/synthetic.ts'
import { spread } from './measure/figures.ts'
import type { Measure } from './measure/frame.ts'

/** 2.5 Mbit/s in parts of a third of a second, and 96 kbit/s beside it. */
const VIDEO_PART = 104_000
const AUDIO_PART = 4000
const PARTS = 6
const EPOCH = '0123456789abcdef0123456789abcdef'
/** Half an hour of 2 s segments. */
const WINDOW = 1800

/** What the store costs, its thread included, and the playlist of a whole rewind window. */
export const measure: Measure = {
  name: 'segments',
  about: 'keeping media on the disk, reading it back, playlists of half an hour',
  minutes: 2,
  rounds: 5,
  async run(bench) {
    const writing: number[] = []
    const reading: number[] = []
    const full: number[] = []
    const deltas: number[] = []
    for (let round = 0; round < bench.rounds; round++) {
      const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-bench-segments-'))
      try {
        const seconds = bench.short ? 10 : 120
        writing.push(await writeFor(dataDir, seconds))
        reading.push(await readBack(dataDir, seconds))
      } finally {
        await rm(dataDir, { recursive: true })
      }
      const playlists = await renderWindow(bench.short ? 60 : WINDOW)
      full.push(playlists.full)
      deltas.push(playlists.delta)
    }
    bench.tell({ name: 'keep', unit: 'ms CPU per stream-second', ours: spread(writing), atMost: 0.5 })
    bench.tell({ name: 'read back', unit: 'ms per stream-minute', ours: spread(reading) })
    bench.tell({ name: 'playlist of 30 min, whole', unit: 'ms', ours: spread(full) })
    bench.tell({ name: 'playlist of 30 min, delta', unit: 'ms', ours: spread(deltas) })
  },
}

/** Twenty channels, ten times as fast as they are. @returns ms CPU for each stream-second, of all threads */
async function writeFor(dataDir: string, seconds: number): Promise<number> {
  const store = new SegmentStore({ dataDir, limits: { minFreeBytes: 0 }, log: silentLog })
  await store.start()
  const channels = Array.from({ length: 20 }, (_, index) =>
    store.open({
      ...{ channel: `c${index}`, slug: `c${index}`, broadcast: `b${index}`, startedAt: Date.now() },
      keepSeconds: WINDOW,
    }),
  )
  const video = Buffer.alloc(VIDEO_PART, 7)
  const audio = Buffer.alloc(AUDIO_PART, 7)
  const before = process.cpuUsage()
  for (let msn = 0; msn < seconds / 2; msn++) {
    const at = msn * 180_000
    const cut = {
      ...{ msn, time: at, discontinuity: false, discontinuitySequence: 0, programDateTime: msn * 2000 },
      partTicks: 30_000,
    }
    for (const channel of channels) {
      for (const [name, bytes] of [['source', video] as const, ['audio', audio] as const]) {
        const rendition = channel.rendition(name)
        rendition.open({ msn, cut, epoch: EPOCH, initIndex: 0, time: at })
        for (let part = 0; part < PARTS; part++)
          rendition.part({ duration: 1 / 3, independent: part === 0, frames: 10 }, bytes)
        rendition.close()
      }
    }
    await sleep(200)
    while (store.describe().queuedBytes > 32 << 20) await sleep(20)
  }
  await store.stop()
  const { user, system } = process.cpuUsage(before)
  if (store.describe().lostSegments > 0) throw new Error('the disk did not keep up')
  return (user + system) / 1000 / (seconds * channels.length)
}

async function readBack(dataDir: string, seconds: number): Promise<number> {
  const store = new SegmentStore({ dataDir, limits: { minFreeBytes: 0 }, log: silentLog })
  const before = performance.now()
  await store.start()
  const ms = performance.now() - before
  await store.stop()
  return (ms * 60) / (seconds * 20)
}

/** What one change costs with viewers that want it whole or as a delta, compressed; both kept in memory only. */
async function renderWindow(seconds: number): Promise<{ full: number; delta: number }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-bench-segments-'))
  const store = new SegmentStore({ dataDir, limits: { minFreeBytes: 0 }, log: silentLog })
  await store.start()
  try {
    const info = { channel: 'c', slug: 'choir', broadcast: 'b', startedAt: Date.now(), keepSeconds: seconds }
    const keeper: BroadcastKeeper = store.open(info)
    const { broadcast, presentation } = openPresentation({ liveSeconds: 20, dvrSeconds: seconds }, {}, keeper)
    const playlists = new RewindPlaylists()
    const packets = synthetic({ seconds: seconds + 20 })
    announce(broadcast, packets)
    const measured = packets.slice(-600)
    for (const packet of packets.slice(0, -600)) broadcast.write(packet)
    let full = 0
    let delta = 0
    let changes = 0
    let version = -1
    for (const packet of measured) {
      broadcast.write(packet)
      const [rendition] = presentation.renditions
      if (rendition === undefined || rendition.window.version === version) continue
      version = rendition.window.version
      changes++
      const from = performance.now()
      playlists.render(presentation, rendition, true).gzipped.byteLength
      delta += performance.now() - from
      const then = performance.now()
      gzipSync(playlists.render(presentation, rendition, false).plain, { level: 5 })
      full += performance.now() - then
    }
    return { full: full / changes, delta: delta / changes }
  } finally {
    await store.stop()
    await rm(dataDir, { recursive: true })
  }
}
