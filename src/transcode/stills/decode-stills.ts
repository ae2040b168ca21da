import { MalformedError } from '../../base/errors.ts'
import { annexB } from '../../formats/h264/annex-b.ts'
import { parseAvcC } from '../../media/avcc.ts'
import { parseSps } from '../../media/sps.ts'
import { FIRST_PIPE, runBriefly } from '../box/run-briefly.ts'
import type { KeyFrame } from './key-frame.ts'

/** A picture to make of a key frame. */
export type StillJob = {
  readonly frame: KeyFrame
  /** Pixels of its longer side; of less than that, it stays as it is. */
  readonly side: number
}

/** A frame takes some 20 ms, the loading of FFmpeg a tenth of a second; on a busy box many times as long. */
const LONGEST_MS = 30_000
const MOST_BYTES = 16 * 2 ** 20
/** As JPEG goes in FFmpeg: 2 is the best, 31 the smallest. */
const QUALITY = 5

/**
 * Makes JPEGs of key frames, all of them in one FFmpeg: most of what that costs is the loading of its libraries.
 * @returns for each; undefined where nothing could be made of it. One that FFmpeg won't take can spoil the others.
 * @throws Error when FFmpeg can't be started (`code` ENOENT: there is none)
 */
export async function decodeStills(
  ffmpeg: string,
  jobs: readonly StillJob[],
  signal?: AbortSignal,
): Promise<(Buffer | undefined)[]> {
  const inputs = jobs.map(({ frame }) => streamOf(frame))
  const readable = jobs.filter((_, at) => inputs[at] !== undefined)
  if (readable.length === 0) return jobs.map(() => undefined)
  const { outputs } = await runBriefly(ffmpeg, argumentsFor(readable), {
    inputs: inputs.filter((input) => input !== undefined),
    outputs: readable.length,
    ...{ longestMs: LONGEST_MS, mostBytes: MOST_BYTES, signal },
  })
  return jobs.map((job) => {
    const jpeg = outputs[readable.indexOf(job)]
    return jpeg !== undefined && isJpeg(jpeg) ? jpeg : undefined
  })
}

/** @returns undefined for what can't be read */
function streamOf({ avcC, data }: KeyFrame): Uint8Array | undefined {
  try {
    return data.byteLength === 0 ? undefined : annexB(avcC, data)
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

function argumentsFor(jobs: readonly StillJob[]): string[] {
  return [
    ...['-hide_banner', '-nostats', '-nostdin', '-loglevel', 'error'],
    ...jobs.flatMap((_, at) => ['-threads', '1', '-f', 'h264', '-i', `pipe:${FIRST_PIPE + at}`]),
    ...jobs.flatMap(({ frame, side }, at) => {
      const { width, height } = sizeOf(frame.avcC, side)
      return [
        ...['-map', `${at}:v:0`, '-frames:v', '1', '-vf', `scale=${width}:${height},setsar=1`, '-filter_threads', '1'],
        ...['-threads', '1', '-q:v', `${QUALITY}`, '-f', 'mjpeg', `pipe:${FIRST_PIPE + jobs.length + at}`],
      ]
    }),
  ]
}

/** As the picture is shown: a pixel is a square. */
export function sizeOf(avcC: Uint8Array, side: number): { readonly width: number; readonly height: number } {
  const [sps] = parseAvcC(avcC).sps
  if (sps === undefined) return { width: side, height: side }
  const { width, height, sampleAspectRatio } = parseSps(sps)
  const shown = (width * sampleAspectRatio[0]) / sampleAspectRatio[1]
  const scale = Math.min(1, side / Math.max(shown, height))
  const even = (pixels: number): number => Math.min(side, Math.max(2, 2 * Math.round((pixels * scale) / 2)))
  return { width: even(shown), height: even(height) }
}

/** Start of image, and its end (ITU-T T.81 B.1.1.3): a whole one. */
function isJpeg(bytes: Buffer): boolean {
  return bytes.byteLength > 4 && bytes.readUInt16BE(0) === 0xffd8 && bytes.readUInt16BE(bytes.byteLength - 2) === 0xffd9
}
