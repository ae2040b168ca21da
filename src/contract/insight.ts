import { z } from 'zod'
import { ADVICE } from './advice.ts'

const ms = z.number().int().min(0).max(3_600_000)
const total = z.number().int().min(0).max(1_000_000_000)

/**
 * `POST /api/v1/channels/:slug/quality`: what one player saw since its last report, every 30 s while it plays and once when
 * the page goes (`sendBeacon`). Figures are sums since the last report but where said otherwise. Answered 204, never stored
 * per person.
 */
export const QualityReport = z.strictObject({
  /** Random, made anew for every page load; the `player` of the chat's heartbeat. */
  player: z.string().regex(/^[\w-]{8,40}$/),
  engine: z.enum(['hls', 'native', 'dash']),
  /** From asking to play to the first picture; only in the first report. */
  startupMs: ms.optional(),
  playedMs: ms,
  stalls: z.number().int().min(0).max(10_000),
  stalledMs: ms,
  /** Now, behind the newest picture of the encoder. */
  latencyMs: z.number().int().min(0).max(86_400_000).optional(),
  droppedFrames: total,
  shownFrames: total,
  /** Bits a second that the player measured. */
  throughput: total.optional(),
  rendition: z.string().max(64).optional(),
  /** Rescues by the page's watchdog. */
  rescues: z.number().int().min(0).max(10_000),
  /** Why it could not play at all. */
  failed: z.enum(['network', 'media', 'codec', 'other']).optional(),
})
export type QualityReport = z.infer<typeof QualityReport>

/** `POST /api/v1/page-errors`: an error of our own page. At most a few a minute and address; the rest is counted. */
export const PageError = z.strictObject({
  message: z.string().max(500),
  /** Path of the page, without query. */
  page: z.string().max(200),
  stack: z.string().max(4000).optional(),
  /** Of the page's build. */
  version: z.string().max(64).optional(),
})
export type PageError = z.infer<typeof PageError>

export const Advice = z.object({
  kind: z.enum(ADVICE),
  severity: z.enum(['trouble', 'look', 'hint']),
  /** What was measured and what it should be: `{ found: '8.3', wanted: '2', unit: 's' }`. The page has the words. */
  found: z.string(),
  wanted: z.string(),
  since: z.iso.datetime(),
})
export type Advice = z.infer<typeof Advice>

/** One second of an encoder's connection; rates are averages over that second. */
export const IngestSample = z.object({
  at: z.iso.datetime(),
  videoBitrate: z.number(),
  audioBitrate: z.number(),
  framesPerSecond: z.number(),
  /** Seconds between the two newest key frames; null before. */
  keyFrameSeconds: z.number().nullable(),
  droppedFrames: z.number(),
  /** Loudest sample of that second in dBFS (0: clipped), and its average; null: not known. */
  audioPeakDb: z.number().nullable(),
  audioMeanDb: z.number().nullable(),
  viewers: z.number(),
})
export type IngestSample = z.infer<typeof IngestSample>

/** What is made of a broadcast's picture beside the source, which is live whatever happens here. */
export const LadderReport = z.object({
  /**
   * `off`: nothing is asked for, or the picture is too small. `waiting`: for room, or for what comes first. `asleep`: until somebody
   * watches one of its qualities. `limited`: less than the ladder, because the box is busy. `crowded`: somebody watches one that
   * there is no room for. `failed`: FFmpeg is missing, or ends again and again.
   */
  state: z.enum(['off', 'waiting', 'asleep', 'running', 'limited', 'crowded', 'failed']),
  /** What the server lacks for what was asked for, and what to do about it, for people; null: nothing that is known. */
  missing: z.object({ what: z.enum(['ffmpeg', 'libopus']), todo: z.string() }).nullable(),
  /** As in `transcode.ladder`; null: not chosen yet. */
  ladder: z.string().nullable(),
  /** As FFmpeg names it. */
  encoder: z.string().nullable(),
  /** Best first. */
  rungs: z.array(
    z.object({
      /** Of its playlist. */
      name: z.string(),
      width: z.int(),
      height: z.int(),
      framesPerSecond: z.number(),
      /** Bits a second that its encoder aims at. */
      bitrate: z.int(),
      running: z.boolean(),
      /**
       * Why it isn't made; null: it is. `asleep`: nobody watches it. `starting`: it is on its way. `crowded`: somebody watches it,
       * and there is no room. `waiting`: with all of its ladder. `limited`: it gives way, because the box is busy.
       */
      rest: z.enum(['asleep', 'starting', 'crowded', 'waiting', 'limited']).nullable(),
    }),
  ),
  /** Place among those that wait for room: 1 is next; null: it doesn't wait for it. */
  position: z.int().nullable(),
  /** How far the slowest quality is behind the source. */
  lagMs: z.number().nullable(),
  /** How often FFmpeg was replaced, and how often the number of qualities changed. */
  restarts: z.int(),
  steps: z.int(),
})
export type LadderReport = z.infer<typeof LadderReport>

/** `GET /api/v1/channels/:slug/ingest`: for admins, and for the streamer with `Authorization: Bearer sk_…`. */
export const IngestReport = z.object({
  slug: z.string(),
  title: z.string(),
  state: z.enum(['offline', 'live', 'reconnecting']),
  startedAt: z.iso.datetime().nullable(),
  /** `healthy` without advice. */
  verdict: z.enum(['healthy', 'look', 'trouble']),
  advice: z.array(Advice),
  encoder: z.string().nullable(),
  video: z
    .object({
      codec: z.string(),
      width: z.int(),
      height: z.int(),
      framesPerSecond: z.number(),
      keyFrameSeconds: z.number().nullable(),
      bFrames: z.boolean(),
      bitrate: z.number(),
    })
    .nullable(),
  audio: z.object({ codec: z.string(), sampleRate: z.int(), channels: z.int(), bitrate: z.number() }).nullable(),
  droppedFrames: z.int(),
  reconnects: z.int(),
  viewers: z.int(),
  ladder: LadderReport,
  /** The last five minutes, oldest first; with `?since=` (ISO) only later ones. */
  samples: z.array(IngestSample),
})
export type IngestReport = z.infer<typeof IngestReport>

/** `GET /api/v1/status`: the box and all that goes on, for admins and the command line. */
export const Status = z.object({
  version: z.string(),
  startedAt: z.iso.datetime(),
  now: z.iso.datetime(),
  /** Share of one core that this process used over the last seconds: 1 is a core. */
  cpu: z.number(),
  cores: z.int(),
  memoryBytes: z.number(),
  /** Of the box. */
  totalMemoryBytes: z.number(),
  /** 99th percentile of the last seconds, milliseconds. */
  eventLoopDelayMs: z.number(),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }).nullable(),
  ports: z.object({
    http: z.int().nullable(),
    https: z.int().nullable(),
    rtmp: z.int().nullable(),
    rtmps: z.int().nullable(),
  }),
  viewers: z.int(),
  sockets: z.int(),
  waitingRequests: z.int(),
  /** Bits a second sent to viewers over the last seconds. */
  outgoingBitrate: z.number(),
  /** What viewers on our pages saw in the last ten minutes; null where none has told. */
  quality: z.object({
    /** Three in four saw the first picture within this time. */
    startupMs: z.number().nullable(),
    /** The one in the middle, and the slowest of twenty. */
    latencyMs: z.number().nullable(),
    slowLatencyMs: z.number().nullable(),
    /** Share of the time: 0.01 is one per cent. */
    stalledRatio: z.number().nullable(),
  }),
  channels: z.array(IngestReport.omit({ samples: true })),
})
export type Status = z.infer<typeof Status>
