import type { Log } from '../../base/log.ts'
import type { Reader } from '../../live/ports.ts'
import type { SoundSink } from '../../live/sound-sink.ts'
import { OPUS_RATE } from '../../media/opus-head.ts'
import { type Packet, rescale, type Track } from '../../media/packet.ts'
import { configurationOf, OPUS_FRAME_TICKS } from '../../media/sound.ts'
import type { ChildEnd } from '../child/protocol.ts'
import { Restarts } from '../restarts.ts'
import { type AacTrack, type LaunchSound, SoundRun } from './sound-run.ts'

/** What a child is given again of what the one before it had, so that it has settled where it takes over. Ticks of 48 kHz. */
const PRE_ROLL = 0.2 * OPUS_RATE
/** The most that is kept for a child that is to come. */
const MOST_KEPT = 10 * OPUS_RATE

export type OpusSoundOptions = {
  readonly sink: SoundSink
  readonly launch: LaunchSound
  /** Children can be started. */
  readonly isReady: () => boolean
  /** There is no such program as FFmpeg. */
  readonly missing: () => void
  readonly ended: () => void
  readonly log: Log
}

/**
 * The sound of one broadcast once more, in Opus, by children that come and go on one timeline: what one began, the next one goes
 * on with, at the very packet. It has children of its own: they take a fiftieth of a processor, and neither a ladder that gives
 * way nor its absence is heard.
 */
export class OpusSound implements Reader {
  readonly #options: OpusSoundOptions
  readonly #restarts = new Restarts()
  #track: AacTrack | undefined
  /** What a child that is to come may need. */
  #recent: Packet[] = []
  #run: SoundRun | undefined
  #retry: NodeJS.Timeout | undefined
  #told: Uint8Array | undefined
  /** Where the next packet belongs, in ticks of 48 kHz; undefined: anywhere. */
  #next: number | undefined
  #pastCpuSeconds = 0
  #packets = 0
  #failures = 0

  constructor(options: OpusSoundOptions) {
    this.#options = options
  }

  /** All since the broadcast began, but for the lag: how far it is behind the source. */
  get figures(): {
    readonly packets: number
    readonly restarts: number
    readonly cpuSeconds: number
    readonly lagMs: number | undefined
    readonly pids: readonly number[]
  } {
    const newest = this.#recent.at(-1)
    return {
      packets: this.#packets,
      restarts: this.#failures,
      cpuSeconds: this.#pastCpuSeconds + (this.#run?.cpuSeconds ?? 0),
      lagMs:
        this.#run === undefined || newest === undefined || this.#next === undefined
          ? undefined
          : Math.max(0, rescale(this.#timeOf(newest) - this.#next, OPUS_RATE, 1000)),
      pids: this.#run?.pid === undefined ? [] : [this.#run.pid],
    }
  }

  track(track: Track): void {
    const { codec } = track
    if (codec.kind !== 'aac') return
    const before = this.#track
    this.#track = { ...track, codec }
    if (before !== undefined && Buffer.compare(configurationOf(before.codec), codec.audioSpecificConfig) !== 0)
      this.#beginAnew()
  }

  packet(packet: Packet): void {
    if (packet.trackId !== this.#track?.id) return
    this.#recent.push(packet)
    if (this.#run?.isOld) this.#letGo()
    if (this.#run === undefined) this.consider()
    else this.#run.feed(packet)
    this.#forgetBefore(this.#timeOf(packet) - MOST_KEPT)
  }

  discontinuity(): void {
    this.#beginAnew()
    this.#track = undefined
  }

  end(): void {
    this.#beginAnew()
    clearTimeout(this.#retry)
    this.#track = undefined
    this.#options.ended()
  }

  /** Begins, or goes on, where something changed. */
  consider(): void {
    if (this.#run !== undefined || this.#retry !== undefined || !this.#options.isReady()) return
    const track = this.#track
    const next = this.#next
    if (track === undefined || this.#recent.length === 0) return
    const from = next === undefined ? 0 : this.#recent.findLastIndex((each) => this.#timeOf(each) <= next - PRE_ROLL)
    if (this.#packets === 0) this.#options.sink.expect()
    const run: SoundRun = new SoundRun({
      ...{ launch: this.#options.launch, track, frames: this.#recent.slice(Math.max(0, from)), gridTime: next },
      // One that was let go may still say something.
      head: (opusHead) => run === this.#run && this.#tell(track, opusHead),
      made: (time, data) => run === this.#run && this.#made(track, time, data),
      gone: (end) => run === this.#run && this.#gone(run, end),
    })
    this.#run = run
  }

  /** To be called a few times a second: finds children that hang. */
  look(nowMs: number): void {
    const run = this.#run
    if (run?.hangs(nowMs) !== true) return
    this.#letGo()
    this.#failed(run, { good: false, how: 'it made nothing for seconds', missing: false, said: [] })
  }

  #tell({ id }: AacTrack, opusHead: Uint8Array): void {
    if (this.#told !== undefined && Buffer.compare(this.#told, opusHead) === 0) return
    this.#told = opusHead
    this.#options.sink.track({ id, codec: { kind: 'opus', opusHead }, timescale: OPUS_RATE })
  }

  #made({ id }: AacTrack, time: number, data: Uint8Array): void {
    // Another child made it.
    if (this.#next !== undefined && time < this.#next - OPUS_FRAME_TICKS / 2) return
    this.#next = time + OPUS_FRAME_TICKS
    this.#packets++
    this.#options.sink.packet({ trackId: id, dts: time, cts: 0, isSync: true, data })
    this.#forgetBefore(this.#next - 2 * PRE_ROLL)
  }

  #gone(run: SoundRun, end: ChildEnd): void {
    this.#letGo()
    this.#failed(run, end)
  }

  #failed({ workedMs }: SoundRun, { how, said, missing }: ChildEnd): void {
    const { sink, log } = this.#options
    this.#failures++
    if (missing) {
      sink.pause()
      this.#options.missing()
      return
    }
    const waitMs = this.#restarts.failed(workedMs)
    const about = { how, workedMs: Math.round(workedMs), said }
    if (waitMs === 0) {
      log.warn(about, 'FFmpeg ended, another one goes on with the sound in Opus where it was')
      this.consider()
      return
    }
    log.warn({ ...about, waitMs }, 'FFmpeg ends again and again: no sound in Opus until it is tried again')
    sink.pause()
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      // What was missed is over.
      this.#next = undefined
      this.#recent = this.#recent.slice(-1)
      this.consider()
    }, waitMs)
  }

  /** What follows has nothing to do with what came. */
  #beginAnew(): void {
    this.#letGo()
    this.#recent = []
    this.#next = undefined
  }

  #letGo(): void {
    const run = this.#run
    if (run === undefined) return
    this.#pastCpuSeconds += run.cpuSeconds
    this.#run = undefined
    run.kill()
  }

  #forgetBefore(time: number): void {
    const first = this.#recent.findIndex((each) => this.#timeOf(each) >= time)
    if (first > 0) this.#recent.splice(0, first)
  }

  #timeOf({ dts }: Packet): number {
    return rescale(dts, this.#track?.timescale ?? OPUS_RATE, OPUS_RATE)
  }
}
