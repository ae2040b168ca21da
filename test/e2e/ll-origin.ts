import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Source, SourcePart, SourceTrack } from './ll-source.ts'

type Placed = SourcePart & { readonly msn: number; readonly index: number }
type Track = {
  readonly init: Buffer
  readonly segments: ReadonlyArray<readonly Placed[]>
  readonly parts: readonly Placed[]
}

export type OriginOptions = {
  readonly source: Source
  readonly segmentSeconds?: number
  /** How much of the source is there when the broadcast is first asked for. */
  readonly headStart?: number
  /** How many segments the playlists list. */
  readonly listed?: number
  /** How far back the playlists with `?dvr=1` reach, seconds; 0: there are none. */
  readonly dvrSeconds?: number
}

/**
 * A low-latency HLS origin for tests of the page: plays a made source as if it were live. Nothing of the server is in it,
 * so that the page is also tried against an origin that does not know its weak spots.
 */
export class LlOrigin {
  readonly #tracks: Readonly<Record<string, Track>>
  readonly #gop: number
  readonly #segmentSeconds: number
  readonly #partSeconds: number
  readonly #startMs: number
  readonly #dvrSeconds: number
  readonly #listed: number
  /** What was asked for of playlists, as path and query. */
  readonly asked: string[] = []
  /** When the encoder was away: where in media time (s), and for how long. */
  readonly #absences: { readonly at: number; readonly ms: number }[] = []
  #heldMs: number | null = null

  constructor({ source, segmentSeconds = 2, headStart = 9, dvrSeconds = 0, listed = 10 }: OriginOptions) {
    this.#listed = listed
    this.#dvrSeconds = dvrSeconds
    this.#gop = source.gop
    this.#segmentSeconds = segmentSeconds
    this.#partSeconds = source.video.parts[0]?.duration ?? 0
    this.#tracks = { video: this.#place(source.video), audio: this.#place(source.audio) }
    this.#startMs = Date.now() - headStart * 1000
  }

  /** The encoder is gone: nothing new comes. */
  hold(): void {
    this.#heldMs = Date.now()
  }

  /** The encoder is back: media time goes on where it stopped. */
  resume(): void {
    if (this.#heldMs === null) return
    this.#absences.push({ at: this.#edge, ms: Date.now() - this.#heldMs })
    this.#heldMs = null
  }

  /** @param path behind `/live/<channel>/` @returns false: not ours */
  async answer(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    if (path === 'index.m3u8') return send(response, 'application/vnd.apple.mpegurl', multivariant)
    const playlist = /^(video|audio)\.m3u8$/.exec(path)
    if (playlist?.[1] !== undefined) {
      this.asked.push(`${path}?${query}`)
      // Without a part the whole segment is meant.
      await this.#until(
        playlist[1],
        Number(query.get('_HLS_msn') ?? -1),
        Number(query.get('_HLS_part') ?? Number.NaN),
        request,
      )
      const dvr = query.get('dvr') === '1'
      return send(
        response,
        'application/vnd.apple.mpegurl',
        this.#playlist(playlist[1], dvr, query.get('_HLS_skip') === 'YES'),
      )
    }
    const [, name = '', file = ''] = /^(video|audio)\/(.+)$/.exec(path) ?? []
    const track = this.#tracks[name]
    if (track === undefined) return false
    if (file === 'init.mp4') return send(response, 'video/mp4', track.init)
    const [, msn = '', part] = /^(\d+)(?:\.(\d+))?\.m4s$/.exec(file) ?? []
    if (part !== undefined) await this.#until(name, Number(msn), Number(part), request)
    const segment = track.segments[Number(msn)]
    const data = part === undefined ? segment?.map((piece) => piece.data) : [segment?.[Number(part)]?.data]
    if (data === undefined || data[0] === undefined) return false
    return send(response, 'video/mp4', Buffer.concat(data as Buffer[]))
  }

  #place(track: SourceTrack): Track {
    const segments: Placed[][] = []
    for (const part of track.parts) {
      const msn = Math.floor((part.start + 0.02) / this.#segmentSeconds)
      segments[msn] ??= []
      segments[msn].push({ ...part, msn, index: segments[msn].length })
    }
    return { init: track.init, segments, parts: segments.flat() }
  }

  get #edge(): number {
    return ((this.#heldMs ?? Date.now()) - this.#startMs - this.#awayMs(Number.POSITIVE_INFINITY)) / 1000
  }

  /** How long (ms) the encoder was away before this point of media time. */
  #awayMs(seconds: number): number {
    return this.#absences.reduce((sum, { at, ms }) => (at <= seconds ? sum + ms : sum), 0)
  }

  async #until(name: string, msn: number, part: number, request: IncomingMessage): Promise<void> {
    if (msn < 0) return
    const track = this.#tracks[name]
    const segment = track?.segments[msn]
    const wanted = (Number.isNaN(part) ? segment?.at(-1) : segment?.[part]) ?? track?.segments[msn + 1]?.[0]
    while (wanted !== undefined && this.#edge < wanted.start + wanted.duration && !request.destroyed) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  #playlist(name: string, dvr: boolean, skip: boolean): string {
    const there = (this.#tracks[name]?.parts ?? []).filter((part) => part.start + part.duration <= this.#edge)
    const last = there.at(-1)
    const listedSegments =
      dvr && this.#dvrSeconds > 0 ? Math.ceil(this.#dvrSeconds / this.#segmentSeconds) : this.#listed
    const first = Math.max(0, (last?.msn ?? 0) - listedSegments)
    const boundary = Math.ceil(this.#segmentSeconds) * 6
    const skipped = skip ? Math.max(0, Math.floor((last?.msn ?? 0) - boundary / this.#segmentSeconds - 1) - first) : 0
    const partTarget = this.#partSeconds + 0.03
    const lines = [
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      `#EXT-X-TARGETDURATION:${Math.ceil(this.#segmentSeconds)}`,
      `#EXT-X-PART-INF:PART-TARGET=${partTarget.toFixed(3)}`,
      `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${(partTarget * 3).toFixed(3)},CAN-SKIP-UNTIL=${boundary}`,
      `#EXT-X-MEDIA-SEQUENCE:${first}`,
      `#EXT-X-MAP:URI="${name}/init.mp4"`,
    ]
    if (skipped > 0) lines.splice(-1, 0, `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`)
    for (let msn = first + skipped; msn <= (last?.msn ?? -1); msn += 1) {
      const listed = there.filter((part) => part.msn === msn)
      const whole = this.#tracks[name]?.segments[msn]?.length === listed.length
      const start = listed[0]?.start ?? 0
      lines.push(
        `#EXT-X-PROGRAM-DATE-TIME:${new Date(this.#startMs + start * 1000 + this.#awayMs(start)).toISOString()}`,
      )
      if (msn > (last?.msn ?? 0) - 4) lines.push(...listed.map((part) => this.#partTag(name, part)))
      if (!whole) continue
      const duration = listed.reduce((sum, part) => sum + part.duration, 0)
      lines.push(`#EXTINF:${duration.toFixed(5)},`, `${name}/${msn}.m4s`)
    }
    const nextIndex = (last?.index ?? -1) + 1
    const complete = this.#tracks[name]?.segments[last?.msn ?? 0]?.length === nextIndex
    const hint = complete ? `${(last?.msn ?? 0) + 1}.0` : `${last?.msn ?? 0}.${nextIndex}`
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${name}/${hint}.m4s"`)
    return `${lines.join('\n')}\n`
  }

  #partTag(name: string, part: Placed): string {
    const phase = part.start % this.#gop
    const independent = name === 'audio' || phase < 0.001 || this.#gop - phase < 0.001
    return `#EXT-X-PART:DURATION=${part.duration.toFixed(5)},URI="${name}/${part.msn}.${part.index}.m4s"${independent ? ',INDEPENDENT=YES' : ''}`
  }
}

const multivariant = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="1",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.42c00d,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=30,AUDIO="a"
video.m3u8
`

function send(response: ServerResponse, type: string, body: string | Buffer): true {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
  return true
}
