import { setTimeout as sleep } from 'node:timers/promises'
import { readFragment, readTimescale } from '../../light/read-fragment.ts'
import { type Answer, Line } from './line.ts'
import { Playback } from './playback.ts'
import { hasEnded, holdBackOf, numbersOf, readTail, type TailPart } from './playlist-tail.ts'
import type { Skew, SourceClock } from './source-clock.ts'
import type { Tally } from './tally.ts'

export type Followed = {
  readonly port: number
  readonly slug: string
  /** Media playlist, relative to `/live/<slug>/`. */
  readonly playlist: string
  /** Its encoder stays: the broadcast has no reason to pause or to end. */
  readonly steady: boolean
  /** Reads the playlist of the whole rewind window. */
  readonly dvr: boolean
}

/** What all followers of a viewer share. */
export type FollowerPorts = { readonly tally: Tally; readonly clock: SourceClock; readonly skew: Skew }

/** Who stands still for less has a clock that is as coarse. */
const STALL_MS = 20
const AGAIN_MS = 500

/**
 * Follows one rendition as a low-latency player does: a blocking reload, delta updates, every new part in its order. It
 * decodes nothing, but knows what a player would stumble over: parts that are missing, out of order or late.
 */
export class Follower {
  readonly #of: Followed
  readonly #ports: FollowerPorts
  readonly #line: Line
  #playback: Playback | undefined
  #holdBackMs = 0
  #newest: string | undefined
  #closed = false
  #timescale = 0
  #map: string | undefined
  #nextDecodeTime: number | undefined
  #sequence = -1
  #discontinuities = 0

  constructor(of: Followed, ports: FollowerPorts) {
    this.#of = of
    this.#ports = ports
    this.#line = new Line(of.port)
  }

  /** Follows, and begins again after whatever went wrong. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#line.close(), { once: true })
    while (!signal.aborted) {
      try {
        if (await this.#join()) while (await this.#goOn());
      } catch (error) {
        if (!signal.aborted) this.#fault('failed', error instanceof Error ? error.message : String(error))
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Begins the hold-back behind the end. @returns false: there is nothing to follow */
  async #join(): Promise<boolean> {
    this.#newest = undefined
    this.#map = undefined
    this.#nextDecodeTime = undefined
    const { status, body } = await this.#ask(this.#of.dvr ? '?dvr=1' : '')
    if (status !== 200) return this.#lost(`its playlist answered ${status}`)
    const text = body.toString('latin1')
    const tail = readTail(text)
    if (tail === undefined || tail.ended) return this.#lost('its playlist has an end')
    const { parts } = tail
    const map = parts.find((part) => part.map !== undefined)?.map ?? /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1]
    this.#holdBackMs = holdBackOf(text) * 1000
    let [first, aheadMs] = [parts.length, 0]
    while (first > 0 && aheadMs < this.#holdBackMs) aheadMs += (parts[--first]?.duration ?? 0) * 1000
    if (first === parts.length) return false
    if (map !== undefined) await this.#takeMap(map)
    this.#playback = undefined
    this.#discontinuities = discontinuitiesBefore(text, parts[first])
    for (const part of parts.slice(first)) await this.#take(part)
    this.#playback = new Playback(performance.now(), aheadMs)
    this.#closed = tail.closed
    this.#ports.tally.add('joins')
    return true
  }

  /** The next playlist, and what is new in it. @returns false: begin again */
  async #goOn(): Promise<boolean> {
    const { msn, part } = numbersOf(this.#newest ?? '')
    const next = this.#closed ? `_HLS_msn=${msn + 1}&_HLS_part=0` : `_HLS_msn=${msn}&_HLS_part=${part + 1}`
    const { status, body } = await this.#ask(`?${this.#of.dvr ? 'dvr=1&' : ''}${next}&_HLS_skip=YES`)
    if (status === 503 && !this.#of.steady) return true
    if (status !== 200) return this.#lost(`its playlist answered ${status}`)
    const text = body.toString('latin1')
    const tail = readTail(text, this.#newest)
    if (tail === undefined) {
      // What has ended is told in whole segments.
      if (hasEnded(text)) return this.#lost('its playlist has an end')
      if (text.includes(`/${epochOf(this.#newest)}/`)) {
        this.#fault('behind', `what came after ${this.#newest} is listed no more`)
        return false
      }
      return this.#lost('another broadcast began')
    }
    if (tail.gaps > 0 && this.#of.steady)
      this.#fault('missing', `${tail.gaps} segments behind ${this.#newest} are gaps`)
    for (const each of tail.parts) await this.#take(each)
    if (tail.parts.length > 0 || tail.closed) this.#closed = tail.closed
    return tail.ended ? this.#lost('its playlist has an end') : true
  }

  async #take(part: TailPart): Promise<void> {
    const { tally } = this.#ports
    if (part.map !== undefined && part.map !== this.#map) await this.#takeMap(part.map)
    const { status, body } = await this.#get(part.uri)
    const nowMs = performance.now()
    const before = this.#newest
    this.#newest = part.uri
    if (status !== 200) {
      this.#nextDecodeTime = undefined
      this.#fault('missing', `${part.uri} answered ${status}`)
      return
    }
    this.#checkOrder(before, part)
    this.#checkFragment(part, body)
    tally.add('parts')
    tally.add('bytes', body.byteLength)
    if (this.#playback === undefined) return
    if (part.discontinuity) this.#playback.wentOn(nowMs, this.#holdBackMs, part.duration * 1000)
    else this.#noteStall(this.#playback.arrived(nowMs, part.duration * 1000), part)
  }

  #noteStall(stillMs: number, part: TailPart): void {
    if (stillMs < STALL_MS) return
    const { tally } = this.#ports
    // Where encoders come and go, their last part before they went may be followed by nothing for long.
    if (!this.#of.steady) return
    tally.peak('stillMs', stillMs)
    tally.fault(
      'stalls',
      `${this.#where}: ${part.uri} came ${Math.round(stillMs)} ms after what was before it was over`,
    )
  }

  #checkOrder(before: string | undefined, part: TailPart): void {
    if (before === undefined) return
    const [old, now] = [numbersOf(before), numbersOf(part.uri)]
    const follows = (now.msn === old.msn && now.part === old.part + 1) || (now.msn === old.msn + 1 && now.part === 0)
    if (!follows) this.#fault('missing', `${part.uri} follows ${before}`)
  }

  #checkFragment(part: TailPart, body: Buffer): void {
    const fragment = readFragment(body)
    const { baseMediaDecodeTime, ticks, sequenceNumber, firstSample } = fragment
    const due = this.#nextDecodeTime
    if (part.discontinuity) {
      this.#discontinuities++
      if (this.#of.steady) this.#fault('holes', `${part.uri} comes behind a discontinuity`)
    }
    if (due !== undefined && (part.discontinuity ? baseMediaDecodeTime < due : baseMediaDecodeTime !== due))
      this.#fault('holes', `${part.uri} has decode time ${baseMediaDecodeTime} where ${due} was due`)
    if (due !== undefined && sequenceNumber <= this.#sequence)
      this.#fault('holes', `${part.uri} has sequence number ${sequenceNumber} behind ${this.#sequence}`)
    if (Math.abs(ticks / this.#timescale - part.duration) > 0.001)
      this.#fault('holes', `${part.uri} lasts ${ticks / this.#timescale} s, its playlist says ${part.duration}`)
    this.#nextDecodeTime = baseMediaDecodeTime + ticks
    this.#sequence = sequenceNumber
    const moment = this.#ports.clock.momentOf(firstSample)
    if (moment === undefined) {
      this.#ports.tally.add('unknownSamples')
      return
    }
    const mediaMs = (baseMediaDecodeTime / this.#timescale) * 1000
    const skewMs = this.#ports.skew.saw(moment, mediaMs, `${epochOf(part.uri)} ${this.#discontinuities}`)
    if (skewMs !== undefined) this.#ports.tally.peak('skewMs', skewMs)
  }

  async #takeMap(uri: string): Promise<void> {
    const { status, body } = await this.#get(uri)
    if (status !== 200) throw new Error(`${uri} answered ${status}`)
    this.#timescale = readTimescale(body)
    this.#map = uri
  }

  #ask(query: string): Promise<Answer> {
    this.#ports.tally.add('playlists')
    return this.#get(`${this.#of.playlist}${query}`)
  }

  #get(uri: string): Promise<Answer> {
    return this.#line.get(`/live/${this.#of.slug}/${uri}`)
  }

  /** What ends a broadcast: no fault where it may. */
  #lost(words: string): false {
    if (this.#of.steady) this.#fault('lost', words)
    return false
  }

  #fault(name: string, words: string): void {
    this.#ports.tally.fault(name, `${this.#where}: ${words}`)
  }

  get #where(): string {
    return `${this.#of.slug} ${this.#of.playlist}${this.#of.dvr ? ' (dvr)' : ''}`
  }
}

/** What names a broadcast of this server: `…/<epoch>/<msn>.<part>.m4s`. */
const epochOf = (uri = ''): string => uri.split('/').at(-2) ?? ''

/** How many discontinuities of its broadcast are before this part, its own not counted. */
function discontinuitiesBefore(text: string, part: TailPart | undefined): number {
  const before = text.slice(0, text.indexOf(`URI="${part?.uri}"`)).match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0
  const earlier = Number(/#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0)
  return earlier + before - (part?.discontinuity ? 1 : 0)
}
