import { MalformedError, RefusedError } from '../../base/errors.ts'
import { type AudioTag, readAudioTag } from '../../formats/flv/audio-tag.ts'
import { type Metadata, readMetadata } from '../../formats/flv/script-tag.ts'
import { readVideoTag, type VideoTag } from '../../formats/flv/video-tag.ts'
import type { Publication } from '../../live/ports.ts'
import { type AudioSpecificConfig, parseAudioSpecificConfig } from '../../media/audio-specific-config.ts'
import { parseAvcC } from '../../media/avcc.ts'
import { codecString } from '../../media/codec-string.ts'
import { inspectFrame } from '../../media/h264-frame.ts'
import { type Codec, VIDEO_TIMESCALE } from '../../media/packet.ts'
import { parseSps, type Sps } from '../../media/sps.ts'
import { type FrameDescription, FrameFigures } from '../frame-figures.ts'
import { Timeline } from '../timeline.ts'
import { AudioClock, VideoClock } from '../track-clock.ts'

export const VIDEO_TRACK = 1
export const AUDIO_TRACK = 2

/** Frames in a row that can't be used before the connection is closed: about two seconds. */
const MAX_MALFORMED_IN_A_ROW = 60
const MAX_AAC_FRAME_BYTES = 65_536
/** A presentation further than this from its decoding is not meant. */
const MAX_COMPOSITION_MS = 10_000
const MAX_METADATA_BYTES = 65_536
/** How long the first track waits for the second before the log line is written. */
const TRACKS_WAIT_MS = 1000

type VideoState = {
  readonly avcC: Uint8Array
  readonly nalLengthSize: 1 | 2 | 4
  readonly sps: Sps
  readonly clock: VideoClock
}
type AudioState = {
  readonly bytes: Uint8Array
  readonly config: AudioSpecificConfig
  readonly clock: AudioClock
}

/** Counts since the publication began. Plain numbers, changed in place. */
export type MediaCounters = {
  videoPackets: number
  audioPackets: number
  /** Of frames without the tags' headers. */
  videoBytes: number
  audioBytes: number
  keyFrames: number
  /** Frames that the encoder called key frames and that hold no IDR picture: nobody can start there. */
  keyFramesWithoutIdr: number
  droppedBeforeConfig: number
  droppedMalformed: number
  /** Frames without a picture: parameter sets or SEI alone. */
  droppedEmpty: number
  /** Audio in the past, by drift or before the publication's start. */
  droppedLate: number
  configChanges: number
}

/** What a publication carries now, for metrics and logs. */
export type MediaDescription = {
  readonly video:
    | { readonly codec: string; readonly width: number; readonly height: number; readonly framesPerSecond: number }
    | undefined
  readonly audio: { readonly codec: string; readonly sampleRate: number; readonly channels: number } | undefined
  readonly encoder: string | undefined
  /** Bits a second, as the encoder says. */
  readonly declaredVideoBitrate: number | undefined
  /** How the pictures follow each other. */
  readonly frames: FrameDescription
  /** What is odd about the picture's coding, in the words of its standard: a profile few players know, fields. */
  readonly unusual: string | undefined
  /** Media seconds since the start. */
  readonly seconds: number
  readonly timestampJumps: number
  readonly audioResyncs: number
  readonly counters: Readonly<MediaCounters>
}

/**
 * RTMP audio, video and data messages in, canonical packets out to one publication. H.264 and AAC; anything else is refused.
 *
 * `isSync` is what the bitstream says, not the tag: a frame with an IDR picture. A "key frame" that is a recovery point only
 * (open GOP, intra refresh) is passed on as an ordinary frame, because players that join there show garbage.
 */
export class MediaInput {
  readonly #publication: Publication
  readonly #onTracks: (tracks: string) => void
  readonly #timeline: Timeline
  #video: VideoState | undefined
  #audio: AudioState | undefined
  #metadata: Metadata | undefined
  #malformedInARow = 0
  #firstMs: number | undefined
  #lastMs = 0
  #tracksTold = false
  #fps = 0
  #fpsFrames = 0
  #fpsSinceMs = 0
  readonly #frames = new FrameFigures()
  readonly #counters: MediaCounters = {
    videoPackets: 0,
    audioPackets: 0,
    videoBytes: 0,
    audioBytes: 0,
    keyFrames: 0,
    keyFramesWithoutIdr: 0,
    droppedBeforeConfig: 0,
    droppedMalformed: 0,
    droppedEmpty: 0,
    droppedLate: 0,
    configChanges: 0,
  }

  /** @param onTracks told what is in the stream: once when it is known, and again when it changes */
  constructor(publication: Publication, onTracks: (tracks: string) => void) {
    this.#publication = publication
    this.#onTracks = onTracks
    this.#timeline = new Timeline(publication.startTime * 1000)
  }

  /** @throws RefusedError for another codec; MalformedError for a bad configuration or too many bad frames in a row. */
  video(timestamp: number, body: Uint8Array): void {
    const tag = this.#read(readVideoTag, body)
    if (tag === undefined) return
    switch (tag.kind) {
      case 'config':
        this.#videoConfig(tag.avcC)
        break
      case 'frame':
        this.#videoFrame(timestamp, tag)
        break
      case 'unsupported':
        throw unsupported('video', tag.codec, 'H.264')
    }
  }

  /** @throws RefusedError for another codec; MalformedError for a bad configuration or too many bad frames in a row. */
  audio(timestamp: number, body: Uint8Array): void {
    const tag = this.#read(readAudioTag, body)
    if (tag === undefined) return
    switch (tag.kind) {
      case 'config':
        this.#audioConfig(tag.audioSpecificConfig)
        break
      case 'frame':
        this.#audioFrame(timestamp, tag)
        break
      case 'unsupported':
        throw unsupported('audio', tag.codec, 'AAC')
    }
  }

  /** What an encoder says of itself is of use to people only: a mistake in it ends nothing. */
  metadata(body: Uint8Array): void {
    if (body.byteLength > MAX_METADATA_BYTES) return
    try {
      this.#metadata = readMetadata(body) ?? this.#metadata
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error
    }
  }

  describe(): MediaDescription {
    const video = this.#video
    const audio = this.#audio
    return {
      video: video && {
        codec: codecString(h264(video)),
        width: video.sps.width,
        height: video.sps.height,
        framesPerSecond: Math.round(this.#fps * 100) / 100,
      },
      audio: audio && {
        codec: codecString(aac(audio)),
        sampleRate: audio.config.extensionSampleRate ?? audio.config.sampleRate,
        channels: audio.config.channels,
      },
      declaredVideoBitrate: declared(this.#metadata?.videoDataRate),
      frames: this.#frames.describe(),
      unusual: video && unusualIn(video.sps),
      encoder: this.#metadata?.encoder,
      seconds: this.#firstMs === undefined ? 0 : (this.#lastMs - this.#firstMs) / 1000,
      timestampJumps: this.#timeline.rebases,
      audioResyncs: audio?.clock.resyncs ?? 0,
      counters: { ...this.#counters },
    }
  }

  #read<T>(read: (body: Uint8Array) => T, body: Uint8Array): T | undefined {
    try {
      return read(body)
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error
      this.#malformed(error.message)
      return undefined
    }
  }

  #videoConfig(bytes: Uint8Array): void {
    // Some encoders end or begin with an empty configuration.
    if (bytes.byteLength === 0 || (this.#video && sameBytes(this.#video.avcC, bytes))) return
    // Kept for as long as it holds: by itself, not with the frames that came beside it.
    const avcC = bytes.slice()
    const { nalLengthSize, sps } = parseAvcC(avcC)
    const clock = this.#video?.clock ?? new VideoClock(this.#timeline.startMs)
    // parseAvcC answers at least one.
    const video = { avcC, nalLengthSize, sps: parseSps(sps[0] ?? avcC), clock }
    const changed = this.#video !== undefined
    this.#video = video
    this.#publication.track({ id: VIDEO_TRACK, codec: h264(video), timescale: VIDEO_TIMESCALE })
    this.#trackSet(changed)
  }

  #videoFrame(timestamp: number, tag: Extract<VideoTag, { readonly kind: 'frame' }>): void {
    const video = this.#video
    const counters = this.#counters
    if (video === undefined) {
      counters.droppedBeforeConfig++
      return
    }
    const content = inspectFrame(tag.data, video.nalLengthSize)
    if (content === 'malformed' || Math.abs(tag.compositionTime) > MAX_COMPOSITION_MS) {
      this.#malformed('the NAL unit lengths of a video frame do not add up')
      return
    }
    if (content === 'no-picture') {
      counters.droppedEmpty++
      return
    }
    this.#malformedInARow = 0
    const isSync = content === 'idr'
    const ms = this.#timeline.at(VIDEO_TRACK, timestamp)
    const { dts, cts } = video.clock.stamp(ms, tag.compositionTime)
    counters.videoPackets++
    counters.videoBytes += tag.data.byteLength
    if (isSync) counters.keyFrames++
    else if (tag.isKeyFrame) counters.keyFramesWithoutIdr++
    this.#countFrameRate(ms)
    this.#frames.frame(ms, tag.compositionTime, isSync)
    this.#passed(ms)
    this.#publication.write({ trackId: VIDEO_TRACK, dts, cts, isSync, data: tag.data })
  }

  #audioConfig(bytes: Uint8Array): void {
    if (bytes.byteLength === 0 || (this.#audio && sameBytes(this.#audio.bytes, bytes))) return
    const config = parseAudioSpecificConfig(bytes)
    if (config.objectType !== 2)
      throw unsupported('audio', `AAC of object type ${config.objectType}`, 'AAC LC or HE-AAC')
    const before = this.#audio
    const sameCount =
      before?.config.sampleRate === config.sampleRate && before.config.samplesPerFrame === config.samplesPerFrame
    const clock =
      before !== undefined && sameCount
        ? before.clock
        : new AudioClock(config.sampleRate, config.samplesPerFrame, before?.clock.nextMs ?? this.#timeline.startMs)
    const audio = { bytes: bytes.slice(), config, clock }
    this.#audio = audio
    this.#publication.track({ id: AUDIO_TRACK, codec: aac(audio), timescale: config.sampleRate })
    this.#trackSet(before !== undefined)
  }

  #audioFrame(timestamp: number, tag: Extract<AudioTag, { readonly kind: 'frame' }>): void {
    const audio = this.#audio
    const counters = this.#counters
    if (audio === undefined) {
      counters.droppedBeforeConfig++
      return
    }
    if (tag.data.byteLength === 0 || tag.data.byteLength > MAX_AAC_FRAME_BYTES) {
      this.#malformed(`an AAC frame of ${tag.data.byteLength} bytes`)
      return
    }
    this.#malformedInARow = 0
    const ms = this.#timeline.at(AUDIO_TRACK, timestamp)
    const dts = audio.clock.stamp(ms)
    if (dts === undefined) {
      counters.droppedLate++
      return
    }
    counters.audioPackets++
    counters.audioBytes += tag.data.byteLength
    this.#passed(ms)
    this.#publication.write({ trackId: AUDIO_TRACK, dts, cts: 0, isSync: true, data: tag.data })
  }

  #malformed(what: string): void {
    this.#counters.droppedMalformed++
    if (++this.#malformedInARow >= MAX_MALFORMED_IN_A_ROW) {
      throw new MalformedError(`${what}, ${MAX_MALFORMED_IN_A_ROW} times in a row`)
    }
  }

  /** Average frame rate, told anew every two seconds of media. */
  #countFrameRate(ms: number): void {
    if (this.#fpsFrames === 0) this.#fpsSinceMs = ms
    const span = ms - this.#fpsSinceMs
    if (span >= 2000) {
      this.#fps = (this.#fpsFrames * 1000) / span
      this.#fpsFrames = 0
      this.#fpsSinceMs = ms
    }
    this.#fpsFrames++
  }

  #passed(ms: number): void {
    this.#firstMs ??= ms
    this.#lastMs = ms
    if (!this.#tracksTold && ms - this.#firstMs >= TRACKS_WAIT_MS) this.#tellTracks()
  }

  #trackSet(changed: boolean): void {
    if (changed) this.#counters.configChanges++
    if (this.#tracksTold || (this.#video && this.#audio)) this.#tellTracks()
  }

  #tellTracks(): void {
    this.#tracksTold = true
    const { video, audio } = this.describe()
    const tracks = [
      video && `${video.codec} ${video.width}x${video.height}`,
      audio && `${audio.codec} ${audio.sampleRate} Hz, ${audio.channels} ch`,
    ]
    this.#onTracks(tracks.filter((track) => track !== undefined).join(' + '))
  }
}

const h264 = (video: VideoState): Codec => ({ kind: 'h264', avcC: video.avcC })
const aac = (audio: AudioState): Codec => ({ kind: 'aac', audioSpecificConfig: audio.bytes })

function declared(kilobits: number | undefined): number | undefined {
  return kilobits !== undefined && kilobits > 0 && kilobits < 1_000_000 ? kilobits * 1000 : undefined
}

/** Profiles that browsers and phones decode in hardware or at all, ITU-T H.264 annex A.2. */
const USUAL_PROFILES: ReadonlySet<number> = new Set([66, 77, 100])
const PROFILE_NAMES: Readonly<Record<number, string>> = {
  44: 'CAVLC 4:4:4 Intra',
  88: 'Extended',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4 Predictive',
}

function unusualIn({ profileIdc, frameMbsOnly }: Sps): string | undefined {
  if (!USUAL_PROFILES.has(profileIdc)) return PROFILE_NAMES[profileIdc] ?? `profile ${profileIdc}`
  return frameMbsOnly ? undefined : 'interlaced'
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

function unsupported(what: 'audio' | 'video', codec: string, wanted: string): RefusedError {
  return new RefusedError(
    'UNSUPPORTED',
    `the ${what} is ${codec}; this server takes ${wanted}. Change it in the encoder.`,
  )
}
