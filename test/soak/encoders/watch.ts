import { LightHlsClient } from '../../light/hls-client.ts'
import type { ServerProcess } from '../../light/server-process.ts'
import { type Frame, ffprobe, readByMp4box } from '../../oracles/frames.ts'
import { LlFollower, whenThere } from '../../oracles/ll-follower.ts'
import { isInstalled, Program } from '../../oracles/program.ts'

/** What readers saw of one encoder. */
export type Watched = {
  /** From the encoder's start to the first playlist. */
  readonly liveAfterMs: number
  readonly codecs: string
  readonly framesPerSecond: number
  /** Seconds between key frames, each one once. */
  readonly gops: readonly number[]
  readonly bFrames: boolean
  readonly kbitPerSecond: number
  readonly segments: number
  readonly discontinuities: number
  readonly parts: number
  readonly seconds: number
  /** What was wrong, in words. */
  readonly faults: readonly string[]
}

/**
 * Watches a channel from its first playlist to its end with the strict reader, the light client, ffprobe and mpv.
 * @param irregular the encoder's frames come at any time
 * @param during called when the channel is live; it makes the encoder end sooner or later
 */
export async function watch(
  server: ServerProcess,
  slug: string,
  during: (video: LlFollower) => Promise<void>,
  signal: AbortSignal,
  irregular = false,
): Promise<Watched> {
  const startedAt = performance.now()
  const url = server.playlistUrl(slug)
  await whenThere(url, signal)
  const liveAfterMs = Math.round(performance.now() - startedAt)
  const faults: string[] = []
  const options = { irregular }
  const video = new LlFollower(new URL('source.m3u8', url).href, options)
  const audio = new LlFollower(new URL('audio.m3u8', url).href, options)
  const light = new LightHlsClient(url)
  await light.start()
  const note = (who: string) => (error: Error) => {
    faults.push(`${who}: ${error.message}`)
  }
  await Promise.all([
    video.follow(signal).catch(note('source')),
    audio.follow(signal).catch(note('audio')),
    otherReaders(url, video, signal).catch(note('other readers')),
    during(video),
  ])
  // The hint at the end of a broadcast names a part that never comes.
  const hint = /\S+\.m4s(?= answered 404)/
  const inTime = light.faults.filter((fault) => {
    const uri = hint.exec(fault)?.[0]
    if (irregular && fault.includes('below 85 %')) return false
    return uri === undefined || video.parts.has(uri) || audio.parts.has(uri)
  })
  faults.push(...inTime.map((fault) => `light client: ${fault}`))
  await light.stop()
  const files = [...video.files()].map(({ init, media }) => readByMp4box(Buffer.concat([init, media])))
  const sound = [...audio.files()].map(({ init, media }) => readByMp4box(Buffer.concat([init, media])))
  const frames = files.flatMap((file) => file.frames)
  const seconds = [...video.segments.values()].reduce((sum, { duration }) => sum + duration, 0)
  const bytes = [...video.bytes.values()].reduce((sum, { length }) => sum + length, 0)
  return {
    liveAfterMs,
    codecs: [files[0]?.facts.codec, sound[0]?.facts.codec].join(),
    framesPerSecond: Math.round((frames.length / seconds) * 10) / 10,
    gops: gopsOf(frames),
    bFrames: frames.some(({ pts }, i) => pts < (frames[i - 1]?.pts ?? 0)),
    kbitPerSecond: Math.round((bytes * 8) / seconds / 1000),
    segments: video.segments.size,
    discontinuities: [...video.segments.values()].filter(({ discontinuity }) => discontinuity).length,
    parts: video.parts.size,
    seconds: Math.round(seconds * 10) / 10,
    faults,
  }
}

/** ffprobe must see both tracks and mpv play five seconds, while it is live. */
async function otherReaders(url: string, video: LlFollower, signal: AbortSignal): Promise<void> {
  while (video.segments.size === 0) {
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { streams = [] } = await ffprobe(['-v', 'error', '-show_streams', url])
  const kinds = streams.map(({ codec_name }) => codec_name).sort()
  if (kinds.join() !== 'aac,h264') throw new Error(`ffprobe sees ${kinds.join()}`)
  if (!isInstalled('mpv')) return
  const mpv = new Program('mpv', ['--no-config', '--vo=null', '--ao=null', '--length=5', '--msg-level=all=error', url])
  const status = await mpv.exited
  if (status !== 0) throw new Error(`mpv ended with ${status}: ${mpv.output}`)
}

function gopsOf(frames: readonly Frame[]): number[] {
  const keys = frames.filter(({ key }) => key).map(({ pts }) => pts)
  const gops = keys.slice(1).map((pts, i) => Math.round((pts - (keys[i] ?? 0)) * 100) / 100)
  return [...new Set(gops)]
}
