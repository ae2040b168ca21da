/**
 * A Media Presentation Description of one channel, as a value (ISO/IEC 23009-1 clause 5.3); `renderMpd` makes its text.
 * Times of Periods and of the presentation are seconds; times of segments are ticks of their timescale.
 */
export type Mpd = {
  /** `dynamic`: it goes on. `static`: it has ended. */
  readonly type: 'dynamic' | 'static'
  /** MPD@availabilityStartTime, milliseconds since 1970: the anchor of all times. Never changes within a broadcast. */
  readonly availabilityStartTime: number
  /** MPD@publishTime, milliseconds since 1970. */
  readonly publishTime: number
  /** Players ask again after so long. Only while dynamic. */
  readonly minimumUpdatePeriod: number
  readonly timeShiftBufferDepth: number
  readonly suggestedPresentationDelay: number
  readonly minBufferTime: number
  readonly maxSegmentDuration: number
  /** MPD@mediaPresentationDuration: where the last Period ends; undefined: it goes on. */
  readonly mediaPresentationDuration: number | undefined
  /** What players should aim at; undefined: nothing is said. */
  readonly latency: Latency | undefined
  /** Where the server's clock is read (urn:mpeg:dash:utc:http-iso:2014). */
  readonly utcTiming: string
  readonly periods: readonly Period[]
}

/** ServiceDescription/Latency and PlaybackRate (ISO/IEC 23009-1 Annex K). Milliseconds. */
export type Latency = {
  readonly target: number
  readonly min: number
  readonly max: number
  readonly slowest: number
  readonly fastest: number
}

export type Period = {
  readonly id: string
  /** Period@start. */
  readonly start: number
  /** Period@duration: only where no later Period begins at its end; undefined: it goes on until the next one. */
  readonly duration: number | undefined
  readonly adaptationSets: readonly AdaptationSet[]
}

/** Representations of the same content, their segments aligned: players change from one to another. */
export type AdaptationSet = {
  readonly id: number
  readonly contentType: 'video' | 'audio'
  /** SAP type 1 begins every segment; false where groups of pictures are longer than segments. */
  readonly startWithSap: boolean
  /** The Period whose media this one goes on with, without a change of configuration or time. */
  readonly continues: string | undefined
  /** Best first; at least one. */
  readonly representations: readonly Representation[]
}

export type Representation = {
  readonly id: string
  /** RFC 6381. */
  readonly codecs: string
  /** Bits per second. */
  readonly bandwidth: number
  readonly picture: { readonly width: number; readonly height: number; readonly frameRate: string } | undefined
  readonly sound: { readonly samplingRate: number; readonly channels: number } | undefined
  readonly template: SegmentTemplate
}

export type SegmentTemplate = {
  readonly initialization: string
  /** With `$Number$`. */
  readonly media: string
  readonly timescale: number
  /** What lies at Period@start, in ticks. */
  readonly presentationTimeOffset: number
  readonly startNumber: number
  readonly addressing: NumberAddressing | TimelineAddressing
}

/** All segments last equally long, and the newest may be asked for while it grows. */
export type NumberAddressing = {
  readonly kind: 'number'
  /** Ticks. */
  readonly duration: number
  /** How long before its end a segment can be asked for, seconds. */
  readonly availabilityTimeOffset: number
}

/** Every segment is listed. */
export type TimelineAddressing = { readonly kind: 'timeline'; readonly segments: readonly TimelineSegment[] }
export type TimelineSegment = { readonly time: number; readonly duration: number }
