import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  applyDelta,
  checkDelta,
  checkMediaPlaylist,
  checkReload,
  compareEdges,
  type EdgeOf,
  edgeOf,
  withoutOldParts,
} from './playlist-rules.ts'
import { parseMediaPlaylist, type RenditionReport, type StrictMedia, type StrictSegment } from './strict-playlist.ts'

type Reading = {
  readonly askedAt: number
  readonly answeredAt: number
  readonly edge: EdgeOf
  readonly reports: readonly RenditionReport[]
  readonly ended: boolean
}

/**
 * Follows one media playlist from its first answer to EXT-X-ENDLIST as a low-latency client does, by blocking reloads and
 * preload hints, holds every answer against RFC 8216bis and keeps all media.
 */
export class LlFollower {
  readonly url: string
  readonly readings: Reading[] = []
  readonly segments = new Map<number, StrictSegment>()
  readonly bytes = new Map<number, Buffer>()
  readonly inits = new Map<string, Buffer>()
  /** Parts by their URIs: what hints brought, and the first ones, which nothing hinted at. */
  readonly parts = new Map<string, Buffer>()
  first: StrictMedia | undefined
  last: StrictMedia | undefined
  /** Delta updates that skipped something and were compared with the full playlist. */
  deltas = 0
  removed = 0
  /** Parts asked for because they were listed or hinted at. */
  readonly #asked = new Set<string>()
  #open: StrictMedia['open'] | undefined
  readonly #downloads: Promise<void>[] = []

  readonly #irregular: boolean

  /** @param options.irregular for sources whose decode times wander */
  constructor(url: string, options: { readonly irregular?: boolean } = {}) {
    this.url = url
    this.#irregular = options.irregular === true
  }

  /** @throws AssertionError or PlaylistError when an answer breaks a rule */
  async follow(signal: AbortSignal): Promise<void> {
    let playlist = await this.#read('', signal)
    this.first = playlist
    while (!playlist.ended) {
      const edge = edgeOf(playlist)
      // Behind the last part of a segment asks for part 0 of the next by the rule "beyond the last part".
      const directives = `?_HLS_msn=${playlist.open.msn}&_HLS_part=${playlist.open.parts.length}`
      const [next, deltaText] = await Promise.all([
        this.#read(directives, signal),
        this.#text(`${directives}&_HLS_skip=YES`, signal),
      ])
      assert.ok(next.ended || compareEdges(edgeOf(next), edge) > 0, `${directives} was answered with what was there`)
      this.#compareDelta(next, deltaText)
      playlist = next
    }
    await Promise.all(this.#downloads)
  }

  /** Initialization section and media of all segments that use it, in order. */
  *files(): Generator<{ readonly init: Buffer; readonly segments: readonly StrictSegment[]; readonly media: Buffer }> {
    const all = [...this.segments.values()].filter(({ gap }) => !gap).sort((a, b) => a.msn - b.msn)
    for (const [map, init] of this.inits) {
      const segments = all.filter((segment) => segment.map === map)
      const media = Buffer.concat(segments.map(({ msn }) => this.bytes.get(msn) ?? Buffer.alloc(0)))
      if (segments.length > 0) yield { init, segments, media }
    }
  }

  async #read(directives: string, signal: AbortSignal): Promise<StrictMedia> {
    const askedAt = performance.now()
    const playlist = parseMediaPlaylist(await this.#text(directives, signal))
    checkMediaPlaylist(playlist, this.#irregular)
    assert.equal(playlist.skippedSegments, 0, 'a delta update nobody asked for')
    if (this.last !== undefined) {
      checkReload(this.last, playlist)
      this.removed += playlist.mediaSequence - this.last.mediaSequence
    }
    this.last = playlist
    this.readings.push({
      askedAt,
      answeredAt: performance.now(),
      edge: edgeOf(playlist),
      reports: playlist.reports,
      ended: playlist.ended,
    })
    this.#take(playlist, signal)
    return playlist
  }

  #compareDelta(full: StrictMedia, text: string): void {
    const delta = parseMediaPlaylist(text)
    checkMediaPlaylist(delta, this.#irregular)
    // The playlist went on between the two answers.
    if (compareEdges(edgeOf(delta), edgeOf(full)) !== 0 || delta.ended !== full.ended) return
    if (delta.segments.length + delta.skippedSegments !== full.segments.length) return
    if (delta.skippedSegments > 0) checkDelta(full, delta)
    const applied = applyDelta(full, delta)
    assert.deepEqual(withoutOldParts(applied), withoutOldParts(full), 'a delta update applied is the full playlist')
    assert.deepEqual(applied.segments.slice(delta.skippedSegments), full.segments.slice(delta.skippedSegments))
    if (delta.skippedSegments > 0) this.deltas++
  }

  /** Downloads what is new. */
  #take(playlist: StrictMedia, signal: AbortSignal): void {
    const { open } = playlist
    if (open.parts.length > 0) this.#open = open
    for (const segment of playlist.segments) {
      const known = this.segments.get(segment.msn)
      // An ended playlist lists no parts, but an earlier one did.
      const parts = segment.parts.length > 0 || this.#open?.msn !== segment.msn ? segment.parts : this.#open.parts
      if (known === undefined || known.parts.length === 0) this.segments.set(segment.msn, { ...segment, parts })
      if (known !== undefined || segment.gap) continue
      this.#download(this.#keep(segment.uri, signal).then((bytes) => void this.bytes.set(segment.msn, bytes)))
    }
    for (const { map } of [...playlist.segments, open]) {
      if (map === undefined || this.inits.has(map)) continue
      this.inits.set(map, Buffer.alloc(0))
      this.#download(this.#keep(map, signal).then((bytes) => void this.inits.set(map, bytes)))
    }
    for (const { uri } of [...playlist.segments, open].flatMap(({ parts }) => parts)) {
      if (this.#asked.has(uri)) continue
      this.#asked.add(uri)
      this.#download(this.#keep(uri, signal).then((bytes) => void this.parts.set(uri, bytes)))
    }
    const { preloadHint } = playlist
    if (preloadHint === undefined || this.#asked.has(preloadHint)) return
    const bytes = this.#hint(preloadHint, signal)
    this.#asked.add(preloadHint)
    this.#download(
      bytes.then((got) => {
        if (got !== undefined) this.parts.set(preloadHint, got)
      }),
    )
  }

  /** Failures are told when all is done. */
  #download(download: Promise<void>): void {
    download.catch(() => {})
    this.#downloads.push(download)
  }

  async #keep(uri: string, signal: AbortSignal): Promise<Buffer> {
    const response = await fetch(new URL(uri, this.url), { signal })
    assert.equal(response.status, 200, `${uri}: ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  }

  /** What a hint brings; nothing when the part never comes because the broadcast ended. */
  async #hint(uri: string, signal: AbortSignal): Promise<Buffer | undefined> {
    const response = await fetch(new URL(uri, this.url), { signal })
    const bytes = Buffer.from(await response.arrayBuffer())
    if (response.status === 200) return bytes
    assert.ok([404, 503].includes(response.status), `${uri}: ${response.status}`)
    return undefined
  }

  async #text(directives: string, signal: AbortSignal): Promise<string> {
    const response = await fetch(this.url + directives, { signal })
    const text = await response.text()
    assert.equal(response.status, 200, `${this.url}${directives}: ${response.status} ${text}`)
    assert.equal(response.headers.get('content-type'), 'application/vnd.apple.mpegurl')
    return text
  }
}

/** The URL's playlist when it is there. */
export async function whenThere(url: string, signal: AbortSignal): Promise<string> {
  while (true) {
    const response = await fetch(url, { signal })
    const text = await response.text()
    if (response.ok) return text
    assert.equal(response.status, 404)
    await sleep(50, undefined, { signal })
  }
}

/** "LAST-MSN … LAST-PART of the last in the Rendition": not behind what a client had seen, not ahead of what it saw next. */
export function checkReports(from: LlFollower, about: LlFollower): number {
  const uri = about.url.split('/').at(-1)
  let checked = 0
  for (const reading of from.readings) {
    const report = reading.reports.find((each) => each.uri === uri)
    if (reading.ended || report === undefined) continue
    const said = { msn: report.lastMsn, part: report.lastPart }
    const before = about.readings.findLast((other) => other.answeredAt < reading.askedAt)
    const after = about.readings.find((other) => other.askedAt > reading.answeredAt)
    if (before !== undefined) assert.ok(compareEdges(said, before.edge) >= 0, 'a report of the past')
    if (after !== undefined && !after.ended) assert.ok(compareEdges(said, after.edge) <= 0, 'a report of the future')
    checked++
  }
  return checked
}
