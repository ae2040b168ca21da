import { type Packet, rescale } from '../media/packet.ts'
import { isSound } from '../media/sound.ts'
import { CUT_TIMESCALE } from './cut-list.ts'
import type { Cutter } from './cutter.ts'
import type { Rendition } from './rendition.ts'
import { silentFrame } from './silence.ts'

/** After so much audio without a frame of video the video counts as standing still, in ticks of CUT_TIMESCALE. */
const VIDEO_STALL = 1.5 * CUT_TIMESCALE
/** No more audio is kept back than this, however late its video comes. */
const MOST_AUDIO_HELD = 10 * CUT_TIMESCALE
/** So much audio is kept back while a track of video is announced but its first key frame isn't there. */
const VIDEO_PATIENCE = 4 * CUT_TIMESCALE
/** So much audio without any word of video makes a broadcast of sound alone. */
const AUDIO_ONLY_PATIENCE = 1 * CUT_TIMESCALE
/** Where audio ends a segment because the video stands still, it does so only this far ahead: the last frames before a goodbye need none. */
const AHEAD_TO_LEAD = 0.4 * CUT_TIMESCALE
/** After so much video without a frame of audio silence takes its place: the picture must not wait for it. */
const AUDIO_STALL = 1 * CUT_TIMESCALE

/**
 * Holds audio back until the video has come as far, so that both know of a cut in time. Where video doesn't come, audio
 * goes on alone and leads; where audio doesn't come, silence takes its place.
 */
export class HeldAudio {
  readonly #cutter: Cutter
  readonly #videoMissed: () => void
  #audio: Rendition | undefined
  #waiting: Packet[] = []
  /** Presentation time that the video has reached, in ticks of CUT_TIMESCALE; undefined: no video leads. */
  #videoTime: number | undefined
  /** How far the one track had come when the last packet of the other came. */
  #audioTimeAtVideo: number | undefined
  #videoTimeAtAudio: number | undefined
  #newestAudioTime = 0
  /** Up to here silence stands for audio that didn't come. */
  #silentUntil = 0

  /** @param videoMissed called where the audio led past a cut: what the video missed is over */
  constructor(cutter: Cutter, videoMissed: () => void) {
    this.#cutter = cutter
    this.#videoMissed = videoMissed
  }

  /** The rendition that the audio goes to. */
  set audio(audio: Rendition) {
    this.#audio = audio
  }

  /** Where the media of the connection ends, in ticks of CUT_TIMESCALE. */
  get end(): number {
    return Math.max(this.#videoTime ?? 0, this.#newestAudioTime + this.#frame)
  }

  get videoTime(): number | undefined {
    return this.#videoTime
  }

  /** Before a frame of video is packaged. */
  videoComes(): void {
    this.#audioTimeAtVideo = this.#newestAudioTime
  }

  /** @param time presentation time of a frame of the leading video, in ticks of CUT_TIMESCALE */
  videoCame(time: number): void {
    this.#videoTime = Math.max(this.#videoTime ?? 0, time)
    this.#videoTimeAtAudio ??= this.#videoTime
    this.#fillSilence()
    this.#drain(this.#videoTime)
  }

  /** @param videoAnnounced a track of video is there, even if it has not begun */
  push(packet: Packet, videoAnnounced: boolean): void {
    const time = this.#timeOf(packet)
    const first = this.#waiting[0]
    this.#waiting.push(packet)
    this.#newestAudioTime = time
    this.#videoTimeAtAudio = this.#videoTime
    if (this.#videoTime !== undefined) {
      const held = time - (this.#audioTimeAtVideo ?? time) > VIDEO_STALL ? VIDEO_STALL : MOST_AUDIO_HELD
      this.#drain(Math.max(this.#videoTime, time - held))
    } else {
      const patience = videoAnnounced ? VIDEO_PATIENCE : AUDIO_ONLY_PATIENCE
      const waited = time - (first === undefined ? time : this.#timeOf(first))
      const leads = this.#cutter.current !== undefined && !this.#cutter.videoLeads
      if (leads || waited > patience) this.#drain(Number.POSITIVE_INFINITY)
    }
  }

  /** Packages all that is held. */
  release(): void {
    this.#drain(Number.POSITIVE_INFINITY)
  }

  /** What follows is of another connection. */
  forget(): void {
    this.#waiting = []
    this.#videoTime = undefined
    this.#audioTimeAtVideo = undefined
    this.#videoTimeAtAudio = undefined
  }

  /** Packages the audio up to a time. What the video hasn't reached leads by itself: there the video stands still. */
  #drain(until: number): void {
    const audio = this.#audio
    if (audio === undefined) return
    let taken = 0
    for (const packet of this.#waiting) {
      const time = this.#timeOf(packet)
      if (time > until) break
      taken++
      if (time < this.#silentUntil) continue
      if (this.#videoTime === undefined ? until === Number.POSITIVE_INFINITY : time > this.#videoTime + AHEAD_TO_LEAD) {
        this.#cutter.audio(time, this.#frame)
        this.#videoMissed()
      }
      audio.push(packet)
    }
    if (taken > 0) this.#waiting.splice(0, taken)
  }

  #fillSilence(): void {
    const audio = this.#audio
    const { current } = this.#cutter
    if (audio === undefined || current === undefined || this.#videoTime === undefined || this.#waiting.length > 0)
      return
    if (this.#videoTime - (this.#videoTimeAtAudio ?? 0) < AUDIO_STALL) return
    const { codec, timescale, id } = audio.track
    const data = isSound(codec) ? silentFrame(codec) : undefined
    if (data === undefined) {
      audio.miss()
      return
    }
    const until = rescale(this.#videoTime - AUDIO_STALL / 2, CUT_TIMESCALE, timescale)
    let dts = audio.end ?? rescale(current.time, CUT_TIMESCALE, timescale)
    for (; dts < until; dts += 1024) audio.push({ trackId: id, dts, cts: 0, isSync: true, data })
    this.#silentUntil = rescale(dts, timescale, CUT_TIMESCALE)
  }

  /** What a frame of audio lasts, in ticks of CUT_TIMESCALE. */
  get #frame(): number {
    return rescale(1024, this.#audio?.track.timescale ?? CUT_TIMESCALE, CUT_TIMESCALE)
  }

  #timeOf(packet: Packet): number {
    return rescale(packet.dts, this.#audio?.track.timescale ?? CUT_TIMESCALE, CUT_TIMESCALE)
  }
}
