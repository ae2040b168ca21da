import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import { createFile, MP4BoxBuffer } from 'mp4box'

/** One coded frame as some reader saw it. Times in seconds. */
export type Frame = {
  readonly dts: number
  readonly pts: number
  readonly duration: number
  readonly key: boolean
  readonly size: number
  readonly md5: string
}

export type TrackFacts = {
  readonly codec: string
  readonly width: number | undefined
  readonly height: number | undefined
  readonly sampleRate: number | undefined
  readonly channels: number | undefined
}

const run = promisify(execFile)
const MAX_OUTPUT = 64 << 20
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

type Probed = {
  readonly packets?: readonly Readonly<Record<string, string | number>>[]
  readonly streams?: readonly Readonly<Record<string, string | number>>[]
}

/** What ffprobe says. @throws Error when it complains about anything */
export async function ffprobe(args: readonly string[]): Promise<Probed> {
  const { stdout, stderr } = await run('ffprobe', ['-v', 'warning', '-of', 'json', ...args], { maxBuffer: MAX_OUTPUT })
  if (stderr.trim() !== '') throw new Error(`ffprobe ${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout) as Probed
}

/** The frames of one stream (`v:0`, `a:0`) of a file, as FFmpeg's demuxers see them. */
export async function probedFrames(file: string, stream: string): Promise<Frame[]> {
  const { packets = [] } = await ffprobe(['-select_streams', stream, '-show_packets', '-show_data_hash', 'md5', file])
  return packets.map((packet) => ({
    dts: Number(packet.dts_time),
    pts: Number(packet.pts_time),
    duration: Number(packet.duration_time),
    key: String(packet.flags).includes('K'),
    size: Number(packet.size),
    md5: String(packet.data_hash).replace(/^md5:/i, ''),
  }))
}

export type Fragment = {
  readonly sequenceNumber: number
  readonly baseMediaDecodeTime: number
  readonly tfdtVersion: number
  readonly tfhdFlags: number
  readonly trunFlags: number
  readonly trunVersion: number
  readonly durations: readonly number[]
  readonly sampleFlags: readonly number[]
  readonly runs: number
}
export type Mp4 = {
  readonly brands: readonly string[]
  readonly timescale: number
  readonly tracks: number
  readonly facts: TrackFacts
  readonly frames: readonly Frame[]
  readonly fragments: readonly Fragment[]
  /** Names of the boxes at the top level, in order. */
  readonly boxes: readonly string[]
}

/** A fragmented file of one track, read by mp4box. */
export function readByMp4box(bytes: Uint8Array): Mp4 {
  const file = createFile()
  file.onError = (module: string, message: string) => {
    throw new Error(`mp4box: ${module}: ${message}`)
  }
  const copy = new Uint8Array(bytes)
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(copy.buffer, 0), true)
  file.flush()
  const info = file.getInfo()
  const track = info.tracks[0]
  if (track === undefined) throw new Error('mp4box sees no track')
  const frames = file.getTrackSamplesInfo(track.id).map((sample) => ({
    dts: sample.dts / sample.timescale,
    pts: sample.cts / sample.timescale,
    duration: sample.duration / sample.timescale,
    key: sample.is_sync,
    size: sample.size,
    md5: md5(bytes.subarray(sample.offset, sample.offset + sample.size)),
  }))
  const fragments = file.moofs.map((moof): Fragment => {
    const [traf, ...others] = moof.trafs
    const run = traf?.truns[0]
    if (traf === undefined || run === undefined || others.length > 0) throw new Error('not one traf with a trun')
    return {
      sequenceNumber: moof.mfhd.sequence_number,
      baseMediaDecodeTime: Number(traf.tfdt.baseMediaDecodeTime),
      tfdtVersion: traf.tfdt.version,
      tfhdFlags: traf.tfhd.flags,
      trunFlags: run.flags,
      trunVersion: run.version,
      durations: run.sample_duration,
      sampleFlags: run.sample_flags,
      runs: traf.truns.length,
    }
  })
  return {
    brands: [file.ftyp.major_brand, ...file.ftyp.compatible_brands],
    timescale: track.timescale,
    tracks: info.tracks.length,
    facts: {
      codec: track.codec,
      width: track.video?.width,
      height: track.video?.height,
      sampleRate: track.audio?.sample_rate,
      channels: track.audio?.channel_count,
    },
    frames,
    fragments,
    boxes: file.boxes.map(({ type }) => String(type)),
  }
}

/** A file of one track, read by mediabunny. */
export async function readByMediabunny(
  bytes: Uint8Array,
): Promise<{ readonly facts: TrackFacts; readonly frames: readonly Frame[] }> {
  using input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS })
  const [track, ...others] = await input.getTracks()
  if (track === undefined || others.length > 0) throw new Error('mediabunny does not see one track')
  const frames: Frame[] = []
  for await (const packet of new EncodedPacketSink(track).packets()) {
    frames.push({
      dts: Number.NaN,
      pts: packet.timestamp,
      duration: packet.duration,
      key: packet.type === 'key',
      size: packet.byteLength,
      md5: md5(packet.data),
    })
  }
  const codec = (await track.getCodecParameterString()) ?? ''
  const nothing = { width: undefined, height: undefined, sampleRate: undefined, channels: undefined }
  if (track.isVideoTrack()) {
    const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()]
    return { frames, facts: { ...nothing, codec, width, height } }
  }
  if (!track.isAudioTrack()) throw new Error('neither picture nor sound')
  const [sampleRate, channels] = [await track.getSampleRate(), await track.getNumberOfChannels()]
  return { frames, facts: { ...nothing, codec, sampleRate, channels } }
}
