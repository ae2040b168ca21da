/** What a `moof` says of its samples (ISO/IEC 14496-12 8.8): read apart from the code that writes it. */
export type FragmentFacts = {
  /** `mfhd`: grows from fragment to fragment of a track. */
  readonly sequenceNumber: number
  /** `tfdt`: decode time of the first sample, in ticks of the track. */
  readonly baseMediaDecodeTime: number
  /** Sum of the samples' durations. */
  readonly ticks: number
  readonly samples: number
  /** Of each sample. */
  readonly durations: readonly number[]
  readonly firstIsSync: boolean
  /** The first sample itself, not copied. */
  readonly firstSample: Buffer
  /** Bytes of `moof` and `mdat`: where the next fragment begins, if there is one. */
  readonly byteLength: number
}

const SAMPLE_IS_NON_SYNC = 0x0001_0000

/** Of the first fragment. @throws Error when the bytes don't begin with a `moof` and its `mdat` */
export function readFragment(bytes: Buffer): FragmentFacts {
  const moof = child(bytes, 0, bytes.length, 'moof')
  const mdat = child(bytes, moof.end, bytes.length, 'mdat')
  const mfhd = child(bytes, moof.start, moof.end, 'mfhd')
  const traf = child(bytes, moof.start, moof.end, 'traf')
  const tfhd = child(bytes, traf.start, traf.end, 'tfhd')
  const tfdt = child(bytes, traf.start, traf.end, 'tfdt')
  const trun = child(bytes, traf.start, traf.end, 'trun')

  const tfhdFlags = bytes.readUIntBE(tfhd.start + 1, 3)
  let at = tfhd.start + 8
  if (tfhdFlags & 0x1) at += 8
  if (tfhdFlags & 0x2) at += 4
  const defaultDuration = tfhdFlags & 0x8 ? bytes.readUInt32BE(at) : 0
  if (tfhdFlags & 0x8) at += 4
  const defaultSizeAt = at
  if (tfhdFlags & 0x10) at += 4
  const defaultFlags = tfhdFlags & 0x20 ? bytes.readUInt32BE(at) : 0

  const trunFlags = bytes.readUIntBE(trun.start + 1, 3)
  const samples = bytes.readUInt32BE(trun.start + 4)
  at = trun.start + 8
  // "data_offset … is added to the implicit or explicit data_offset": from the start of the moof box.
  const dataStart = trunFlags & 0x1 ? moof.start - 8 + bytes.readInt32BE(at) : mdat.start
  if (trunFlags & 0x1) at += 4
  let firstFlags = trunFlags & 0x4 ? bytes.readUInt32BE(at) : undefined
  if (trunFlags & 0x4) at += 4
  let firstSize = tfhdFlags & 0x10 ? bytes.readUInt32BE(defaultSizeAt) : 0
  const durations: number[] = []
  for (let i = 0; i < samples; i++) {
    durations.push(trunFlags & 0x100 ? bytes.readUInt32BE(at) : defaultDuration)
    if (trunFlags & 0x100) at += 4
    if (trunFlags & 0x200) {
      if (i === 0) firstSize = bytes.readUInt32BE(at)
      at += 4
    }
    if (trunFlags & 0x400) {
      firstFlags ??= bytes.readUInt32BE(at)
      at += 4
    }
    if (trunFlags & 0x800) at += 4
  }
  return {
    sequenceNumber: bytes.readUInt32BE(mfhd.start + 4),
    baseMediaDecodeTime:
      bytes[tfdt.start] === 1 ? Number(bytes.readBigUInt64BE(tfdt.start + 4)) : bytes.readUInt32BE(tfdt.start + 4),
    ticks: durations.reduce((sum, duration) => sum + duration, 0),
    samples,
    durations,
    firstIsSync: ((firstFlags ?? defaultFlags) & SAMPLE_IS_NON_SYNC) === 0,
    firstSample: bytes.subarray(dataStart, dataStart + firstSize),
    byteLength: mdat.end,
  }
}

/** The timescale of the only track of an initialization section, from its `mdhd`. */
export function readTimescale(init: Buffer): number {
  const moov = child(init, 0, init.length, 'moov')
  const trak = child(init, moov.start, moov.end, 'trak')
  const mdia = child(init, trak.start, trak.end, 'mdia')
  const mdhd = child(init, mdia.start, mdia.end, 'mdhd')
  return init.readUInt32BE(mdhd.start + (init[mdhd.start] === 1 ? 20 : 12))
}

/** Where the content of the first box of this type lies. */
function child(
  bytes: Buffer,
  from: number,
  to: number,
  type: string,
): { readonly start: number; readonly end: number } {
  for (let at = from; at + 8 <= to; ) {
    const size = bytes.readUInt32BE(at)
    if (size < 8 || at + size > to) throw new Error(`a box of ${size} bytes at ${at}, where ${to - at} are left`)
    if (bytes.toString('latin1', at + 4, at + 8) === type) return { start: at + 8, end: at + size }
    at += size
  }
  throw new Error(`no ${type} box`)
}
