import type { Advice, IngestReport, IngestSample } from '../../contract/insight.ts'
import { Coach } from '../coach/coach.ts'
import { CoachView } from '../coach/rule.ts'
import type { BroadcastFigures, EncoderFigures } from './encoder-figures.ts'
import { type Sample, SampleRing } from './sample-ring.ts'

/** All of a report but what the channel's record says, and what the transcoder does. */
export type IngestFigures = Omit<IngestReport, 'slug' | 'title' | 'ladder'>

export type IngestMonitorOptions = {
  /** Every broadcast as it stands, asked once a second. */
  readonly source: () => Iterable<BroadcastFigures>
  readonly viewers: (slug: string) => number
}

/** Over how many seconds the shown bitrate is averaged: a group of pictures or two. */
const BITRATE_SECONDS = 5
/** A measure of the sound is news for so long. */
const SOUND_SECONDS = 90

/** One broadcast's newest second; NaN: not known. */
export type NewestFigures = {
  readonly slug: string
  readonly broadcastId: string
  readonly reconnects: number
  readonly droppedFrames: number
  /** Undefined while no encoder sends. */
  readonly verdict: IngestReport['verdict'] | undefined
  readonly sample: Pick<Sample, 'framesPerSecond' | 'keyFrameSeconds' | 'behindMs'>
  readonly peakDb: number
  readonly meanDb: number
  readonly advice: readonly Advice[]
}

type Watched = {
  readonly broadcastId: string
  readonly ring: SampleRing
  readonly coach: Coach
  figures: BroadcastFigures
  /** What the last second's sums were; of which connection. */
  before: EncoderFigures | undefined
  /** Wall clock minus media time when the connection's first media came, in milliseconds. */
  baseMs: number
  /** An encoder was there: the next connection is a return. */
  hadEncoder: boolean
  reconnects: number
  /** Of the connections before this one. */
  droppedBefore: number
}

/** Watches what encoders send: a sample a second, five minutes of them, kept over reconnects until the broadcast ends. */
export class IngestMonitor {
  readonly #options: IngestMonitorOptions
  readonly #watched = new Map<string, Watched>()
  #lastTickMs: number | undefined

  constructor(options: IngestMonitorOptions) {
    this.#options = options
  }

  /**
   * Once a second.
   * @param nowMs wall clock, since 1970
   * @param monotonicMs any clock that only grows
   */
  tick(nowMs: number, monotonicMs: number): void {
    const elapsed = this.#lastTickMs === undefined ? 1 : Math.max(0.1, (monotonicMs - this.#lastTickMs) / 1000)
    this.#lastTickMs = monotonicMs
    const gone = new Set(this.#watched.keys())
    for (const figures of this.#options.source()) {
      gone.delete(figures.slug)
      this.#sample(this.#watch(figures), figures, nowMs, monotonicMs, elapsed)
    }
    for (const slug of gone) this.#watched.delete(slug)
  }

  /** Slugs of the broadcasts that go on. */
  slugs(): readonly string[] {
    return [...this.#watched.keys()]
  }

  /** The newest second of each broadcast, for metrics. */
  newest(): readonly NewestFigures[] {
    return [...this.#watched].map(([slug, { ring, coach, reconnects, broadcastId, figures, ...watched }]) => ({
      ...{ slug, broadcastId, reconnects },
      droppedFrames: watched.droppedBefore + droppedOf(watched.before),
      verdict: figures.state === 'live' ? coach.verdict() : undefined,
      sample: {
        framesPerSecond: ring.back('framesPerSecond', 0),
        keyFrameSeconds: ring.back('keyFrameSeconds', 0),
        behindMs: ring.back('behindMs', 0),
      },
      peakDb: ring.recent('audioPeakDb', SOUND_SECONDS)[0] ?? Number.NaN,
      meanDb: ring.recent('audioMeanDb', SOUND_SECONDS)[0] ?? Number.NaN,
      advice: coach.advice(),
    }))
  }

  /** @param sinceMs only later samples */
  report(slug: string, sinceMs = 0): IngestFigures {
    const watched = this.#watched.get(slug)
    if (watched === undefined) return { ...OFFLINE, viewers: this.#options.viewers(slug) }
    const { figures, ring, coach, reconnects, before } = watched
    const encoder = figures.encoder ?? before
    const bitrate = (column: 'videoBitrate' | 'audioBitrate'): number =>
      Math.round(mean(ring.recent(column, BITRATE_SECONDS)))
    return {
      state: figures.state,
      startedAt: new Date(figures.startedAtMs).toISOString(),
      verdict: coach.verdict(),
      advice: coach.advice(),
      encoder: encoder?.encoder ?? null,
      video: encoder?.video
        ? {
            codec: encoder.video.codec,
            width: encoder.video.width,
            height: encoder.video.height,
            framesPerSecond: encoder.video.framesPerSecond,
            keyFrameSeconds: encoder.keyFrameDistances.at(-1) ?? null,
            bFrames: encoder.bFrames > 0,
            bitrate: bitrate('videoBitrate'),
          }
        : null,
      audio: encoder?.audio ? { ...encoder.audio, bitrate: bitrate('audioBitrate') } : null,
      droppedFrames: watched.droppedBefore + droppedOf(before),
      reconnects,
      viewers: this.#options.viewers(slug),
      samples: samplesOf(ring, sinceMs),
    }
  }

  /** What was measured of the sound just now, in dBFS. */
  sound(slug: string, peakDb: number, meanDb: number): void {
    const ring = this.#watched.get(slug)?.ring
    ring?.set('audioPeakDb', 0, Math.min(0, peakDb))
    ring?.set('audioMeanDb', 0, meanDb)
  }

  #watch(figures: BroadcastFigures): Watched {
    const known = this.#watched.get(figures.slug)
    if (known?.broadcastId === figures.broadcastId) return known
    const watched: Watched = {
      broadcastId: figures.broadcastId,
      ring: new SampleRing(),
      coach: new Coach(),
      figures,
      before: undefined,
      baseMs: Number.NaN,
      hadEncoder: figures.isResumed,
      reconnects: 0,
      droppedBefore: 0,
    }
    this.#watched.set(figures.slug, watched)
    return watched
  }

  #sample(watched: Watched, figures: BroadcastFigures, nowMs: number, monotonicMs: number, elapsed: number): void {
    watched.figures = figures
    const { encoder } = figures
    if (encoder !== undefined && encoder.connection !== watched.before?.connection) this.#connected(watched)
    const before = encoder === undefined ? undefined : watched.before
    const rate = (value: (encoder: EncoderFigures) => number): number =>
      encoder === undefined ? 0 : (value(encoder) - (before === undefined ? 0 : value(before))) / elapsed
    const behind = monotonicMs - (encoder?.mediaSeconds ?? Number.NaN) * 1000
    if (Number.isNaN(watched.baseMs) && encoder !== undefined && encoder.mediaSeconds > 0) watched.baseMs = behind
    watched.ring.push({
      atMs: nowMs,
      videoBitrate: rate(({ videoBytes }) => videoBytes * 8),
      audioBitrate: rate(({ audioBytes }) => audioBytes * 8),
      framesPerSecond: rate(({ frames }) => frames),
      keyFrameSeconds: encoder?.keyFrameDistances.at(-1) ?? Number.NaN,
      droppedFrames: rate((of) => droppedOf(of)) * elapsed,
      audioPeakDb: Number.NaN,
      audioMeanDb: Number.NaN,
      viewers: this.#options.viewers(figures.slug),
      mediaSeconds: rate(({ mediaSeconds }) => mediaSeconds) * elapsed,
      behindMs: behind - watched.baseMs,
      jumps: rate(({ jumps }) => jumps) * elapsed,
      // Of the broadcast, not of the connection: the first look at a connection says nothing.
      refusedRivals: before === undefined ? 0 : rate(({ refusedRivals }) => refusedRivals) * elapsed,
      connection: encoder?.connection ?? Number.NaN,
    })
    if (encoder === undefined) return
    watched.before = encoder
    if (figures.state === 'live') watched.coach.advance(new CoachView(watched.ring, encoder), nowMs)
  }

  #connected(watched: Watched): void {
    if (watched.hadEncoder) watched.reconnects++
    watched.hadEncoder = true
    watched.droppedBefore += droppedOf(watched.before)
    watched.before = undefined
    watched.baseMs = Number.NaN
  }
}

/** Of a channel without a broadcast. */
export const OFFLINE: IngestFigures = {
  state: 'offline',
  startedAt: null,
  verdict: 'healthy',
  advice: [],
  encoder: null,
  video: null,
  audio: null,
  droppedFrames: 0,
  reconnects: 0,
  viewers: 0,
  samples: [],
}

function droppedOf(encoder: EncoderFigures | undefined): number {
  return encoder === undefined ? 0 : encoder.missingFrames + encoder.unusableFrames
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function samplesOf(ring: SampleRing, sinceMs: number): IngestSample[] {
  const samples: IngestSample[] = []
  for (let n = ring.length - 1; n >= 0; n--) {
    const atMs = ring.back('atMs', n)
    if (atMs <= sinceMs) continue
    samples.push({
      at: new Date(atMs).toISOString(),
      videoBitrate: Math.round(ring.back('videoBitrate', n)),
      audioBitrate: Math.round(ring.back('audioBitrate', n)),
      framesPerSecond: rounded(ring.back('framesPerSecond', n), 1) ?? 0,
      keyFrameSeconds: rounded(ring.back('keyFrameSeconds', n), 3),
      droppedFrames: Math.round(ring.back('droppedFrames', n)),
      audioPeakDb: rounded(ring.back('audioPeakDb', n), 1),
      audioMeanDb: rounded(ring.back('audioMeanDb', n), 1),
      viewers: ring.back('viewers', n),
    })
  }
  return samples
}

function rounded(value: number, digits: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 10 ** digits) / 10 ** digits
}
