import { Histogram } from '../../base/histogram.ts'
import type { Labels, Metric } from '../../base/metric.ts'
import type { QualityReport } from '../../contract/insight.ts'

const STARTUP_SECONDS = [0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 20]
const LATENCY_SECONDS = [0.5, 1, 1.5, 2, 3, 4, 6, 10, 20, 60]
const RATIOS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5]
const BUFFER_SECONDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32]
const BITS_PER_SECOND = [0.25e6, 0.5e6, 1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6, 128e6]
/** A server has as many as it has channels that were live; beyond this they are counted together. */
const MAX_CHANNELS = 2000
const REST = '_other'

const ENGINES = ['hls', 'native', 'dash'] as const
const FAILURES = ['network', 'media', 'codec', 'other'] as const

/** What a foreign player told with a request (CMCD). */
export type PlayerNote = {
  readonly bufferMs: number | undefined
  readonly starved: boolean
  readonly throughputKbps: number | undefined
}

/** Sums over all viewers of a channel. Nothing in it leads back to one of them. */
class ChannelQuality {
  readonly startup = new Histogram(STARTUP_SECONDS)
  readonly latency = new Histogram(LATENCY_SECONDS)
  readonly stalledRatio = new Histogram(RATIOS)
  readonly droppedRatio = new Histogram(RATIOS)
  readonly throughput = new Histogram(BITS_PER_SECOND)
  readonly reports = counts(ENGINES)
  readonly failures = counts(FAILURES)
  readonly played = new Map<string, number>()
  playedSeconds = 0
  stalledSeconds = 0
  stalls = 0
  rescues = 0
  shownFrames = 0
  droppedFrames = 0
  notes = 0
  starved = 0
  readonly noteBuffer = new Histogram(BUFFER_SECONDS)
  readonly noteThroughput = new Histogram(BITS_PER_SECOND)
}

export type ViewerQualityOptions = {
  /** Whether the channel has a rendition of this name: nothing else becomes a label. */
  readonly isRendition: (slug: string, name: string) => boolean
}

/** How it looks to viewers: the pages' reports and foreign players' notes, summed up per channel for `/metrics`. */
export class ViewerQuality {
  readonly #options: ViewerQualityOptions
  readonly #channels = new Map<string, ChannelQuality>()

  constructor(options: ViewerQualityOptions) {
    this.#options = options
  }

  /** @param slug of a channel that exists */
  report(slug: string, report: QualityReport): void {
    const channel = this.#channel(slug)
    const playedSeconds = report.playedMs / 1000
    const stalledSeconds = report.stalledMs / 1000
    channel.reports.set(report.engine, (channel.reports.get(report.engine) ?? 0) + 1)
    if (report.startupMs !== undefined) channel.startup.observe(report.startupMs / 1000)
    if (report.latencyMs !== undefined) channel.latency.observe(report.latencyMs / 1000)
    if (report.throughput !== undefined) channel.throughput.observe(report.throughput)
    if (report.failed !== undefined) channel.failures.set(report.failed, (channel.failures.get(report.failed) ?? 0) + 1)
    const seconds = playedSeconds + stalledSeconds
    if (seconds > 0) channel.stalledRatio.observe(stalledSeconds / seconds)
    const frames = report.shownFrames + report.droppedFrames
    if (frames > 0) channel.droppedRatio.observe(report.droppedFrames / frames)
    channel.playedSeconds += playedSeconds
    channel.stalledSeconds += stalledSeconds
    channel.stalls += report.stalls
    channel.rescues += report.rescues
    channel.shownFrames += report.shownFrames
    channel.droppedFrames += report.droppedFrames
    const { rendition } = report
    const name = rendition === undefined || !this.#options.isRendition(slug, rendition) ? REST : rendition
    channel.played.set(name, (channel.played.get(name) ?? 0) + playedSeconds)
  }

  /** A request of a player that sends CMCD. */
  note(slug: string, note: PlayerNote): void {
    const channel = this.#channel(slug)
    channel.notes++
    if (note.starved) channel.starved++
    if (note.bufferMs !== undefined) channel.noteBuffer.observe(note.bufferMs / 1000)
    if (note.throughputKbps !== undefined) channel.noteThroughput.observe(note.throughputKbps * 1000)
  }

  *metrics(): Iterable<Metric> {
    const channels = [...this.#channels]
    const each = <T>(value: (channel: ChannelQuality) => T): { labels: Labels; value: T }[] =>
      channels.map(([channel, quality]) => ({ labels: { channel }, value: value(quality) }))
    const counter = (name: string, help: string, value: (channel: ChannelQuality) => number): Metric => ({
      ...{ name: `streamhost_${name}`, help, kind: 'counter' },
      values: each(value),
    })
    const labelled = (
      name: string,
      help: string,
      label: string,
      of: (channel: ChannelQuality) => ReadonlyMap<string, number>,
    ): Metric => ({
      ...{ name: `streamhost_${name}`, help, kind: 'counter' },
      values: channels.flatMap(([channel, quality]) =>
        [...of(quality)].map(([word, value]) => ({ labels: { channel, [label]: word }, value })),
      ),
    })
    const histogram = (name: string, help: string, of: (channel: ChannelQuality) => Histogram): Metric => ({
      ...{ name: `streamhost_${name}`, help, kind: 'histogram' },
      values: each(of).map(({ labels, value }) => ({ labels, histogram: value })),
    })
    yield labelled('viewer_reports_total', 'Reports of players on our pages, by engine.', 'engine', (of) => of.reports)
    yield labelled(
      'viewer_failures_total',
      'Players that could not play at all, by why.',
      'reason',
      (of) => of.failures,
    )
    yield histogram('viewer_startup_seconds', 'From asking to play to the first picture.', (of) => of.startup)
    yield histogram('viewer_latency_seconds', 'How far behind the encoder viewers are.', (of) => of.latency)
    yield histogram('viewer_stalled_ratio', 'Of each report: time stalled of time playing.', (of) => of.stalledRatio)
    yield histogram('viewer_dropped_frames_ratio', 'Of each report: pictures not shown.', (of) => of.droppedRatio)
    yield histogram(
      'viewer_throughput_bits_per_second',
      'What viewers’ networks carry, as players measure it.',
      (of) => of.throughput,
    )
    yield labelled(
      'viewer_rendition_seconds_total',
      'Media played, by rendition; _other: not known.',
      'rendition',
      (of) => of.played,
    )
    yield counter('viewer_played_seconds_total', 'Media played by all viewers.', (of) => of.playedSeconds)
    yield counter('viewer_stalled_seconds_total', 'Time that players stood still.', (of) => of.stalledSeconds)
    yield counter('viewer_stalls_total', 'Times that a player stood still.', (of) => of.stalls)
    yield counter('viewer_rescues_total', 'Times that the page’s watchdog set a player going.', (of) => of.rescues)
    yield counter('viewer_frames_total', 'Pictures shown.', (of) => of.shownFrames)
    yield counter('viewer_dropped_frames_total', 'Pictures not shown.', (of) => of.droppedFrames)
    yield counter('cmcd_requests_total', 'Requests of foreign players that send CMCD.', (of) => of.notes)
    yield counter('cmcd_starved_total', 'Of these: after the buffer ran empty (bs).', (of) => of.starved)
    yield histogram('cmcd_buffer_seconds', 'Media that foreign players have ahead (bl).', (of) => of.noteBuffer)
    yield histogram(
      'cmcd_throughput_bits_per_second',
      'What foreign players measure of their network (mtp).',
      (of) => of.noteThroughput,
    )
  }

  /** The channel is gone; so are its figures. */
  forget(slug: string): void {
    this.#channels.delete(slug)
  }

  #channel(slug: string): ChannelQuality {
    const name = this.#channels.has(slug) || this.#channels.size < MAX_CHANNELS ? slug : REST
    let channel = this.#channels.get(name)
    if (channel === undefined) {
      channel = new ChannelQuality()
      this.#channels.set(name, channel)
    }
    return channel
  }
}

function counts(words: readonly string[]): Map<string, number> {
  return new Map(words.map((word) => [word, 0]))
}
