import { AUDIO_CONFIG_HEAD, AUDIO_FRAME_HEAD } from '../../formats/flv/audio-tag.ts'
import { flvTagLength, TagType, writeFlvHeader, writeFlvTagAt } from '../../formats/flv/flv-file.ts'
import type { FlvMessage } from '../../formats/flv/flv-message.ts'
import { parseAudioSpecificConfig } from '../../media/audio-specific-config.ts'
import { parseOpusHead } from '../../media/opus-head.ts'
import type { Aac, Packet, Track } from '../../media/packet.ts'
import { OPUS_FRAME_TICKS } from '../../media/sound.ts'
import type { Child, ChildEvents } from '../child/child-threads.ts'
import type { ChildConfig, ChildEnd, ChildFrame } from '../child/protocol.ts'
import { SampleTimes } from './sample-times.ts'

/** Where the child's time begins, milliseconds: near zero FFmpeg moves what comes first. */
const FIRST_MS = 10_000
/** FLV counts to 31 bits in FFmpeg: nearly 25 days. */
const LAST_MS = 2 ** 31 - 3_600_000
/** What libopus looks ahead at 48 kHz; each child says its own. Samples. */
const USUAL_PRE_SKIP = 312
/** A child that was fed so much, says nothing for as long, and does nothing meanwhile, hangs. */
const SILENT_MS = 2000
/** One that does something may be slow: the box is busy. */
const SILENT_AND_BUSY_MS = 15_000

export type AacTrack = Track & { readonly codec: Aac }

/** Starts a child that leaves out so many samples at the beginning. */
export type LaunchSound = (skip: number, events: ChildEvents) => Child

export type SoundRunOptions = {
  readonly launch: LaunchSound
  readonly track: AacTrack
  /** What it begins with; at least one. */
  readonly frames: readonly Packet[]
  /** Where its packets should lie, so that they go on with those of another child: the time of one, in ticks of 48 kHz. */
  readonly gridTime: number | undefined
  readonly head: (opusHead: Uint8Array) => void
  /** @param time when its first sample is heard, in ticks of 48 kHz */
  readonly made: (time: number, data: Uint8Array) => void
  readonly gone: (end: ChildEnd) => void
}

/** One child at work on a broadcast's sound: feeds it, and knows the time of what it makes. */
export class SoundRun {
  readonly #options: SoundRunOptions
  readonly #child: Child
  readonly #times: SampleTimes
  readonly #skip: number
  #preSkip = USUAL_PRE_SKIP
  #packets = 0
  #fedMs = 0
  /** When it was last heard of, or began; and how far it was fed then. */
  #heard: { readonly atMs: number; readonly fedMs: number }
  #firstMadeAtMs: number | undefined

  /** Starts a child. */
  constructor(options: SoundRunOptions) {
    this.#options = options
    const { launch, track, frames, gridTime, gone } = options
    const { samplesPerFrame } = parseAudioSpecificConfig(track.codec.audioSpecificConfig)
    this.#times = new SampleTimes(track.timescale, samplesPerFrame)
    const messages: FlvMessage[] = [
      {
        ...{ typeId: TagType.audio, timestamp: FIRST_MS, head: AUDIO_CONFIG_HEAD },
        data: track.codec.audioSpecificConfig,
      },
      ...frames.map((frame) => this.#messageOf(frame)),
    ]
    // A packet begins `preSkip` samples before what it has of the sound.
    const offset = gridTime === undefined ? 0 : this.#times.sampleAt(gridTime) + USUAL_PRE_SKIP
    this.#skip = ((offset % OPUS_FRAME_TICKS) + OPUS_FRAME_TICKS) % OPUS_FRAME_TICKS
    this.#heard = { atMs: performance.now(), fedMs: this.#fedMs }
    this.#child = launch(this.#skip, {
      made: (all) => {
        const nowMs = performance.now()
        this.#firstMadeAtMs ??= nowMs
        this.#heard = { atMs: nowMs, fedMs: this.#fedMs }
        for (const each of all) this.#made(each)
      },
      gone,
    })
    this.#give(messages, writeFlvHeader({ audio: true, video: false }))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }
  get cpuSeconds(): number {
    return this.#child.cpuSeconds ?? 0
  }
  /** How long it has made packets, milliseconds. */
  get workedMs(): number {
    return this.#firstMadeAtMs === undefined ? 0 : performance.now() - this.#firstMadeAtMs
  }
  /** Its time is nearly used up. */
  get isOld(): boolean {
    return this.#fedMs > LAST_MS
  }

  feed(packet: Packet): void {
    this.#give([this.#messageOf(packet)])
  }

  /** Nothing more of it is told, but that it is gone. */
  kill(): void {
    this.#child.kill()
  }

  /** It was fed, and says nothing. */
  hangs(nowMs: number): boolean {
    const patienceMs = this.#child.isIdle ? SILENT_MS : SILENT_AND_BUSY_MS
    return nowMs - this.#heard.atMs >= patienceMs && this.#fedMs - this.#heard.fedMs >= patienceMs
  }

  #made(made: ChildFrame | ChildConfig): void {
    if ('config' in made) {
      this.#preSkip = parseOpusHead(made.config).preSkip
      this.#options.head(made.config)
      return
    }
    const sample = this.#skip + this.#packets++ * OPUS_FRAME_TICKS - this.#preSkip
    this.#options.made(this.#times.timeOf(sample), made.data)
  }

  #messageOf({ dts, data }: Packet): FlvMessage {
    this.#fedMs = this.#times.add(dts)
    return { typeId: TagType.audio, timestamp: FIRST_MS + this.#fedMs, head: AUDIO_FRAME_HEAD, data }
  }

  #give(messages: readonly FlvMessage[], header: Uint8Array = new Uint8Array(0)): void {
    const bytes = new Uint8Array(messages.reduce((sum, message) => sum + flvTagLength(message), header.byteLength))
    bytes.set(header)
    let at = header.byteLength
    for (const message of messages) at = writeFlvTagAt(bytes, at, message)
    this.#child.feed(bytes)
  }
}
