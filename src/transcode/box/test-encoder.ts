import { MalformedError } from '../../base/errors.ts'
import { FlvDecoder, TagType } from '../../formats/flv/flv-file.ts'
import { readVideoTag } from '../../formats/flv/video-tag.ts'
import { parseAvcC } from '../../media/avcc.ts'
import { inspectFrame } from '../../media/h264-frame.ts'
import { parseSps } from '../../media/sps.ts'
import type { RungToEncode, VideoEncoder } from './encoders.ts'
import { runBriefly } from './run-briefly.ts'

/** What is asked of an encoder: a second, with a key frame in the middle that wouldn't be there by itself. */
const RUNG: RungToEncode = {
  width: 640,
  height: 360,
  framesPerSecond: 30,
  videoKbps: 700,
  peakKbps: 875,
  profile: 'main',
  preset: 'superfast',
}
const FRAMES = 30
const FORCED = 15
/** `profile_idc` of Main, ITU-T H.264 A.2.2. */
const MAIN = 77
/** A driver that hangs is one that doesn't work. */
const LONGEST_MS = 20_000
/** Some hundred kilobytes are due. */
const MOST_BYTES = 8 * 2 ** 20

/**
 * Has an encoder make a second of video as a ladder's child would, and looks at every frame of it.
 * @returns undefined: it works; else why it doesn't, as a sentence @throws Error when FFmpeg can't be started
 */
export async function testEncoder(
  ffmpeg: string,
  encoder: VideoEncoder,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { status, output, said, killedFor } = await runBriefly(ffmpeg, testArguments(encoder), {
    ...{ longestMs: LONGEST_MS, mostBytes: MOST_BYTES, signal },
  })
  if (killedFor === 'time') return `It was not done with one second of video after ${LONGEST_MS / 1000} s.`
  if (killedFor === 'length') return 'It wrote more than could be one second of video.'
  if (status !== 0) return whyFailed(said) ?? `FFmpeg ended with status ${status}.`
  return wrongWith(output)
}

function testArguments({ device, filter, options }: VideoEncoder): string[] {
  const { width, height } = RUNG
  return [
    ...['-hide_banner', '-nostats', '-nostdin', '-loglevel', 'error', ...device],
    ...['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=${FRAMES}`, '-frames:v', `${FRAMES}`],
    ...['-vf', filter, '-fps_mode', 'passthrough', '-enc_time_base', '-1', ...options(RUNG)],
    ...['-g', '9999', '-sc_threshold', '0', '-force_key_frames', `expr:eq(n,${FORCED})`, '-forced-idr', '1'],
    ...['-flvflags', 'no_duration_filesize', '-f', 'flv', 'pipe:1'],
  ]
}

/** Looks at the FLV that came out. @returns what is wrong with it; undefined: nothing */
export function wrongWith(flv: Uint8Array): string | undefined {
  let avcC: Uint8Array | undefined
  const frames: { readonly key: boolean; readonly late: number; readonly data: Uint8Array }[] = []
  try {
    new FlvDecoder(({ typeId, body }) => {
      if (typeId !== TagType.video) return
      const tag = readVideoTag(body)
      if (tag.kind === 'config') avcC ??= tag.avcC
      if (tag.kind === 'frame') frames.push({ key: tag.isKeyFrame, late: tag.compositionTime, data: tag.data })
    }).push(flv)
    if (avcC === undefined) return 'It made no video.'
    const { sps, nalLengthSize } = parseAvcC(avcC)
    const [first] = sps
    if (first === undefined) return 'It made video that nobody can decode.'
    const { width, height, profileIdc } = parseSps(first)
    const idr = frames.map(({ data }) => inspectFrame(data, nalLengthSize) === 'idr')
    if (frames.length !== FRAMES) return `It made ${frames.length} of ${FRAMES} frames.`
    if (width !== RUNG.width || height !== RUNG.height)
      return `It made pictures of ${width}x${height} instead of ${RUNG.width}x${RUNG.height}.`
    if (profileIdc > MAIN) return `It made profile ${profileIdc} where ${MAIN} (Main) was asked for.`
    if (frames.some(({ late }) => late !== 0))
      return 'It makes B-frames although it was told not to, so frames would come late.'
    if (idr[0] !== true || idr[FORCED] !== true)
      return 'It makes no key frame (IDR) where it is told to, so its segments would not be the source’s.'
    if (idr.filter(Boolean).length !== 2) return 'It makes key frames (IDR) where it is not told to.'
    if (frames.some(({ key }, at) => key !== idr[at])) return 'It calls key frame what is none (IDR).'
    return undefined
  } catch (error) {
    if (error instanceof MalformedError) return `It made what can’t be read: ${error.message}.`
    throw error
  }
}

/** What drivers are known to say, and what it means. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/Cannot load (libcuda|nvcuda)|Cannot init CUDA/i, 'NVIDIA’s driver is missing: this FFmpeg can’t load libcuda.'],
  [
    /Cannot load (libnvidia-encode|nvEncodeAPI)/i,
    'NVIDIA’s driver is there, but not its encoder (libnvidia-encode): in a container, NVIDIA_DRIVER_CAPABILITIES must name video.',
  ],
  [/No (NVENC )?capable devices found/i, 'No NVIDIA card that can encode was found.'],
  [
    /Driver does not support the required nvenc API version/i,
    'NVIDIA’s driver is too old for this FFmpeg: bring it up to date.',
  ],
  [/OpenEncodeSessionEx failed: out of memory/i, 'The NVIDIA card runs as many encoders as it may.'],
  [
    /No VA display found|vaInitialize failed|Failed to initialise VAAPI/i,
    'There is no VA-API driver for this graphics device (intel-media-va-driver or mesa-va-drivers, for example).',
  ],
  [
    /No usable encoding (entrypoint|profile) found|Encoding entrypoint not found|No usable encoding/i,
    'This graphics device, or its driver, doesn’t encode H.264.',
  ],
  [
    /Error (creating|initializing) (a |an )?(internal )?MFX session/i,
    'Intel’s media runtime is missing (libmfx or libvpl), or this is no graphics of Intel.',
  ],
]

const LONGEST_QUOTE = 200

/** The first thing that FFmpeg complained about: what follows only repeats it. @returns undefined: it said nothing */
function whyFailed(said: string): string | undefined {
  const known = KNOWN.find(([words]) => words.test(said))
  if (known !== undefined) return known[1]
  const line = said.split('\n').find((text) => text.trim() !== '')
  if (line === undefined) return undefined
  // "[h264_nvenc @ 0x5586b0d45480] …"
  const words = line
    .replace(/^(\[[^\]]*\]\s*)+/, '')
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
  return `FFmpeg says: ${words.slice(0, LONGEST_QUOTE).replace(/\.$/, '')}.`
}
