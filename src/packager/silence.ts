import { parseAudioSpecificConfig } from '../media/audio-specific-config.ts'
import { parseOpusHead } from '../media/opus-head.ts'
import type { Aac } from '../media/packet.ts'
import type { SoundCodec } from '../media/sound.ts'

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

// RFC 6716 3.1: 20 ms of CELT in full band, one frame; the frame says by its first bit that it is silence (4.3).
const OPUS_MONO = Uint8Array.of(0xf8, 0xff, 0xfe)
const OPUS_STEREO = Uint8Array.of(0xfc, 0xff, 0xfe)

/** One frame of silence in the codec's own form; undefined for channel layouts and profiles we have none for. */
export function silentFrame(codec: SoundCodec): Uint8Array | undefined {
  if (codec.kind === 'opus') return parseOpusHead(codec.opusHead).channels === 1 ? OPUS_MONO : OPUS_STEREO
  return silentAac(codec)
}

function silentAac(codec: Aac): Uint8Array | undefined {
  const { objectType, channels } = parseAudioSpecificConfig(codec.audioSpecificConfig)
  if (objectType !== 2) return undefined
  return channels === 1 ? MONO : channels === 2 ? STEREO : undefined
}
