import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { putBehind } from '../../base/behind.ts'
import { ffmpegEnvironment } from '../../base/ffmpeg-environment.ts'
import { type FrameLevel, readLevels } from './read-levels.ts'
import { joinedFlv, PIECE_MS } from './sound-flv.ts'
import type { SoundPiece } from './sound-tap.ts'

/** A second of sound takes some 80 ms, thirty-two of them some 200 ms; a child that takes longer than this hangs. */
const LONGEST_MS = 30_000
/** Each frame has about 200 characters to say, thirty-two seconds have 1,500 frames. */
const MAX_OUTPUT = 2 * 2 ** 20
/** Behind standard input, output and error. */
const FIRST_PIPE = 3
/** What FFmpeg calls silence. */
const FLOOR_DB = -120
/** Of each piece: the decoder goes over into them from what came before. */
const FRAMES_UNHEARD = 2

/** dBFS: 0 is the loudest that can be said without clipping. */
export type SoundLevel = { readonly peakDb: number; readonly meanDb: number }

/**
 * Decodes short pieces in one FFmpeg, at a low urgency, and measures the sound of each. Most of what that costs is the loading of
 * FFmpeg's libraries and its threads for each input, so those with one configuration go through one input, one after the other.
 * @returns for each of them; undefined where there was nothing to measure. A configuration that FFmpeg won't take can spoil the others.
 * @throws Error when FFmpeg can't be started (`code` ENOENT: there is none)
 */
export async function measureSounds(
  ffmpeg: string,
  pieces: readonly SoundPiece[],
  signal?: AbortSignal,
): Promise<(SoundLevel | undefined)[]> {
  const groups = byConfiguration(pieces)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(ffmpeg, argumentsFor(groups.length), {
    stdio: ['ignore', 'ignore', 'pipe', ...groups.map(() => 'pipe' as const)],
    env: ffmpegEnvironment(),
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  })
  let output = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < MAX_OUTPUT) output += text
  })
  child.once('error', reject)
  child.once('close', () => resolve(output))
  for (const [index, group] of groups.entries()) {
    const pipe = child.stdio[FIRST_PIPE + index]
    if (!(pipe instanceof Writable)) continue
    // It may end before it has read everything.
    pipe.on('error', () => {})
    pipe.end(joinedFlv(group))
  }
  if (child.pid !== undefined) putBehind(child.pid)
  const frames = readLevels(await promise)
  const levels = new Map(
    groups.flatMap((group, index) => {
      const heard = frames.get(index) ?? []
      return group.map((piece, at) => [piece, levelOf(heard.filter(({ seconds }) => pieceAt(seconds) === at))] as const)
    }),
  )
  return pieces.map((piece) => levels.get(piece))
}

/** The same for a single one. */
export async function measureSound(
  ffmpeg: string,
  piece: SoundPiece,
  signal?: AbortSignal,
): Promise<SoundLevel | undefined> {
  return (await measureSounds(ffmpeg, [piece], signal))[0]
}

function byConfiguration(pieces: readonly SoundPiece[]): SoundPiece[][] {
  const groups = Map.groupBy(pieces, ({ audioSpecificConfig }) => Buffer.from(audioSpecificConfig).toString('hex'))
  return [...groups.values()]
}

function argumentsFor(count: number): string[] {
  const args = ['-hide_banner', '-nostats', '-nostdin']
  for (let i = 0; i < count; i++)
    args.push('-threads', '1', '-thread_queue_size', '512', '-f', 'flv', '-i', `pipe:${FIRST_PIPE + i}`)
  for (let i = 0; i < count; i++) {
    const levels = 'astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level+RMS_level'
    args.push(
      '-map',
      `${i}:a:0`,
      '-filter_threads',
      '1',
      '-af',
      `${levels},ametadata@${i}=mode=print`,
      '-f',
      'null',
      '-',
    )
  }
  return args
}

// Times come from whole milliseconds.
const pieceAt = (seconds: number): number => Math.floor((seconds * 1000 + 1) / PIECE_MS)

function levelOf(frames: readonly FrameLevel[]): SoundLevel | undefined {
  const heard = frames.slice(FRAMES_UNHEARD)
  if (heard.length === 0) return undefined
  const power = heard.reduce((sum, { meanDb }) => sum + 10 ** (meanDb / 10), 0) / heard.length
  return {
    peakDb: Math.max(FLOOR_DB, ...heard.map(({ peakDb }) => peakDb)),
    meanDb: Math.max(FLOOR_DB, 10 * Math.log10(power)),
  }
}
