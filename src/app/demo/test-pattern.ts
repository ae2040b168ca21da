import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../base/errors.ts'
import { publishPattern } from './built-in-pattern.ts'
import { publishByFfmpeg } from './ffmpeg-pattern.ts'
import { RtmpPush } from './rtmp-push.ts'

const AGAIN_MS = 1000

export type TestPatternOptions = {
  readonly host: string
  readonly port: number
  readonly key: string
  /** Undefined: only the built-in picture. */
  readonly ffmpeg: string | undefined
  readonly signal: AbortSignal
  readonly say: (sentence: string) => void
}

/** Publishes a test picture until the signal: FFmpeg's, and where there is none the built-in one. */
export async function publishTestPattern({ host, port, key, ffmpeg, signal, say }: TestPatternOptions): Promise<void> {
  if (ffmpeg !== undefined) {
    const where = host.includes(':') ? `[${host}]` : host
    const { how } = await publishByFfmpeg(ffmpeg, `rtmp://${where}:${port}/live/${key}`, signal)
    if (how === 'missing') say('There is no FFmpeg: a small picture with a clock, without sound, is sent instead.')
    else if (how === 'ended') say('FFmpeg ended: a small picture with a clock, without sound, is sent from now on.')
  }
  while (!signal.aborted) {
    try {
      await publishPattern(await RtmpPush.open(port, host, key), signal)
    } catch (error) {
      if (!signal.aborted) say(`The test picture could not be sent: ${messageOf(error)}.`)
    }
    if (!signal.aborted) await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
}
