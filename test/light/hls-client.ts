import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ReadPart, type ReadPlaylist, type ReadSegment, readMultivariant, readPlaylist } from './playlist.ts'
import { readFragment, readTimescale } from './read-fragment.ts'

export type LightHlsOptions = {
  /** Every n-th segment is fetched whole and compared with its parts; 0: none. */
  readonly compareEvery?: number
}

/** What one rendition's reader has seen. */
export type RenditionReport = {
  readonly name: string
  readonly parts: number
  readonly segments: number
  readonly compared: number
  readonly hinted: number
  readonly deltas: number
  /** Last parts of segments so short that they set off the race of hls.js. */
  readonly shortTails: number
  /** Milliseconds behind the pace of the media, against the part that came earliest: the worst, and of the last part. */
  readonly worstLateMs: number
  readonly bytes: number
}

/** Late beyond this, a part did not come in time. Nobody who stands still for ten seconds can blame less. */
export const IN_TIME_MS = 2000
/** hls.js takes a segment for complete when no more than this is missing (its `bufferPadding`), seconds. */
const SHORT_TAIL = 0.2
const REQUEST_MS = 60_000
const MOST_FAULTS = 50

/**
 * A light low-latency HLS reader: it decodes nothing, but asks as a native player does (blocking reloads, delta updates,
 * preload hints), takes every part of every rendition, and notes what a player would stumble over.
 */
export class LightHlsClient {
  readonly #url: string
  readonly #compareEvery: number
  readonly #abort = new AbortController()
  readonly #agent = new Agent({ keepAlive: true })
  readonly #faults: string[] = []
  #readers: RenditionReader[] = []
  #running: Promise<unknown> = Promise.resolve()

  constructor(url: string, { compareEvery = 4 }: LightHlsOptions = {}) {
    this.#url = url
    this.#compareEvery = compareEvery
  }

  /** Reads the multivariant playlist and begins. @throws Error when there is none */
  async start(): Promise<void> {
    const answer = await this.fetch(this.#url)
    if (answer.status !== 200) throw new Error(`${this.#url} answered ${answer.status}`)
    const uris = readMultivariant(answer.body.toString())
    this.#readers = uris.map((uri) => new RenditionReader(this, new URL(uri, this.#url).href, this.#compareEvery))
    this.#running = Promise.all(
      this.#readers.map((reader) =>
        reader.run(this.#abort.signal).catch((error: unknown) => {
          if (!this.#abort.signal.aborted) this.fault(`${reader.name} stopped: ${String(error)}`)
        }),
      ),
    )
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running
    this.#agent.destroy()
  }

  /** What was wrong so far, in words. */
  get faults(): readonly string[] {
    return this.#faults
  }

  get reports(): readonly RenditionReport[] {
    return this.#readers.map((reader) => reader.report())
  }

  /** All renditions' parts came in time since then (performance.now), and still do. */
  inTimeSince(sinceMs: number): boolean {
    return this.#readers.length > 0 && this.#readers.every((reader) => reader.inTimeSince(sinceMs))
  }

  fault(words: string): void {
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(words)
  }

  fetch(url: string): Promise<{ readonly status: number; readonly body: Buffer }> {
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: this.#agent, timeout: REQUEST_MS, signal: this.#abort.signal }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
        response.on('error', reject)
      })
      request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_MS} ms: ${url}`)))
      request.on('error', reject)
    })
  }
}

type Arrival = { readonly atMs: number; readonly lateMs: number }

/** Follows one media playlist. */
class RenditionReader {
  readonly name: string
  readonly #client: LightHlsClient
  readonly #url: string
  readonly #compareEvery: number
  #playlist: ReadPlaylist | undefined
  /** Segments by number, put together from full playlists and delta updates. */
  readonly #segments = new Map<number, ReadSegment>()
  readonly #bodies = new Map<string, Promise<Buffer | undefined>>()
  readonly #checked = new Set<string>()
  readonly #arrivals: Arrival[] = []
  #timescale = 0
  #map: string | undefined
  #mediaSeconds = 0
  /** Wall clock less media time, of the earliest part: the pace. */
  #paceMs = Number.POSITIVE_INFINITY
  #nextDecodeTime: number | undefined
  #worstLateMs = 0
  #counts = { parts: 0, segments: 0, compared: 0, hinted: 0, deltas: 0, shortTails: 0, bytes: 0 }
  #lastPartAtMs = performance.now()
  #started = false

  constructor(client: LightHlsClient, url: string, compareEvery: number) {
    this.#client = client
    this.#url = url
    this.#compareEvery = compareEvery
    this.name = /([^/]+)\.m3u8$/.exec(url)?.[1] ?? url
  }

  report(): RenditionReport {
    return { name: this.name, ...this.#counts, worstLateMs: Math.round(this.#worstLateMs) }
  }

  inTimeSince(sinceMs: number): boolean {
    const longestPauseMs = (this.#playlist?.partTarget ?? 1) * 1000 + IN_TIME_MS
    if (performance.now() - this.#lastPartAtMs > longestPauseMs) return false
    return this.#arrivals.every(({ atMs, lateMs }) => atMs < sinceMs || lateMs <= IN_TIME_MS)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const playlist = await this.#reload()
      if (playlist === undefined) {
        await sleep(1000, undefined, { signal })
        continue
      }
      if (playlist.ended) return
      await this.#take(playlist)
    }
  }

  async #reload(): Promise<ReadPlaylist | undefined> {
    const url = new URL(this.#url)
    const before = this.#playlist
    if (before !== undefined) {
      const newest = before.segments.at(-1)
      const open = newest !== undefined && newest.uri === undefined
      url.searchParams.set('_HLS_msn', String(open ? newest.msn : (newest?.msn ?? before.mediaSequence - 1) + 1))
      url.searchParams.set('_HLS_part', String(open ? newest.parts.length : 0))
      // Every other time, so that both kinds are read.
      if (before.canSkipUntil !== undefined && this.#counts.parts % 2 === 1) url.searchParams.set('_HLS_skip', 'YES')
    }
    const { status, body } = await this.#client.fetch(url.href)
    if (status !== 200) {
      this.#fault(`${url.pathname}${url.search} answered ${status}`)
      return undefined
    }
    const playlist = readPlaylist(body.toString())
    if (playlist.skipped > 0) this.#counts.deltas++
    this.#compareWith(before, playlist)
    this.#playlist = playlist
    return playlist
  }

  #compareWith(before: ReadPlaylist | undefined, now: ReadPlaylist): void {
    const newest = now.segments.at(-1)
    if (!(now.partTarget > 0) || !(now.targetDuration > 0)) this.#fault('no TARGETDURATION or no PART-TARGET')
    if ((now.partHoldBack ?? 0) < 3 * now.partTarget - 0.001) this.#fault('PART-HOLD-BACK is below three PART-TARGETs')
    for (const segment of now.segments) {
      if (segment.uri !== undefined && Math.round(segment.duration) > now.targetDuration)
        this.#fault(`segment ${segment.msn} of ${segment.duration} s exceeds TARGETDURATION ${now.targetDuration}`)
    }
    if (before === undefined) return
    if (now.mediaSequence < before.mediaSequence)
      this.#fault(`EXT-X-MEDIA-SEQUENCE went from ${before.mediaSequence} back to ${now.mediaSequence}`)
    if (now.discontinuitySequence < before.discontinuitySequence) this.#fault('EXT-X-DISCONTINUITY-SEQUENCE went back')
    if (now.targetDuration !== before.targetDuration) this.#fault('TARGETDURATION changed')
    if (now.partTarget !== before.partTarget) this.#fault('PART-TARGET changed')
    const last = before.segments.at(-1)
    if (last !== undefined && newest !== undefined && !now.ended) {
      const further =
        newest.msn > last.msn ||
        (newest.msn === last.msn && (newest.parts.length > last.parts.length || newest.uri !== last.uri))
      if (!further) this.#fault(`a blocking reload answered without anything new behind ${last.msn}`)
      if (newest.msn < last.msn) this.#fault(`the newest segment went from ${last.msn} back to ${newest.msn}`)
    }
    if (now.skipped > 0) {
      for (let msn = now.mediaSequence; msn < now.mediaSequence + now.skipped; msn++) {
        if (!this.#segments.has(msn)) this.#fault(`a delta update skipped segment ${msn}, which was never listed`)
      }
    }
  }

  /** Takes the parts that are new, in order, and asks for the hinted one at once. */
  async #take(playlist: ReadPlaylist): Promise<void> {
    for (const segment of playlist.segments) this.#segments.set(segment.msn, segment)
    for (const msn of this.#segments.keys()) if (msn < playlist.mediaSequence) this.#segments.delete(msn)
    if (playlist.hint !== undefined && !this.#bodies.has(playlist.hint)) {
      this.#counts.hinted++
      this.#ask(playlist.hint)
    }
    if (!this.#started) {
      // A player begins near the end; older parts say nothing about being in time.
      for (const { parts } of playlist.segments.slice(0, -1)) for (const { uri } of parts) this.#checked.add(uri)
      this.#started = true
    }
    for (const segment of playlist.segments) {
      for (const [index, part] of segment.parts.entries()) {
        const isLast = segment.uri !== undefined && index === segment.parts.length - 1
        this.#checkDuration(segment, index, part, isLast, playlist)
        if (this.#checked.has(part.uri)) continue
        this.#checked.add(part.uri)
        await this.#takePart(segment, part, index)
      }
      if (segment.uri !== undefined) await this.#complete(segment)
    }
    if (this.#checked.size > 2000) this.#forget()
  }

  async #takePart(segment: ReadSegment, part: ReadPart, index: number): Promise<void> {
    if (segment.map !== undefined && segment.map !== this.#map) await this.#takeInit(segment.map)
    const bytes = await this.#ask(part.uri)
    if (bytes === undefined) return
    const nowMs = performance.now()
    const facts = readFragment(bytes)
    const where = `part ${segment.msn}.${index}`
    if (facts.firstIsSync !== part.independent)
      this.#fault(`${where}: INDEPENDENT is ${part.independent}, its first sample says ${facts.firstIsSync}`)
    if (Math.abs(facts.ticks / this.#timescale - part.duration) > 0.001)
      this.#fault(`${where}: DURATION=${part.duration}, its samples last ${facts.ticks / this.#timescale}`)
    const breaks = index === 0 && segment.discontinuity
    if (this.#nextDecodeTime !== undefined && !breaks && facts.baseMediaDecodeTime !== this.#nextDecodeTime)
      this.#fault(`${where}: decode time ${facts.baseMediaDecodeTime} where ${this.#nextDecodeTime} was due`)
    this.#nextDecodeTime = facts.baseMediaDecodeTime + facts.ticks
    if (breaks) this.#paceMs = Number.POSITIVE_INFINITY
    this.#mediaSeconds += part.duration
    const offsetMs = nowMs - this.#mediaSeconds * 1000
    this.#paceMs = Math.min(this.#paceMs, offsetMs)
    const lateMs = offsetMs - this.#paceMs
    this.#worstLateMs = Math.max(this.#worstLateMs, lateMs)
    this.#arrivals.push({ atMs: nowMs, lateMs })
    if (this.#arrivals.length > 400) this.#arrivals.shift()
    this.#lastPartAtMs = nowMs
    this.#counts.parts++
    this.#counts.bytes += bytes.byteLength
  }

  #checkDuration(segment: ReadSegment, index: number, part: ReadPart, isLast: boolean, playlist: ReadPlaylist): void {
    if (this.#checked.has(`${part.uri} duration`)) return
    const { partTarget } = playlist
    if (part.duration > partTarget + 0.00001)
      this.#fault(`part ${segment.msn}.${index} of ${part.duration} s exceeds PART-TARGET ${partTarget}`)
    // The last part of a segment may be short, and whether it is the last is known when the segment is complete.
    if (segment.uri === undefined && index === segment.parts.length - 1) return
    this.#checked.add(`${part.uri} duration`)
    if (!isLast && part.duration < partTarget * 0.85 - 0.00001)
      this.#fault(`part ${segment.msn}.${index} of ${part.duration} s is below 85 % of PART-TARGET ${partTarget}`)
  }

  async #complete(segment: ReadSegment): Promise<void> {
    if (segment.gap || segment.parts.length === 0 || this.#checked.has(`${segment.uri}`)) return
    this.#checked.add(`${segment.uri}`)
    const sum = segment.parts.reduce((seconds, part) => seconds + part.duration, 0)
    if (Math.abs(sum - segment.duration) > 0.001)
      this.#fault(`segment ${segment.msn}: EXTINF ${segment.duration}, its parts last ${sum}`)
    if ((segment.parts.at(-1)?.duration ?? 1) <= SHORT_TAIL) this.#counts.shortTails++
    const pieces = segment.parts.map(({ uri }) => this.#bodies.get(uri))
    if (pieces.some((piece) => piece === undefined)) return
    this.#counts.segments++
    if (this.#compareEvery > 0 && segment.msn % this.#compareEvery === 0) {
      this.#counts.compared++
      const parts = (await Promise.all(pieces)).filter((bytes) => bytes !== undefined)
      const whole = await this.#get(segment.uri ?? '')
      if (whole !== undefined && !whole.equals(Buffer.concat(parts)))
        this.#fault(`segment ${segment.msn} is not its parts joined`)
    }
    for (const { uri } of segment.parts) this.#bodies.delete(uri)
  }

  async #takeInit(uri: string): Promise<void> {
    const init = await this.#get(uri)
    if (init !== undefined) this.#timescale = readTimescale(init)
    this.#map = uri
    this.#nextDecodeTime = undefined
  }

  /** One request for each part, the one its hint caused included. */
  #ask(uri: string): Promise<Buffer | undefined> {
    let body = this.#bodies.get(uri)
    if (body === undefined) {
      body = this.#get(uri)
      // Whoever waits for it hears of a failure; nobody need wait.
      body.catch(() => {})
      this.#bodies.set(uri, body)
    }
    return body
  }

  async #get(uri: string): Promise<Buffer | undefined> {
    const { status, body } = await this.#client.fetch(new URL(uri, this.#url).href)
    if (status === 200) return body
    this.#fault(`${uri} answered ${status}`)
    return undefined
  }

  #forget(): void {
    const old = [...this.#checked].slice(0, 1000)
    for (const each of old) this.#checked.delete(each)
    for (const uri of [...this.#bodies.keys()].slice(0, -60)) this.#bodies.delete(uri)
  }

  #fault(words: string): void {
    this.#client.fault(`${this.name}: ${words}`)
  }
}
