import type { BroadcastHistory } from '../accounts/channels/broadcast-history.ts'
import type { BroadcastLook } from '../accounts/channels/broadcast-tally.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import { NotFoundError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Metric, MetricSource } from '../base/metric.ts'
import type { IngestReport, PageError, QualityReport, Status } from '../contract/insight.ts'
import type { Edge } from '../deliver/edge/edge.ts'
import type { Players } from '../deliver/flv/players.ts'
import type { Insight } from '../http/insight-routes.ts'
import type { Reports } from '../http/report-routes.ts'
import type { RtmpServer } from '../ingest/rtmp/server.ts'
import type { SoundLevel } from '../ingest/sound/measure-sound.ts'
import { type IngestFigures, IngestMonitor } from '../insight/ingest/ingest-monitor.ts'
import { PageErrors } from '../insight/page-errors.ts'
import { RecentQuality } from '../insight/quality/recent-quality.ts'
import { type PlayerNote, ViewerQuality } from '../insight/quality/viewer-quality.ts'
import type { Hub } from '../live/hub.ts'
import type { Packager } from '../packager/packager.ts'
import type { Store } from '../store/store.ts'
import type { Transcoder } from '../transcode/transcoder.ts'
import { BoxFigures } from './box-figures.ts'
import { broadcastFigures } from './ingest-figures.ts'
import { ladderReport } from './ladder-report.ts'
import { boxMetrics } from './metrics/box-metrics.ts'
import { edgeMetrics, windowMetrics } from './metrics/delivery-metrics.ts'
import { broadcastMetrics, encoderMetrics, rtmpMetrics } from './metrics/ingest-metrics.ts'
import { playerMetrics } from './metrics/player-metrics.ts'
import type { SoundLevels } from './sound-levels.ts'
import { VERSION } from './version.ts'

const TICK_MS = 1000
/** How long a channel's title may be an old one in the status. */
const TITLE_MS = 10_000

export type ServerInsightOptions = {
  readonly dataDir: string
  readonly hub: Hub
  readonly rtmp: RtmpServer
  readonly edge: Edge
  readonly players: Players
  readonly packager: Packager
  readonly store: Store
  readonly log: Log
  readonly channels: Channels
  readonly sound: SoundLevels
  readonly transcoder: Transcoder
  readonly history: Pick<BroadcastHistory, 'tick'>
  readonly viewers: (slug: string) => number
  readonly ports: () => Status['ports']
  /** WebSockets open now. */
  readonly sockets: () => number
}

/** How this server runs: looks once a second, answers when asked. */
export class ServerInsight implements Insight, Reports {
  readonly name = 'insight'
  readonly #options: ServerInsightOptions
  readonly #monitor: IngestMonitor
  readonly #box: BoxFigures
  readonly #viewers: ViewerQuality
  readonly #recent = new RecentQuality()
  readonly #pageErrors: PageErrors
  readonly #startedAt = new Date().toISOString()
  readonly #titles = new Map<string, { readonly title: string; readonly untilMs: number }>()
  #ticker: NodeJS.Timeout | undefined

  constructor(options: ServerInsightOptions) {
    const { hub, rtmp, edge, players, dataDir, viewers, packager, log } = options
    this.#options = options
    this.#monitor = new IngestMonitor({ source: () => broadcastFigures(hub, rtmp), viewers })
    this.#box = new BoxFigures({ dataDir, bytesOut: () => edge.counters.bytes + players.bytes })
    const isRendition = (slug: string, name: string): boolean => packager.get(slug)?.rendition(name) !== undefined
    this.#viewers = new ViewerQuality({ isRendition })
    this.#pageErrors = new PageErrors(log)
  }

  async start(): Promise<void> {
    await this.#box.start()
    this.#options.sound.start()
    this.#ticker = setInterval(() => this.#tick(), TICK_MS)
    // What goes on from before the start may be over within a second.
    this.#tick()
  }

  #tick(): void {
    this.#options.rtmp.readNow()
    const monotonicMs = performance.now()
    this.#monitor.tick(Date.now(), monotonicMs)
    this.#box.tick(monotonicMs)
    this.#options.history.tick(this.#looks())
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker)
    this.#box.stop()
    await this.#options.sound.stop()
  }

  /** Every broadcast that goes on, for its history. */
  *#looks(): Iterable<BroadcastLook> {
    const { hub, viewers } = this.#options
    const newest = new Map(this.#monitor.newest().map((figures) => [figures.broadcastId, figures]))
    for (const { id, slug, mediaSeconds } of hub.broadcasts()) {
      const { droppedFrames = 0, reconnects = 0, verdict } = newest.get(id) ?? {}
      const look = { broadcastId: id, slug, seconds: mediaSeconds, viewers: viewers(slug) }
      yield { ...look, droppedFrames, reconnects, verdict }
    }
  }

  /** What was measured of a channel's sound just now. */
  measured(slug: string, { peakDb, meanDb }: SoundLevel): void {
    this.#monitor.sound(slug, peakDb, meanDb)
  }

  quality(slug: string, report: QualityReport): void {
    this.#viewers.report(slug, report)
    this.#recent.report(report, Date.now())
  }

  forget(slug: string): void {
    this.#viewers.forget(slug)
  }

  /** A foreign player's note with a request. */
  note(slug: string, note: PlayerNote): void {
    this.#viewers.note(slug, note)
  }

  pageError(error: PageError): void {
    this.#pageErrors.report(error)
  }

  /** What is told at each scrape. */
  metrics(): readonly MetricSource[] {
    const { hub, packager, edge, players, rtmp, store, viewers } = this.#options
    return [
      () => boxMetrics(this.#box, store),
      () => broadcastMetrics(hub),
      () => rtmpMetrics(rtmp),
      () => encoderMetrics(this.#monitor),
      () => windowMetrics(packager),
      () => edgeMetrics(edge),
      () => playerMetrics(players),
      () => [viewerMetric(hub, viewers)],
      () => this.#viewers.metrics(),
      () => this.#pageErrors.metrics(),
    ]
  }

  ingest(slug: string, sinceMs: number | undefined): IngestFigures & Pick<IngestReport, 'ladder'> {
    const { transcoder } = this.#options
    const ladder = ladderReport(transcoder.describe(slug), transcoder.missing(slug))
    return { ...this.#monitor.report(slug, sinceMs), ladder }
  }

  async status(): Promise<Status> {
    const { ports, sockets, edge, viewers } = this.#options
    const channels: Status['channels'] = []
    for (const slug of this.#monitor.slugs()) {
      const title = await this.#title(slug)
      // The channel was removed a moment ago.
      if (title === undefined) continue
      const { samples: _, ...report } = this.ingest(slug, Number.POSITIVE_INFINITY)
      channels.push({ slug, title, ...report })
    }
    return {
      version: VERSION,
      startedAt: this.#startedAt,
      now: new Date().toISOString(),
      ...this.#box.describe(),
      ports: ports(),
      viewers: channels.reduce((sum, { slug }) => sum + viewers(slug), 0),
      sockets: sockets(),
      waitingRequests: edge.describe().waiting ?? 0,
      quality: this.#recent.describe(Date.now()),
      channels,
    }
  }

  async #title(slug: string): Promise<string | undefined> {
    const nowMs = Date.now()
    const known = this.#titles.get(slug)
    if (known !== undefined && known.untilMs > nowMs) return known.title
    try {
      const { title } = await this.#options.channels.get(slug)
      this.#titles.set(slug, { title, untilMs: nowMs + TITLE_MS })
      return title
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error
      this.#titles.delete(slug)
      return undefined
    }
  }
}

function viewerMetric(hub: Hub, viewers: (slug: string) => number): Metric {
  const values = hub.broadcasts().map(({ slug }) => ({ labels: { channel: slug }, value: viewers(slug) }))
  return { name: 'streamhost_viewers', help: 'Players that play now, by their heartbeat.', kind: 'gauge', values }
}
