import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** One CMAF track, cut into parts, each `moof` + `mdat`. */
export type SourceTrack = { readonly init: Buffer; readonly parts: readonly SourcePart[] }
export type SourcePart = { readonly start: number; readonly duration: number; readonly data: Buffer }
export type Source = { readonly video: SourceTrack; readonly audio: SourceTrack; readonly gop: number }

const rate = 30
const sampleRate = 48_000

/** Makes a test picture with a tone, by FFmpeg, in parts of this many video frames. */
export async function makeSource(options: {
  seconds: number
  gop: number
  framesPerPart: number
  /** A still picture in place of the test picture. */
  picture?: string
}): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-source-'))
  const { seconds, gop, framesPerPart } = options
  const partSeconds = framesPerPart / rate
  const cut = [
    '-movflags',
    '+empty_moov+default_base_moof',
    '-frag_duration',
    String(Math.round(partSeconds * 1e6) - 1000),
    '-f',
    'mp4',
  ]
  const run = (args: string[]) => promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args], { cwd: folder })
  try {
    await run([
      ...(options.picture === undefined
        ? ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${rate}`]
        : ['-loop', '1', '-framerate', String(rate), '-i', options.picture]),
      ...['-t', String(seconds)],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-pix_fmt',
        'yuv420p',
        '-bf',
        '0',
        ...(options.picture === undefined ? ['-b:v', '200k'] : ['-crf', '20']),
      ],
      ...['-g', String(Math.round(gop * rate)), '-keyint_min', String(Math.round(gop * rate)), '-sc_threshold', '0'],
      ...[...cut, 'v.mp4'],
    ])
    await run([
      ...['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=${sampleRate}`, '-t', String(seconds)],
      ...['-c:a', 'aac', '-b:a', '48k', ...cut, 'a.mp4'],
    ])
    const video = split(await readFile(join(folder, 'v.mp4')), () => partSeconds)
    const audio = split(await readFile(join(folder, 'a.mp4')), (samples) => (samples * 1024) / sampleRate)
    return { video, audio, gop }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function split(file: Buffer, durationOf: (samples: number) => number): SourceTrack {
  const init: Buffer[] = []
  const parts: SourcePart[] = []
  let start = 0
  for (let at = 0; at < file.length; ) {
    const size = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'moof') {
      const end = at + size + file.readUInt32BE(at + size)
      const data = file.subarray(at, end)
      const duration = durationOf(data.readUInt32BE(data.indexOf('trun', 0, 'latin1') + 8))
      parts.push({ start, duration, data })
      start += duration
      at = end
      continue
    }
    if (type === 'ftyp' || type === 'moov') init.push(file.subarray(at, at + size))
    at += size
  }
  return { init: Buffer.concat(init), parts }
}
