import { randomBytes } from 'node:crypto'
import type { Broadcast } from '../live/broadcast.ts'
import type { BroadcastProgress, Reader } from '../live/ports.ts'
import { parseAvcC } from '../media/avcc.ts'
import { captionChannels } from '../media/caption-data.ts'
import { type Packet, rescale, type Track } from '../media/packet.ts'
import { CUT_TIMESCALE, type Cut } from './cut-list.ts'
import { Cutter } from './cutter.ts'
import type { BroadcastKeeper } from './keeper.ts'
import { audioPartTarget } from './part-plan.ts'
import { Rendition } from './rendition.ts'
import { NOTE, type PresentationNote, type Resumed } from './resume.ts'
import { silentFrame } from './silence.ts'

export type PackagingOptions = {
  /** `standard`: parts of 333 ms; `low`: 250 ms. */
  readonly profile: 'standard' | 'low'
  readonly segmentSeconds: number
  readonly maxSegmentSeconds: number
  readonly liveSeconds: number
  /** How far back the rewind window reaches. */
  readonly dvrSeconds?: number
  /** Bytes one rendition's window may hold. */
  readonly maxWindowBytes: number
  /** Tests that push faster than real time switch the pacing of bursts off. */
  readonly pacing?: boolean
}

/** With other settings than these, playlists of an earlier process can't go on. */
export const shapeOf = ({ profile, segmentSeconds, maxSegmentSeconds }: PackagingOptions): string =>
  `${profile} ${segmentSeconds} ${maxSegmentSeconds}`

/** Reserves more media sequence numbers when a broadcast comes near its limit. */
export type Reserve = (progress: BroadcastProgress) => Promise<number>

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
/** After the first rendition is playable, the others may take so long before players are let in without them. */
const COMPLETE_WITHIN_MS = 1000
const RESERVE_AHEAD = 200

/**
 * One broadcast packaged: its renditions, cut alike. Video leads: segments begin at its key frames, and audio follows
 * once the video has come as far, so that both know of a cut in time.
 */
export class Presentation implements Reader {
  readonly slug: string
  readonly broadcastId: string
  readonly startedAtMs: number
  /** New for every broadcast and every start of the server: an address never names two different byte strings. */
  readonly epoch = randomBytes(16).toString('hex')
  readonly targetDuration: number
  /** Captions that the video has carried so far, by INSTREAM-ID. They may appear at any time, and never make players load anew. */
  readonly captions: ReadonlySet<string>
  readonly #captions = new Set<string>()
  #nalLengthSize: 1 | 2 | 4 = 4
  readonly #options: PackagingOptions
  readonly #cutter: Cutter
  readonly #reserve: Reserve
  /** Where its media stays; undefined: nowhere. */
  readonly keeper: BroadcastKeeper | undefined
  /** Those of this process and of those before it, of which something is still shown. */
  readonly #epochs: ReadonlySet<string>
  /** Stays over restarts: players go on. */
  readonly #identity: string
  readonly #renditions = new Map<string, Rendition>()
  readonly #changed: () => void
  readonly #partTargets = new Map<Rendition, number>()
  #video: Rendition | undefined
  #audio: Rendition | undefined
  #waitingAudio: Packet[] = []
  /** Presentation time that the video has reached, in ticks of CUT_TIMESCALE; undefined: no video leads. */
  #videoTime: number | undefined
  /** How far the one track had come when the last packet of the other came. */
  #audioTimeAtVideo: number | undefined
  #videoTimeAtAudio: number | undefined
  #newestAudioTime = 0
  /** Up to here silence stands for audio that didn't come. */
  #silentUntil = 0
  #mediaSequenceLimit: number
  #reservedAtMsn = -1
  #notedAtMsn = -1
  #complete = false
  #completeTimer: NodeJS.Timeout | undefined
  #revision = 0
  #playable = 0
  #state: 'open' | 'ended' | 'stopped' = 'open'
  #endedAtMs: number | undefined

  /**
   * @param changed called when players may begin, must load anew, or read that it is over
   * @param keeping where media stays, and where a process before this one came to
   */
  constructor(
    broadcast: Broadcast,
    options: PackagingOptions,
    reserve: Reserve,
    changed: () => void,
    { keeper, resumed }: { readonly keeper?: BroadcastKeeper | undefined; readonly resumed?: Resumed | undefined } = {},
  ) {
    this.keeper = keeper
    this.#identity = resumed?.note.identity ?? this.epoch.slice(0, 12)
    this.slug = broadcast.slug
    this.captions = this.#captions
    this.broadcastId = broadcast.id
    this.startedAtMs = broadcast.startedAtMs
    this.#options = options
    this.#reserve = reserve
    this.#changed = changed
    const { start } = broadcast
    this.#mediaSequenceLimit = start.mediaSequenceLimit
    const longestGop = start.longestGopMs / 1000
    this.targetDuration =
      resumed?.note.targetDuration ??
      Math.max(1, Math.round(options.segmentSeconds), Math.min(Math.round(longestGop), options.maxSegmentSeconds))
    this.#cutter = new Cutter({
      nominalPart: options.profile === 'low' ? 1 / 4 : 1 / 3,
      segmentSeconds: options.segmentSeconds,
      targetDuration: this.targetDuration,
      firstMsn: start.mediaSequence,
      discontinuitySequence: start.discontinuitySequence,
      longestGop,
      now: Date.now,
      resumed: resumed?.note.cutter,
    })
    const kept = resumed?.renditions ?? []
    this.#epochs = new Set([this.epoch, ...kept.flatMap(({ segments }) => segments.map(({ epoch }) => epoch))])
    if (resumed !== undefined) this.#resume(resumed)
  }

  /** Shows what a process before this one has shown. */
  #resume({ note, renditions }: Resumed): void {
    for (const kept of renditions) {
      const track = kept.tracks.at(-1)?.track
      if (track === undefined) continue
      const rendition = this.#newRendition(kept.name, track, kept)
      this.#partTargets.set(rendition, note.partTargets[kept.name] ?? 0)
      this.#renditions.set(kept.name, rendition)
      if (track.codec.kind === 'h264') {
        this.#video = rendition
        this.#nalLengthSize = parseAvcC(track.codec.avcC).nalLengthSize
      } else this.#audio = rendition
    }
    for (const channel of note.captions) this.#captions.add(channel)
    this.#revision = note.revision
    this.#playable = this.renditions.length
    this.#complete = true
  }

  /** Told to the process after this one. */
  #note(): void {
    const cutter = this.#cutter.state
    this.#notedAtMsn = this.#cutter.nextMsn
    if (this.keeper === undefined || cutter === undefined || !this.#complete) return
    const note: PresentationNote = {
      identity: this.#identity,
      revision: this.#revision,
      targetDuration: this.targetDuration,
      cutter,
      partTargets: Object.fromEntries([...this.#partTargets].map(([{ name }, target]) => [name, target])),
      captions: [...this.#captions],
      shape: shapeOf(this.#options),
    }
    this.keeper.note(NOTE, note)
  }

  /** Whether an address of this server start, or of one before it, may name something of this presentation. */
  knows(epoch: string): boolean {
    return this.#epochs.has(epoch)
  }

  /** What players load; changes when they must load the multivariant playlist anew. */
  get revision(): string {
    return `${this.#identity}.${this.#revision}`
  }
  /** Players can begin. */
  get ready(): boolean {
    return this.#complete
  }
  get ended(): boolean {
    return this.#state === 'ended'
  }
  /** Milliseconds since 1970. */
  get endedAtMs(): number | undefined {
    return this.#endedAtMs
  }
  /** Renditions that can be played, video first; without the video of an encoder that came back with sound alone. */
  get renditions(): readonly Rendition[] {
    const video = this.#audioLeads() ? undefined : this.#video
    return [video, this.#audio].filter((rendition) => rendition !== undefined).filter(({ window }) => window.playable)
  }
  /** How much playlists show at least, seconds. */
  get windowSeconds(): number {
    // "MUST NOT remove a Media Segment … if the duration would drop below three Target Durations" (RFC 8216bis 6.2.2)
    return Math.max(this.#options.liveSeconds, 4 * this.targetDuration)
  }
  /** How far back players were promised to get, seconds; 0: no further than a live playlist reaches. */
  get dvrSeconds(): number {
    return this.#options.dvrSeconds ?? 0
  }
  /** How far back they can go, seconds. */
  get rewindSeconds(): number {
    return Math.max(this.windowSeconds, this.dvrSeconds)
  }
  /** An encoder is connected, and its media has begun. */
  get flowing(): boolean {
    return this.#state === 'open' && this.#cutter.current !== undefined
  }
  /** Where the newest segment of all begins; renditions may still have to come so far. */
  get newestCut(): Cut | undefined {
    return this.#cutter.cuts.last
  }
  get allRenditions(): readonly Rendition[] {
    return [...this.#renditions.values()]
  }
  rendition(name: string): Rendition | undefined {
    return this.#renditions.get(name)
  }
  get frameRate(): number {
    return 1 / this.#cutter.frameSeconds
  }

  /** PART-TARGET of a rendition; constant once it is playable. */
  partTarget(rendition: Rendition): number {
    const known = this.#partTargets.get(rendition)
    if (known !== undefined) return known
    const plan = this.#cutter.plan
    if (plan === undefined) return 0
    const isAudio = rendition.track.codec.kind === 'aac'
    const frame = 1024 / rendition.track.timescale
    const target = isAudio ? audioPartTarget(plan.part, frame) : plan.partTarget
    if (isAudio) this.#cutter.follow(frame, target)
    this.#partTargets.set(rendition, target)
    return target
  }

  get progress(): BroadcastProgress {
    return {
      nextMediaSequence: this.#cutter.nextMsn,
      // The next broadcast's playlist begins behind one more discontinuity than this one has shown.
      discontinuitySequence: this.#cutter.discontinuitySequence + 1,
      longestGopMs: Math.round(this.#cutter.longestGop * 1000),
    }
  }

  track(track: Track): void {
    const isVideo = track.codec.kind === 'h264'
    if (track.codec.kind === 'h264') this.#nalLengthSize = parseAvcC(track.codec.avcC).nalLengthSize
    const rendition = isVideo ? this.#video : this.#audio
    if (rendition !== undefined) {
      if (!isVideo) this.#drainAudio(Number.POSITIVE_INFINITY)
      if (rendition.configure(track)) this.#cutter.configurationChanged()
      return
    }
    const made = this.#newRendition(isVideo ? 'source' : 'audio', track)
    if (isVideo) this.#video = made
    else this.#audio = made
    this.#renditions.set(made.name, made)
  }

  packet(packet: Packet): void {
    if (this.#state !== 'open') return
    if (packet.trackId === this.#video?.track.id) this.#videoPacket(this.#video, packet)
    else if (packet.trackId === this.#audio?.track.id) this.#audioPacket(packet)
    this.#lookForPlayable()
    if (this.#mediaSequenceLimit - this.#cutter.nextMsn < RESERVE_AHEAD) this.#reserveMore()
    if (this.#notedAtMsn !== this.#cutter.nextMsn) this.#note()
  }

  discontinuity(): void {
    if (this.#state !== 'open') return
    this.#drainAudio(Number.POSITIVE_INFINITY)
    this.#waitingAudio = []
    const until = Math.max(this.#videoTime ?? 0, this.#newestAudioEnd)
    this.#videoTime = undefined
    this.#audioTimeAtVideo = undefined
    this.#videoTimeAtAudio = undefined
    for (const rendition of this.#renditions.values()) rendition.flush(until)
    this.#cutter.discontinuity()
  }

  end(how: 'ended' | 'stopped'): void {
    if (this.#state !== 'open') return
    this.discontinuity()
    this.#state = how
    if (how === 'ended') this.#endedAtMs = Date.now()
    clearTimeout(this.#completeTimer)
    for (const rendition of this.#renditions.values()) {
      if (how === 'ended') rendition.window.end()
      else rendition.window.release()
    }
    // Behind what the windows still held back.
    this.keeper?.end(how)
    if (how === 'ended') this.#changed()
  }

  /** It ended under a process before this one. */
  endedBefore(endedAtMs: number): void {
    this.#state = 'ended'
    this.#endedAtMs = endedAtMs
    for (const { window } of this.#renditions.values()) window.end()
    this.#changed()
  }

  #videoPacket(video: Rendition, packet: Packet): void {
    const captions = this.#captions.size
    for (const channel of captionChannels(packet.data, this.#nalLengthSize)) this.#captions.add(channel)
    if (this.#captions.size > captions) this.#note()
    this.#cutter.video(packet.dts, packet.cts, packet.isSync)
    this.#audioTimeAtVideo = this.#newestAudioTime
    if (!this.#cutter.videoLeads) return
    video.push(packet)
    this.#videoTime = Math.max(this.#videoTime ?? 0, packet.dts + packet.cts)
    this.#videoTimeAtAudio ??= this.#videoTime
    this.#fillSilence()
    this.#drainAudio(this.#videoTime)
  }

  #audioPacket(packet: Packet): void {
    const time = this.#audioTime(packet)
    const first = this.#waitingAudio[0]
    this.#waitingAudio.push(packet)
    this.#newestAudioTime = time
    this.#videoTimeAtAudio = this.#videoTime
    if (this.#videoTime !== undefined) {
      const held = time - (this.#audioTimeAtVideo ?? time) > VIDEO_STALL ? VIDEO_STALL : MOST_AUDIO_HELD
      this.#drainAudio(Math.max(this.#videoTime, time - held))
    } else {
      const patience = this.#video === undefined ? AUDIO_ONLY_PATIENCE : VIDEO_PATIENCE
      const waited = time - (first === undefined ? time : this.#audioTime(first))
      if (this.#audioLeads() || waited > patience) this.#drainAudio(Number.POSITIVE_INFINITY)
    }
  }

  /** Audio began without video, and no key frame has come since. */
  #audioLeads(): boolean {
    return this.#cutter.current !== undefined && !this.#cutter.videoLeads
  }

  /** Packages the audio up to a time. What the video hasn't reached leads by itself: there the video stands still. */
  #drainAudio(until: number): void {
    const audio = this.#audio
    if (audio === undefined) return
    let taken = 0
    for (const packet of this.#waitingAudio) {
      const time = this.#audioTime(packet)
      if (time > until) break
      taken++
      if (time < this.#silentUntil) continue
      if (this.#videoTime === undefined ? until === Number.POSITIVE_INFINITY : time > this.#videoTime + AHEAD_TO_LEAD) {
        this.#cutter.audio(time, this.#audioFrame)
        this.#video?.miss()
      }
      audio.push(packet)
    }
    if (taken > 0) this.#waitingAudio.splice(0, taken)
  }

  #fillSilence(): void {
    const audio = this.#audio
    const { current } = this.#cutter
    if (audio === undefined || current === undefined || this.#videoTime === undefined || this.#waitingAudio.length > 0)
      return
    if (this.#videoTime - (this.#videoTimeAtAudio ?? 0) < AUDIO_STALL) return
    const { codec, timescale, id } = audio.track
    const data = codec.kind === 'aac' ? silentFrame(codec) : undefined
    if (data === undefined) {
      audio.miss()
      return
    }
    const until = rescale(this.#videoTime - AUDIO_STALL / 2, CUT_TIMESCALE, timescale)
    let dts = audio.end ?? rescale(current.time, CUT_TIMESCALE, timescale)
    for (; dts < until; dts += 1024) audio.push({ trackId: id, dts, cts: 0, isSync: true, data })
    this.#silentUntil = rescale(dts, timescale, CUT_TIMESCALE)
  }

  /** What a frame of audio lasts, and where the newest one ends, in ticks of CUT_TIMESCALE. */
  get #audioFrame(): number {
    return rescale(1024, this.#audio?.track.timescale ?? CUT_TIMESCALE, CUT_TIMESCALE)
  }
  get #newestAudioEnd(): number {
    return this.#newestAudioTime + this.#audioFrame
  }

  #audioTime(packet: Packet): number {
    return rescale(packet.dts, this.#audio?.track.timescale ?? CUT_TIMESCALE, CUT_TIMESCALE)
  }

  #newRendition(name: string, track: Track, kept?: Resumed['renditions'][number]): Rendition {
    const { maxWindowBytes, profile, pacing } = this.#options
    return new Rendition(
      name,
      track,
      this.#cutter.cuts,
      {
        liveSeconds: this.windowSeconds,
        maxBytes: maxWindowBytes,
        pacingMs: pacing === false ? 0 : profile === 'low' ? 75 : 100,
        epoch: this.epoch,
        keeper: this.keeper?.rendition(name),
      },
      track.codec.kind === 'h264' ? (dts) => this.#cutter.cutTime(dts) : (dts) => dts,
      (rendition) => this.partTarget(rendition),
      kept,
    )
  }

  /** Players are let in when every announced track can be played, or one can and the others take too long. */
  #lookForPlayable(): void {
    if (this.#cutter.plan === undefined) return
    // Asked with every packet: counted without making a list.
    const video = !this.#audioLeads() && this.#video?.window.playable === true
    const playable = (video ? 1 : 0) + (this.#audio?.window.playable === true ? 1 : 0)
    if (playable === this.#playable) return
    this.#playable = playable
    // From now on playlists may be read, and PART-TARGET never changes in them.
    for (const rendition of this.renditions) this.partTarget(rendition)
    if (this.#complete) {
      // A track that came late: players must read the multivariant playlist again.
      this.#revision++
      this.#note()
      this.#changed()
    } else if (playable === this.#renditions.size) this.#letIn()
    else this.#completeTimer ??= setTimeout(() => this.#letIn(), COMPLETE_WITHIN_MS)
  }

  #letIn(): void {
    if (this.#complete || this.#state !== 'open') return
    this.#complete = true
    clearTimeout(this.#completeTimer)
    this.#playable = this.renditions.length
    this.#note()
    this.#changed()
  }

  /** Asked once a segment: a store that fails now may answer then, and players must not suffer meanwhile. */
  #reserveMore(): void {
    if (this.#reservedAtMsn === this.#cutter.nextMsn) return
    this.#reservedAtMsn = this.#cutter.nextMsn
    this.#reserve(this.progress).then(
      (limit) => {
        this.#mediaSequenceLimit = limit
      },
      () => {},
    )
  }
}
