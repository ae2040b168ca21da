import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** A second of sound takes some 50 ms; a child that takes longer than this hangs. */
const LONGEST_MS = 5000
const MAX_OUTPUT = 16_384
/** What FFmpeg calls silence. */
const FLOOR_DB = -120

/** dBFS: 0 is the loudest that can be said without clipping. */
export type SoundLevel = { readonly peakDb: number; readonly meanDb: number }

/**
 * Decodes a short FLV in an FFmpeg of its own, at the lowest urgency, and measures its sound.
 * @returns undefined when there was nothing to measure
 * @throws Error when FFmpeg can't be started (`code` ENOENT: there is none)
 */
export async function measureSound(
  ffmpeg: string,
  flv: Uint8Array,
  signal?: AbortSignal,
): Promise<SoundLevel | undefined> {
  const filter = 'astats=measure_perchannel=none:measure_overall=Peak_level+RMS_level'
  const args = [
    '-hide_banner',
    '-nostats',
    '-threads',
    '1',
    '-f',
    'flv',
    '-i',
    'pipe:0',
    '-af',
    filter,
    '-f',
    'null',
    '-',
  ]
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(ffmpeg, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    // Nothing of ours is its business.
    env: { PATH: process.env.PATH ?? '' },
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-MAX_OUTPUT)
  })
  child.once('error', reject)
  child.once('close', () => resolve(output))
  // It may end before it has read everything.
  child.stdin.on('error', () => {})
  child.stdin.end(flv)
  if (child.pid !== undefined) lower(child.pid)
  return levelIn(await promise)
}

/** Reads what the filter `astats` says at its end. */
export function levelIn(output: string): SoundLevel | undefined {
  const value = (name: string): number | undefined => {
    const text = new RegExp(`${name} level dB: (-?[\\d.]+|-inf)`).exec(output)?.[1]
    if (text === undefined) return undefined
    return text === '-inf' ? FLOOR_DB : Math.max(FLOOR_DB, Number(text))
  }
  const peakDb = value('Peak')
  const meanDb = value('RMS')
  return peakDb === undefined || meanDb === undefined ? undefined : { peakDb, meanDb }
}

function lower(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Gone already.
  }
}
