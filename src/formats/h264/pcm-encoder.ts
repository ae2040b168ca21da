import { writeAvcC } from '../../media/avcc.ts'
import { BitWriter } from './bit-writer.ts'

/** A picture in planes, YCbCr 4:2:0; sides are multiples of 16. */
export type Picture = { readonly y: Uint8Array; readonly cb: Uint8Array; readonly cr: Uint8Array }

const NAL_IDR = 0x65
const NAL_P = 0x41
const NAL_SPS = 0x67
const NAL_PPS = 0x68
const FRAME_NUM_BITS = 4

/**
 * An H.264 encoder that compresses nothing: macroblocks are sent as their samples (`I_PCM`, ITU-T H.264 7.3.5) or not at all
 * (`P_Skip`). It makes test pictures that every decoder shows exactly, Constrained Baseline, without any other program.
 */
export class PcmEncoder {
  readonly avcC: Uint8Array
  readonly #width: number
  readonly #height: number
  #before: Picture | undefined
  #frameNum = 0
  #idrPicId = 0

  constructor(width: number, height: number) {
    this.#width = width
    this.#height = height
    this.avcC = writeAvcC([this.#sps()], [pps()])
  }

  /** One frame as a length-prefixed NAL unit. What did not change since the last one costs nothing, but in a key frame. */
  encode(picture: Picture, isKeyFrame: boolean): Uint8Array {
    const before = isKeyFrame ? undefined : this.#before
    const w = new BitWriter()
    w.ue(0) // first_mb_in_slice
    w.ue(before === undefined ? 7 : 5) // slice_type: I, P; all slices of the picture
    w.ue(0) // pic_parameter_set_id
    this.#frameNum = before === undefined ? 0 : (this.#frameNum + 1) % 2 ** FRAME_NUM_BITS
    w.bits(this.#frameNum, FRAME_NUM_BITS)
    if (before === undefined) {
      this.#idrPicId = 1 - this.#idrPicId
      w.ue(this.#idrPicId)
      w.bits(0, 2) // no_output_of_prior_pics_flag, long_term_reference_flag
    } else {
      w.bits(0, 3) // num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0, adaptive_ref_pic_marking_mode_flag
    }
    w.ue(0) // slice_qp_delta, se(0)
    w.ue(1) // disable_deblocking_filter_idc
    this.#macroblocks(w, picture, before)
    this.#before = { y: picture.y.slice(), cb: picture.cb.slice(), cr: picture.cr.slice() }
    return lengthPrefixed(nalUnit(before === undefined ? NAL_IDR : NAL_P, w.end()))
  }

  #macroblocks(w: BitWriter, picture: Picture, before: Picture | undefined): void {
    let skipped = 0
    for (let row = 0; row < this.#height / 16; row++) {
      for (let column = 0; column < this.#width / 16; column++) {
        const samples = this.#samples(picture, row, column)
        if (before !== undefined && Buffer.compare(samples, this.#samples(before, row, column)) === 0) {
          skipped++
          continue
        }
        if (before !== undefined) w.ue(skipped) // mb_skip_run
        skipped = 0
        w.ue(before === undefined ? 25 : 30) // mb_type I_PCM
        w.align().bytes(samples)
      }
    }
    if (skipped > 0) w.ue(skipped)
  }

  /** `pcm_sample_luma`, then `pcm_sample_chroma`. */
  #samples({ y, cb, cr }: Picture, row: number, column: number): Uint8Array {
    const samples = new Uint8Array(384)
    for (let line = 0; line < 16; line++) {
      const at = (row * 16 + line) * this.#width + column * 16
      samples.set(y.subarray(at, at + 16), line * 16)
    }
    for (let line = 0; line < 8; line++) {
      const at = (row * 8 + line) * (this.#width / 2) + column * 8
      samples.set(cb.subarray(at, at + 8), 256 + line * 8)
      samples.set(cr.subarray(at, at + 8), 320 + line * 8)
    }
    return samples
  }

  /** ITU-T H.264 7.3.2.1.1. */
  #sps(): Uint8Array {
    const w = new BitWriter()
    w.bits(66, 8).bits(0xc0, 8).bits(30, 8) // profile_idc, constraint_set0 and 1, level_idc
    w.ue(0) // seq_parameter_set_id
    w.ue(FRAME_NUM_BITS - 4) // log2_max_frame_num_minus4
    w.ue(2) // pic_order_cnt_type: shown in the order of decoding
    w.ue(1) // max_num_ref_frames
    w.bits(0, 1) // gaps_in_frame_num_value_allowed_flag
    w.ue(this.#width / 16 - 1).ue(this.#height / 16 - 1)
    w.bits(1, 1).bits(1, 1) // frame_mbs_only_flag, direct_8x8_inference_flag
    w.bits(0, 1).bits(0, 1) // frame_cropping_flag, vui_parameters_present_flag
    return nalUnit(NAL_SPS, w.end())
  }
}

/** ITU-T H.264 7.3.2.2. */
function pps(): Uint8Array {
  const w = new BitWriter()
  w.ue(0).ue(0) // pic_parameter_set_id, seq_parameter_set_id
  w.bits(0, 2) // entropy_coding_mode_flag, bottom_field_pic_order_in_frame_present_flag
  w.ue(0).ue(0).ue(0) // num_slice_groups_minus1, num_ref_idx_l0 and l1 _default_active_minus1
  w.bits(0, 3) // weighted_pred_flag, weighted_bipred_idc
  w.ue(0).ue(0).ue(0) // pic_init_qp_minus26, pic_init_qs_minus26, chroma_qp_index_offset: se(0)
  w.bits(1, 1) // deblocking_filter_control_present_flag
  w.bits(0, 2) // constrained_intra_pred_flag, redundant_pic_cnt_present_flag
  return nalUnit(NAL_PPS, w.end())
}

/** Header and payload, with `emulation_prevention_three_byte`s, ITU-T H.264 7.3.1. */
function nalUnit(header: number, rbsp: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + Math.ceil(rbsp.byteLength * 1.5) + 1)
  out[0] = header
  let at = 1
  let zeros = 0
  for (const byte of rbsp) {
    if (zeros >= 2 && byte <= 3) {
      out[at++] = 3
      zeros = 0
    }
    out[at++] = byte
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return out.slice(0, at)
}

function lengthPrefixed(nal: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + nal.byteLength)
  new DataView(frame.buffer).setUint32(0, nal.byteLength)
  frame.set(nal, 4)
  return frame
}
