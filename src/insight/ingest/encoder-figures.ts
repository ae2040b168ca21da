/** What one encoder's connection has sent so far: sums since it began, and what is true now. Bytes without the tags' headers. */
export type EncoderFigures = {
  /** Tells connections of one channel apart. */
  readonly connection: number
  readonly encoder: string | undefined
  readonly video:
    | {
        readonly codec: string
        readonly width: number
        readonly height: number
        readonly framesPerSecond: number
        /** In the standard's words: a profile that few players know, fields. */
        readonly unusual: string | undefined
      }
    | undefined
  readonly audio: { readonly codec: string; readonly sampleRate: number; readonly channels: number } | undefined
  /** Bits a second that the encoder says it is set to; hearsay. */
  readonly declaredVideoBitrate: number | undefined
  readonly videoBytes: number
  readonly audioBytes: number
  readonly frames: number
  /** Pictures for which the timestamps left room and that never came. */
  readonly missingFrames: number
  /** Frames that came and couldn't be used. */
  readonly unusableFrames: number
  /** Frames that were called key frames and hold no picture at which a decoder can start. */
  readonly keyFramesWithoutIdr: number
  /** Seconds between the newest key frames, oldest first. */
  readonly keyFrameDistances: readonly number[]
  /** Seconds of media since the newest key frame; undefined before the first. */
  readonly sinceKeyFrame: number | undefined
  /** The longest run of B-frames lately. */
  readonly bFrames: number
  /** Media time sent, in seconds. */
  readonly mediaSeconds: number
  /** Jumps of the encoder's clock. */
  readonly jumps: number
  readonly configChanges: number
  /** Other encoders that wanted this one's place and were refused, in this broadcast so far. */
  readonly refusedRivals: number
}

/** A broadcast as it stands; `encoder` while one is connected. */
export type BroadcastFigures = {
  readonly slug: string
  readonly broadcastId: string
  readonly startedAtMs: number
  readonly state: 'live' | 'reconnecting'
  /** An encoder sent it before the server started. */
  readonly isResumed: boolean
  readonly encoder: EncoderFigures | undefined
}
