import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { putBehind } from '../../base/behind.ts'
import { ffmpegEnvironment } from '../../base/ffmpeg-environment.ts'

/** A second of sound takes some 80 ms, thirty-two of them some 250 ms; a child that takes longer than this hangs. */
const LONGEST_MS = 30_000
/** Each input has about 500 characters to say, and the levels come last. */
const MAX_OUTPUT = 65_536
/** Behind standard input, output and error. */
const FIRST_PIPE = 3
/** What FFmpeg calls silence. */
const FLOOR_DB = -120

/** dBFS: 0 is the loudest that can be said without clipping. */
export type SoundLevel = { readonly peakDb: number; readonly meanDb: number }

/**
 * Decodes short FLVs in one FFmpeg, at a low urgency, and measures the sound of each: most of what that costs is the loading
 * of FFmpeg's libraries, so that many together cost little more than one.
 * @returns for each of them; undefined where there was nothing to measure. One that FFmpeg won't take can spoil the others.
 * @throws Error when FFmpeg can't be started (`code` ENOENT: there is none)
 */
export async function measureSounds(
  ffmpeg: string,
  flvs: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<(SoundLevel | undefined)[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(ffmpeg, argumentsFor(flvs.length), {
    stdio: ['ignore', 'ignore', 'pipe', ...flvs.map(() => 'pipe' as const)],
    env: ffmpegEnvironment(),
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  })
  let output = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-MAX_OUTPUT)
  })
  child.once('error', reject)
  child.once('close', () => resolve(output))
  for (const [index, flv] of flvs.entries()) {
    const pipe = child.stdio[FIRST_PIPE + index]
    if (!(pipe instanceof Writable)) continue
    // It may end before it has read everything.
    pipe.on('error', () => {})
    pipe.end(flv)
  }
  if (child.pid !== undefined) putBehind(child.pid)
  const said = await promise
  return flvs.map((_, index) => levelIn(said, index))
}

/** The same for a single one. */
export async function measureSound(
  ffmpeg: string,
  flv: Uint8Array,
  signal?: AbortSignal,
): Promise<SoundLevel | undefined> {
  return (await measureSounds(ffmpeg, [flv], signal))[0]
}

function argumentsFor(count: number): string[] {
  const args = ['-hide_banner', '-nostats', '-nostdin']
  for (let i = 0; i < count; i++)
    args.push('-threads', '1', '-thread_queue_size', '512', '-f', 'flv', '-i', `pipe:${FIRST_PIPE + i}`)
  for (let i = 0; i < count; i++) {
    const filter = `astats@${i}=measure_perchannel=none:measure_overall=Peak_level+RMS_level`
    args.push('-map', `${i}:a:0`, '-filter_threads', '1', '-af', filter, '-f', 'null', '-')
  }
  return args
}

/** Reads what the filter `astats` of this number says at its end. */
export function levelIn(output: string, index: number): SoundLevel | undefined {
  const value = (name: string): number | undefined => {
    const line = new RegExp(`^\\[astats@${index} @ [^\\]]*\\] ${name} level dB: (-?[\\d.]+|-inf)`, 'm')
    const text = line.exec(output)?.[1]
    if (text === undefined) return undefined
    return text === '-inf' ? FLOOR_DB : Math.max(FLOOR_DB, Number(text))
  }
  const peakDb = value('Peak')
  const meanDb = value('RMS')
  return peakDb === undefined || meanDb === undefined ? undefined : { peakDb, meanDb }
}
