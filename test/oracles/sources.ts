import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FlvDecoder, TagType, writeFlvHeader, writeFlvTag } from '../../src/formats/flv/flv-file.ts'

/** What an encoder sends. */
export type Source = {
  readonly name: string
  readonly seconds: number
  readonly video?: Video
  readonly audio?: { readonly rate: number; readonly channels: number }
}
type Video = {
  readonly size: string
  readonly fps: number
  /** Frames from key frame to key frame. */
  readonly gop: number
  readonly bFrames?: number
  /** From half of the time on the picture has this size. */
  readonly thenSize?: string
}

/** Encodes a source into an FLV file, whose whole milliseconds are those of RTMP. */
export async function encodeSource(source: Source, folder: string): Promise<string> {
  const path = join(folder, `${source.name}.flv`)
  const { seconds, video, audio } = source
  const sound =
    audio === undefined ? [] : await encode(join(folder, `${source.name}-sound.flv`), soundArgs(audio, seconds))
  const halves = video?.thenSize === undefined ? 1 : 2
  const sizes = [video?.size ?? '', video?.thenSize ?? ''].slice(0, video === undefined ? 0 : halves)
  const pictures: string[] = []
  for (const [i, size] of sizes.entries()) {
    const half = join(folder, `${source.name}-picture-${i}.flv`)
    if (video !== undefined) pictures.push(...(await encode(half, videoArgs({ ...video, size }, seconds / halves))))
  }
  if (pictures.length > 1) await writeFile(pictures[0] ?? '', await joined(pictures, video?.fps ?? 30))
  const inputs = [...pictures.slice(0, 1), ...sound].flatMap((file) => ['-i', file])
  await encode(path, [...inputs, '-c', 'copy'])
  return path
}

async function encode(path: string, args: readonly string[]): Promise<[string]> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args, path])
  return [path]
}

function videoArgs({ size, fps, gop, bFrames = 0 }: Video, seconds: number): string[] {
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`]
  const groups = ['-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0', '-bf', String(bFrames)]
  return [...input, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...groups, '-b:v', '300k']
}

function soundArgs({ rate, channels }: NonNullable<Source['audio']>, seconds: number): string[] {
  const input = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${rate}:duration=${seconds}`]
  return [...input, '-c:a', 'aac', '-b:a', '64k', '-ac', String(channels)]
}

/** The video of one file after another, with its new configuration, as an encoder does whose scene changed its size. */
async function joined(files: readonly string[], fps: number): Promise<Buffer> {
  const out: Uint8Array[] = [writeFlvHeader({ audio: false, video: true })]
  let offset = 0
  for (const file of files) {
    let last = 0
    const decoder = new FlvDecoder((tag) => {
      if (tag.typeId !== TagType.video) return
      last = Math.max(last, tag.timestamp)
      out.push(writeFlvTag({ ...tag, timestamp: tag.timestamp + offset }))
    })
    decoder.push(await readFile(file))
    offset += Math.round(last + 1000 / fps)
  }
  return Buffer.concat(out)
}
