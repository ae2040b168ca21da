import { randomBytes } from 'node:crypto'
import type { Broadcast } from '../live/broadcast.ts'
import type { BroadcastProgress, Reader } from '../live/ports.ts'
import type { PromisedRung } from '../live/rungs.ts'
import { parseAvcC } from '../media/avcc.ts'
import { captionChannels } from '../media/caption-data.ts'
import type { Packet, Track } from '../media/packet.ts'
import { withParameterSets } from '../media/parameter-sets.ts'
import { frameTicksOf, isSound } from '../media/sound.ts'
import { CUT_TIMESCALE, type Cut } from './cut-list.ts'
import { Cutter } from './cutter.ts'
import { HeldAudio } from './held-audio.ts'
import type { BroadcastKeeper, RenditionKeeper } from './keeper.ts'
import { LentKeeper } from './lent-keeper.ts'
import { OtherSound } from './other-sound.ts'
import { audioPartTarget } from './part-plan.ts'
import { Rendition } from './rendition.ts'
import { lentInits, NOTE, type PresentationNote, type Resumed } from './resume.ts'
import { Rungs } from './rungs.ts'

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

/** After the first rendition is playable, the others may take so long before players are let in without them. */
const COMPLETE_WITHIN_MS = 1000
const RESERVE_AHEAD = 200
/** RTMP's milliseconds: a cut without a key frame is at the sum of two of its times, and a rung's frame at one. In ticks of CUT_TIMESCALE. */
const ROUNDING = 0.003 * CUT_TIMESCALE

/** The video as its encoder sends it, in addresses. */
const SOURCE = 'source'
/** The sound as its encoder sends it, and its other form. */
const SOUND = 'audio'
const OPUS = 'opus'

/**
 * One broadcast packaged: its renditions, cut alike. The source's video leads: segments begin at its key frames, audio follows
 * once the video has come as far, and further qualities of the picture whenever they come.
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
  /** What the encoder sends. */
  readonly #renditions = new Map<string, Rendition>()
  /** Where further qualities of the picture come in. */
  readonly rungs: Rungs
  /** Where another form of the sound comes in. */
  readonly opus: OtherSound
  readonly #heldAudio: HeldAudio
  readonly #changed: () => void
  readonly #partTargets = new Map<Rendition, number>()
  #video: Rendition | undefined
  #audio: Rendition | undefined
  #mediaSequenceLimit: number
  #reservedAtMsn = -1
  #notedAtMsn = -1
  #complete = false
  #completeTimer: NodeJS.Timeout | undefined
  #revision = 0
  #playable = 0
  #playableRungs = 0
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
    this.#heldAudio = new HeldAudio(this.#cutter, () => {
      this.#video?.miss()
      this.rungs.follow(this.#cutter.current?.time ?? 0)
    })
    this.rungs = new Rungs({
      cutter: this.#cutter,
      targetDuration: this.targetDuration,
      newRendition: (name, track, promised) => this.#newRendition(name, track, undefined, promised),
      source: () => this.#video,
      changed: () => this.#lookForPlayable(),
    })
    this.opus = new OtherSound({
      cutter: this.#cutter,
      newRendition: (track) => this.#newRendition(OPUS, track),
      source: () => this.#audio,
      changed: () => this.#lookForPlayable(),
    })
    const kept = resumed?.renditions ?? []
    this.#epochs = new Set([this.epoch, ...kept.flatMap(({ segments }) => segments.map(({ epoch }) => epoch))])
    if (resumed !== undefined) this.#resume(resumed)
  }

  /** Shows what a process before this one has shown. */
  #resume({ note, renditions }: Resumed): void {
    const lent = lentInits(renditions, note)
    // The source first: others show its segments.
    for (const kept of [...renditions].sort((a, b) => Number(b.name === SOURCE) - Number(a.name === SOURCE))) {
      const promised = note.promised?.[kept.name]
      const own = kept.tracks.findLast((_, index) => !lent(kept.name, index))
      const track = (own ?? (promised === undefined ? undefined : kept.tracks[0]))?.track
      if (track === undefined) continue
      const rendition = this.#newRendition(kept.name, track, kept, promised)
      for (const index of kept.tracks.keys()) if (lent(kept.name, index)) rendition.lend(index)
      const target = note.partTargets[kept.name]
      if (target !== undefined) this.#partTargets.set(rendition, target)
      if (track.codec.kind === 'aac') this.#addAudio(rendition)
      else if (track.codec.kind === 'opus') this.opus.restore(rendition)
      else if (kept.name === SOURCE) this.#addVideo(rendition)
      else this.rungs.restore(rendition)
    }
    if (this.#video?.track.codec.kind === 'h264')
      this.#nalLengthSize = parseAvcC(this.#video.track.codec.avcC).nalLengthSize
    for (const channel of note.captions) this.#captions.add(channel)
    this.#revision = note.revision
    this.rungs.letIn()
    this.#countPlayable()
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
      lent: Object.fromEntries(this.rungs.renditions.map(({ name, lentInits }) => [name, lentInits])),
      promised: Object.fromEntries(
        this.rungs.renditions.flatMap(({ name, promised }) => (promised === undefined ? [] : [[name, promised]])),
      ),
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
  /** Renditions that can be played, video first and of that the source; without the video of an encoder that came back with sound alone. */
  get renditions(): readonly Rendition[] {
    const video = this.#audioLeads() ? [] : [this.#video, ...this.rungs.listed]
    return [...video, this.#audio, this.opus.playable ? this.opus.rendition : undefined]
      .filter((rendition) => rendition !== undefined)
      .filter(({ window }) => window.playable)
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
    const { rendition: opus } = this.opus
    return [...this.#renditions.values(), ...(opus === undefined ? [] : [opus]), ...this.rungs.renditions]
  }
  rendition(name: string): Rendition | undefined {
    if (name === OPUS) return this.opus.rendition
    return this.#renditions.get(name) ?? this.rungs.rendition(name)
  }
  /** A playlist or a part is waited for. */
  get isAwaited(): boolean {
    for (const { window } of this.#renditions.values()) if (window.waiting > 0) return true
    return this.rungs.isAwaited || (this.opus.rendition?.window.waiting ?? 0) > 0
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
    // All video has the source's frames, and its parts.
    const { codec, timescale } = rendition.track
    const frame = isSound(codec) ? frameTicksOf(codec) / timescale : undefined
    const target = frame === undefined ? plan.partTarget : audioPartTarget(plan.part, frame)
    if (frame !== undefined) this.#cutter.follow(frame, target)
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
      if (!isVideo) this.#heldAudio.release()
      if (rendition.configure(track)) this.#cutter.configurationChanged()
      return
    }
    if (isVideo) this.#addVideo(this.#newRendition(SOURCE, track))
    else this.#addAudio(this.#newRendition(SOUND, track))
  }

  #addVideo(rendition: Rendition): void {
    this.#video = rendition
    this.#renditions.set(rendition.name, rendition)
  }

  #addAudio(rendition: Rendition): void {
    this.#audio = rendition
    this.#heldAudio.audio = rendition
    this.#renditions.set(rendition.name, rendition)
  }

  packet(packet: Packet): void {
    if (this.#state !== 'open') return
    if (packet.trackId === this.#video?.track.id) this.#videoPacket(this.#video, packet)
    else if (packet.trackId === this.#audio?.track.id) this.#heldAudio.push(packet, this.#video !== undefined)
    this.opus.follow()
    this.#lookForPlayable()
    if (this.#mediaSequenceLimit - this.#cutter.nextMsn < RESERVE_AHEAD) this.#reserveMore()
    if (this.#notedAtMsn === this.#cutter.nextMsn) return
    this.rungs.list()
    this.#note()
  }

  discontinuity(): void {
    if (this.#state !== 'open') return
    this.#heldAudio.release()
    const { end, videoTime } = this.#heldAudio
    this.#heldAudio.forget()
    this.opus.discontinuity(end)
    for (const rendition of this.#renditions.values()) rendition.flush(end)
    const frame = this.#cutter.frameSeconds * CUT_TIMESCALE
    this.rungs.discontinuity(videoTime === undefined ? end : videoTime + Math.round(frame), end)
    this.#cutter.discontinuity()
  }

  end(how: 'ended' | 'stopped', atMs = Date.now()): void {
    if (this.#state !== 'open') return
    this.discontinuity()
    this.#state = how
    if (how === 'ended') this.#endedAtMs = atMs
    clearTimeout(this.#completeTimer)
    this.rungs.close()
    this.opus.close()
    for (const rendition of this.allRenditions) {
      if (how === 'ended') rendition.window.end()
      else rendition.window.release()
    }
    // Behind what the windows still held back.
    this.keeper?.end(how, atMs)
    if (how === 'ended') this.#changed()
  }

  /** It ended under a process before this one. */
  endedBefore(endedAtMs: number): void {
    this.#state = 'ended'
    this.#endedAtMs = endedAtMs
    this.rungs.close()
    this.opus.close()
    for (const { window } of this.allRenditions) window.end()
    this.#changed()
  }

  #videoPacket(video: Rendition, packet: Packet): void {
    const captions = this.#captions.size
    for (const channel of captionChannels(packet.data, this.#nalLengthSize)) this.#captions.add(channel)
    if (this.#captions.size > captions) this.#note()
    this.#cutter.video(packet.dts, packet.cts, packet.isSync)
    this.#heldAudio.videoComes()
    if (!this.#cutter.videoLeads) return
    const { codec } = video.track
    const whole = packet.isSync && codec.kind === 'h264' && this.rungs.lends
    video.push(whole ? { ...packet, data: withParameterSets(packet.data, codec.avcC) } : packet)
    this.#heldAudio.videoCame(packet.dts + packet.cts)
    this.rungs.sourcePacket(packet, video)
  }

  /** Audio began without video, and no key frame has come since. */
  #audioLeads(): boolean {
    return this.#cutter.current !== undefined && !this.#cutter.videoLeads
  }

  #newRendition(name: string, track: Track, kept?: Resumed['renditions'][number], promised?: PromisedRung): Rendition {
    const { maxWindowBytes, profile, pacing } = this.#options
    const keeper = this.keeper?.rendition(name)
    const rendition: Rendition = new Rendition(
      name,
      track,
      this.#cutter.cuts,
      {
        liveSeconds: this.windowSeconds,
        maxBytes: maxWindowBytes,
        pacingMs: pacing === false ? 0 : profile === 'low' ? 75 : 100,
        epoch: this.epoch,
        keeper: promised === undefined ? keeper : this.#lentKeeper(keeper, (index) => rendition.isLent(index)),
      },
      // Others have no frames that are decoded long before they are shown.
      name === SOURCE
        ? { cutTime: (dts) => this.#cutter.cutTime(dts), rounding: 1 }
        : { cutTime: (dts) => dts, rounding: ROUNDING },
      (rendition) => this.partTarget(rendition),
      kept,
      promised,
    )
    return rendition
  }

  #lentKeeper(own: RenditionKeeper | undefined, isLent: (initIndex: number) => boolean): LentKeeper | undefined {
    return own && new LentKeeper({ own, isLent, lender: () => this.#video?.keeper })
  }

  /** Players are let in when every announced track, rung and form of the sound can be played, or one track can and the others take too long. */
  #lookForPlayable(): void {
    if (this.#cutter.plan === undefined || this.#state !== 'open') return
    const tracks = this.#playable
    const rungs = this.#playableRungs
    // Asked with every packet: counted without making a list.
    this.#countPlayable()
    const unchanged = this.#playable === tracks && this.#playableRungs === rungs
    if (unchanged && this.#complete) return
    // From now on playlists may be read, and PART-TARGET never changes in them.
    if (!unchanged) for (const rendition of this.renditions) this.partTarget(rendition)
    if (this.#complete) {
      // A track that came late: players must read the multivariant playlist again. A rung is no reason to.
      if (this.#playable !== tracks) this.#revision++
      this.#note()
      this.#changed()
    } else if (this.#playable === this.#renditions.size && !this.rungs.awaited && !this.opus.awaited) this.#letIn()
    else if (this.#playable > 0) this.#completeTimer ??= setTimeout(() => this.#letIn(), COMPLETE_WITHIN_MS)
  }

  #countPlayable(): void {
    const video = !this.#audioLeads() && this.#video?.window.playable === true
    this.#playable = (video ? 1 : 0) + (this.#audio?.window.playable === true ? 1 : 0)
    this.#playableRungs = this.rungs.playable + (this.opus.playable ? 1 : 0)
  }

  #letIn(): void {
    if (this.#complete || this.#state !== 'open') return
    this.#complete = true
    clearTimeout(this.#completeTimer)
    this.rungs.letIn()
    this.#countPlayable()
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
