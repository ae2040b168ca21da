import { parseAudioSpecificConfig } from '../media/audio-specific-config.ts'
import type { Aac } from '../media/packet.ts'

// raw_data_blocks of AAC-LC (ISO/IEC 14496-3 4.4.2.1): an element with max_sfb 0 has no spectrum, so it is silence.
// Mono: SCE, tag 0, global_gain 0, ics_info long window, max_sfb 0, no pulse, TNS or gain control; END.
// Stereo: CPE, tag 0, common_window 0, twice the same individual_channel_stream; END.
const bits = (text: string): Uint8Array => {
  const digits = text.replaceAll(' ', '')
  const out = new Uint8Array(Math.ceil(digits.length / 8))
  for (let i = 0; i < digits.length; i++) if (digits[i] === '1') out[i >> 3] = (out[i >> 3] ?? 0) | (0x80 >> (i & 7))
  return out
}

/** global_gain(8) | ics_reserved_bit, window_sequence(2), window_shape, max_sfb(6), predictor_data_present | pulse, tns, gain control */
const STREAM = '00000000 0 00 0 000000 0 0 0 0'
const MONO = bits(`000 0000 ${STREAM} 111`)
const STEREO = bits(`001 0000 0 ${STREAM} ${STREAM} 111`)

/** One frame of silence in the codec's own form; undefined for channel layouts and profiles we have none for. */
export function silentFrame(codec: Aac): Uint8Array | undefined {
  const { objectType, channels } = parseAudioSpecificConfig(codec.audioSpecificConfig)
  if (objectType !== 2) return undefined
  return channels === 1 ? MONO : channels === 2 ? STEREO : undefined
}
