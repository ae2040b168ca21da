import { MalformedError } from '../base/errors.ts'
import { BitReader } from './bit-reader.ts'

/** Larger pictures are refused. Level 6.2 ends at 139264 macroblocks, one side at most 1055 of them. */
const MAX_SIDE_PIXELS = 16_880

/** What the server needs of an H.264 sequence parameter set. */
export type Sps = {
  readonly profileIdc: number
  readonly levelIdc: number
  /** Luma samples after cropping. */
  readonly width: number
  /** Luma samples of a frame (both fields) after cropping. */
  readonly height: number
  /** Width to height of one sample; [1, 1] when the stream does not say. */
  readonly sampleAspectRatio: readonly [number, number]
  /** Frames per second by `vui_timing_info`, when present. Encoders of variable rate write what they like here. */
  readonly framesPerSecond: number | undefined
  /** Frames that may come before in decoding and after in output; undefined: not said. 0 means no B-frames. */
  readonly maxNumReorderFrames: number | undefined
  /** Coded as frames only: no interlaced pictures. */
  readonly frameMbsOnly: boolean
}

/**
 * Reads a sequence parameter set NAL unit, header included. Specification: ITU-T H.264, 7.3.2.1.1 and E.1.1.
 * @throws MalformedError
 */
export function parseSps(nal: Uint8Array): Sps {
  const r = new BitReader(removeEmulationPrevention(nal))
  const header = r.bits(8)
  if ((header & 0x1f) !== 7) throw new MalformedError(`NAL unit type ${header & 0x1f} is not a sequence parameter set`)
  const profileIdc = r.bits(8)
  r.skip(8) // constraint_set0_flag .. reserved_zero_2bits
  const levelIdc = r.bits(8)
  if (r.ue() > 31) throw new MalformedError('seq_parameter_set_id over 31')

  const chroma = hasChromaInformation(profileIdc) ? readChroma(r) : { chromaFormatIdc: 1, separateColourPlanes: false }

  if (r.ue() > 12) throw new MalformedError('log2_max_frame_num_minus4 over 12')
  skipPicOrderCount(r)
  if (r.ue() > 16) throw new MalformedError('max_num_ref_frames over 16')
  r.skip(1) // gaps_in_frame_num_value_allowed_flag
  const picWidthInMbs = r.ue() + 1
  const picHeightInMapUnits = r.ue() + 1
  const frameMbsOnly = r.flag()
  if (!frameMbsOnly) r.skip(1) // mb_adaptive_frame_field_flag
  r.skip(1) // direct_8x8_inference_flag

  const codedWidth = picWidthInMbs * 16
  const codedHeight = picHeightInMapUnits * 16 * (frameMbsOnly ? 1 : 2)
  if (codedWidth > MAX_SIDE_PIXELS || codedHeight > MAX_SIDE_PIXELS) {
    throw new MalformedError(`a picture of ${codedWidth} x ${codedHeight} samples`)
  }
  const crop = r.flag() ? readCropping(r, chroma, frameMbsOnly) : { width: 0, height: 0 }
  if (crop.width >= codedWidth || crop.height >= codedHeight) {
    throw new MalformedError('cropping leaves nothing of the picture')
  }

  const vui = r.flag() ? readVui(r) : noVui
  return {
    profileIdc,
    levelIdc,
    width: codedWidth - crop.width,
    height: codedHeight - crop.height,
    frameMbsOnly,
    ...vui,
  }
}

/** Removes `emulation_prevention_three_byte`, ITU-T H.264 7.3.1. Answers the same bytes when there are none. */
export function removeEmulationPrevention(nal: Uint8Array): Uint8Array {
  let zeros = 0
  let out: Uint8Array | undefined
  let length = 0
  for (let i = 0; i < nal.byteLength; i++) {
    const byte = nal[i] ?? 0
    if (zeros >= 2 && byte === 3) {
      if (out === undefined) {
        out = new Uint8Array(nal.byteLength)
        out.set(nal.subarray(0, i))
        length = i
      }
      zeros = 0
      continue
    }
    zeros = byte === 0 ? zeros + 1 : 0
    if (out !== undefined) out[length++] = byte
  }
  return out === undefined ? nal : out.subarray(0, length)
}

type Chroma = { readonly chromaFormatIdc: number; readonly separateColourPlanes: boolean }

const hasChromaInformation = (profileIdc: number): boolean =>
  [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].includes(profileIdc)

function readChroma(r: BitReader): Chroma {
  const chromaFormatIdc = r.ue()
  if (chromaFormatIdc > 3) throw new MalformedError(`chroma_format_idc ${chromaFormatIdc}`)
  const separateColourPlanes = chromaFormatIdc === 3 && r.flag()
  if (r.ue() > 6) throw new MalformedError('bit_depth_luma_minus8 over 6')
  if (r.ue() > 6) throw new MalformedError('bit_depth_chroma_minus8 over 6')
  r.skip(1) // qpprime_y_zero_transform_bypass_flag
  // seq_scaling_matrix_present_flag
  if (r.flag()) {
    const lists = chromaFormatIdc === 3 ? 12 : 8
    for (let i = 0; i < lists; i++) if (r.flag()) skipScalingList(r, i < 6 ? 16 : 64)
  }
  return { chromaFormatIdc, separateColourPlanes }
}

function skipScalingList(r: BitReader, size: number): void {
  let last = 8
  let next = 8
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + r.se() + 256) & 0xff
    if (next !== 0) last = next
  }
}

function skipPicOrderCount(r: BitReader): void {
  const picOrderCntType = r.ue()
  if (picOrderCntType === 0) {
    if (r.ue() > 12) throw new MalformedError('log2_max_pic_order_cnt_lsb_minus4 over 12')
  } else if (picOrderCntType === 1) {
    r.skip(1) // delta_pic_order_always_zero_flag
    r.se() // offset_for_non_ref_pic
    r.se() // offset_for_top_to_bottom_field
    const count = r.ue()
    if (count > 255) throw new MalformedError('num_ref_frames_in_pic_order_cnt_cycle over 255')
    for (let i = 0; i < count; i++) r.se() // offset_for_ref_frame
  } else if (picOrderCntType !== 2) {
    throw new MalformedError(`pic_order_cnt_type ${picOrderCntType}`)
  }
}

/** Samples taken off in all, equations 7-19 to 7-22. */
function readCropping(r: BitReader, chroma: Chroma, frameMbsOnly: boolean): { width: number; height: number } {
  const left = r.ue()
  const right = r.ue()
  const top = r.ue()
  const bottom = r.ue()
  const chromaArrayType = chroma.separateColourPlanes ? 0 : chroma.chromaFormatIdc
  const unitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1
  const unitY = (chromaArrayType === 1 ? 2 : 1) * (frameMbsOnly ? 1 : 2)
  return { width: (left + right) * unitX, height: (top + bottom) * unitY }
}

type Vui = Pick<Sps, 'sampleAspectRatio' | 'framesPerSecond' | 'maxNumReorderFrames'>

const noVui: Vui = { sampleAspectRatio: [1, 1], framesPerSecond: undefined, maxNumReorderFrames: undefined }

/** Table E-1; index is aspect_ratio_idc. */
const ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
]
const EXTENDED_SAR = 255

function readVui(r: BitReader): Vui {
  const sampleAspectRatio = r.flag() ? readSampleAspectRatio(r) : noVui.sampleAspectRatio
  if (r.flag()) r.skip(1) // overscan_info_present_flag, overscan_appropriate_flag
  // video_signal_type_present_flag
  if (r.flag()) {
    r.skip(3 + 1) // video_format, video_full_range_flag
    if (r.flag()) r.skip(24) // colour_primaries, transfer_characteristics, matrix_coefficients
  }
  // chroma_loc_info_present_flag
  if (r.flag()) {
    r.ue()
    r.ue()
  }
  const framesPerSecond = r.flag() ? readTiming(r) : undefined
  const nalHrd = r.flag()
  if (nalHrd) skipHrd(r)
  const vclHrd = r.flag()
  if (vclHrd) skipHrd(r)
  if (nalHrd || vclHrd) r.skip(1) // low_delay_hrd_flag
  r.skip(1) // pic_struct_present_flag
  return { sampleAspectRatio, framesPerSecond, maxNumReorderFrames: r.flag() ? readReorderFrames(r) : undefined }
}

function readSampleAspectRatio(r: BitReader): readonly [number, number] {
  const idc = r.bits(8)
  const ratio: readonly [number, number] =
    idc === EXTENDED_SAR ? [r.bits(16), r.bits(16)] : (ASPECT_RATIOS[idc] ?? [1, 1])
  return ratio[0] === 0 || ratio[1] === 0 ? [1, 1] : ratio
}

function readTiming(r: BitReader): number | undefined {
  const numUnitsInTick = r.bits(32)
  const timeScale = r.bits(32)
  r.skip(1) // fixed_frame_rate_flag
  if (numUnitsInTick === 0 || timeScale === 0) return undefined
  return timeScale / (2 * numUnitsInTick)
}

function skipHrd(r: BitReader): void {
  const count = r.ue() + 1
  if (count > 32) throw new MalformedError('cpb_cnt_minus1 over 31')
  r.skip(4 + 4) // bit_rate_scale, cpb_size_scale
  for (let i = 0; i < count; i++) {
    r.ue() // bit_rate_value_minus1
    r.ue() // cpb_size_value_minus1
    r.skip(1) // cbr_flag
  }
  r.skip(5 + 5 + 5 + 5)
}

function readReorderFrames(r: BitReader): number {
  r.skip(1) // motion_vectors_over_pic_boundaries_flag
  r.ue() // max_bytes_per_pic_denom
  r.ue() // max_bits_per_mb_denom
  r.ue() // log2_max_mv_length_horizontal
  r.ue() // log2_max_mv_length_vertical
  const maxNumReorderFrames = r.ue()
  if (maxNumReorderFrames > 16) throw new MalformedError('max_num_reorder_frames over 16')
  r.ue() // max_dec_frame_buffering
  return maxNumReorderFrames
}
