import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertNever } from '../../base/errors.ts'
import {
  HARDWARE,
  type Hardware,
  type HardwareEncoder,
  NVENC,
  qsv,
  VIDEOTOOLBOX,
  type VideoEncoder,
  vaapi,
  X264,
} from './encoders.ts'
import { runBriefly } from './run-briefly.ts'
import { testEncoder } from './test-encoder.ts'

export type Tried<Encoder> = {
  readonly encoder: Encoder
  /** Why it isn't to be used, as a sentence; undefined: it works. */
  readonly why: string | undefined
  /** There is something to encode with; whether it works is another matter. */
  readonly isThere: boolean
}

/** What an FFmpeg can encode with on this box. */
export type FoundEncoders = {
  /** "5.1.9-0+deb12u1". */
  readonly version: string
  readonly software: Tried<VideoEncoder>
  /** In the order in which they are to be preferred. */
  readonly hardware: readonly Tried<HardwareEncoder>[]
  /** It was built with libopus. */
  readonly hasOpus: boolean
}

/** A tenth of a second is enough, but it gives way to everything else on the box. */
const LIST_MS = 60_000
const LIST_BYTES = 2 ** 20
const DEVICES = '/dev'

export const HARDWARE_NAMES: Readonly<Record<Hardware, string>> = {
  nvenc: 'NVENC',
  vaapi: 'VAAPI',
  qsv: 'Quick Sync',
  videotoolbox: 'VideoToolbox',
}

export type FindOptions = {
  readonly signal?: AbortSignal
  readonly devices?: string
  /** Also try x264, which works wherever FFmpeg has it, but slowly on a box that is busy. */
  readonly trySoftware?: boolean
}

/**
 * Looks for encoders: what FFmpeg was built with, what devices there are, and then whether each really encodes. One after the
 * other, and at a low urgency: it takes a second or so, and the box may be busy.
 * @throws Error when FFmpeg can't be started (`code` ENOENT: there is none)
 */
export async function findEncoders(
  ffmpeg: string,
  { signal, devices = DEVICES, trySoftware = true }: FindOptions = {},
): Promise<FoundEncoders> {
  const limits = { longestMs: LIST_MS, mostBytes: LIST_BYTES, signal }
  const { output, killedFor } = await runBriefly(ffmpeg, ['-hide_banner', '-encoders'], limits)
  if (killedFor !== undefined) throw new Error(`FFmpeg did not say within ${LIST_MS / 1000} s what it can encode with`)
  const built = namesIn(output.toString('utf8'))
  const { output: about } = await runBriefly(ffmpeg, ['-version'], limits)
  const version = /^ffmpeg version (\S+)/.exec(about.toString('utf8'))?.[1] ?? 'unknown'
  const tried = async <Encoder extends VideoEncoder>(encoder: Encoder): Promise<Tried<Encoder>> => {
    if (!built.has(encoder.name)) return { encoder, why: 'This FFmpeg was built without it.', isThere: false }
    return { encoder, why: await testEncoder(ffmpeg, encoder, signal), isThere: true }
  }
  const hardware: Tried<HardwareEncoder>[] = []
  for (const kind of HARDWARE) {
    for (const candidate of await candidates(kind, devices)) {
      const { encoder, why } = candidate
      hardware.push(why === undefined || !built.has(encoder.name) ? await tried(encoder) : candidate)
    }
  }
  const why = built.has(X264.name) ? undefined : 'This FFmpeg was built without it.'
  const software = trySoftware ? await tried(X264) : { encoder: X264, why, isThere: why === undefined }
  return { version, software, hardware, hasOpus: built.has('libopus') }
}

/** Lines of `ffmpeg -encoders`: " V....D libx264   libx264 H.264 …". */
function namesIn(list: string): ReadonlySet<string> {
  return new Set([...list.matchAll(/^ [VA]\S{5} (\S+)/gm)].map(([, name]) => name ?? ''))
}

/** Encoders of a kind for the devices that there are, or one with the reason why there is none; none where there never can be. */
async function candidates(kind: Hardware, devices: string): Promise<Tried<HardwareEncoder>[]> {
  const { platform } = process
  const there = (encoder: HardwareEncoder, why?: string) => ({ encoder, why, isThere: true })
  const missing = (encoder: HardwareEncoder, why: string) => ({ encoder, why, isThere: false })
  switch (kind) {
    case 'videotoolbox':
      return platform === 'darwin' ? [there(VIDEOTOOLBOX)] : []
    case 'nvenc':
      if (platform === 'darwin') return []
      return platform === 'linux' && (await cannotUse(join(devices, 'nvidiactl'))) === 'missing'
        ? [missing(NVENC, 'There is no NVIDIA card here (no /dev/nvidiactl); a container must be given it.')]
        : [there(NVENC)]
    case 'vaapi':
    case 'qsv': {
      const make = kind === 'vaapi' ? vaapi : qsv
      if (platform !== 'linux') return kind === 'qsv' && platform === 'win32' ? [there(qsv(undefined))] : []
      const nodes = await renderNodes(join(devices, 'dri'))
      const none = 'There is no graphics device here (no /dev/dri/renderD…); a container must be given it.'
      if (nodes.length === 0) return [missing(make('/dev/dri/renderD128'), none)]
      return Promise.all(nodes.map(async (path) => there(make(path), notAllowed(path, await cannotUse(path)))))
    }
    default:
      return assertNever(kind)
  }
}

function notAllowed(path: string, state: 'missing' | 'forbidden' | undefined): string | undefined {
  if (state === undefined) return undefined
  return `No permission for ${path}: add the user who runs the server to the group that owns it (often render or video).`
}

async function renderNodes(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder))
      .filter((name) => /^renderD\d+$/.test(name))
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

async function cannotUse(path: string): Promise<'missing' | 'forbidden' | undefined> {
  try {
    await access(path, constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'forbidden'
  }
}

/** Those that work, best first; the last is x264, for there is nothing else. */
export function inOrder({ hardware, software }: FoundEncoders): [...VideoEncoder[], VideoEncoder] {
  return [...hardware.flatMap(({ encoder, why }) => (why === undefined ? [encoder] : [])), software.encoder]
}
