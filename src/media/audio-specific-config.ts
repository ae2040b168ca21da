import { MalformedError } from '../base/errors.ts'
import { BitReader } from './bit-reader.ts'

const MAX_ASC_BYTES = 1024
const MAX_SAMPLE_RATE = 192_000

const AOT_SBR = 5
const AOT_ER_BSAC = 22
const AOT_PS = 29
const AOT_ESCAPE = 31

/** ISO/IEC 14496-3 table 1.18, index is samplingFrequencyIndex. */
const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
]
/** ISO/IEC 14496-3 table 1.19, index is channelConfiguration; 0 means a program_config_element counts them. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8]

/** ISO/IEC 14496-3 1.6.2.1, for the AAC family. */
export type AudioSpecificConfig = {
  /** Of the core: 2 is AAC LC. SBR and PS are told by their own fields, however they are signalled. */
  readonly objectType: number
  /** Of the core, in Hz: what an AAC frame's samples are counted in. */
  readonly sampleRate: number
  /** Speakers of the core. */
  readonly channels: number
  /** Samples of the core in one frame. */
  readonly samplesPerFrame: 960 | 1024
  /** The decoder's output rate in Hz, when spectral band replication is signalled explicitly. */
  readonly extensionSampleRate?: number
  readonly sbr: boolean
  readonly ps: boolean
}

/**
 * Reads an AudioSpecificConfig. Object types outside the AAC family are answered with what is common to all.
 * @throws MalformedError
 */
export function parseAudioSpecificConfig(bytes: Uint8Array): AudioSpecificConfig {
  if (bytes.byteLength > MAX_ASC_BYTES) throw new MalformedError(`AudioSpecificConfig of ${bytes.byteLength} bytes`)
  const r = new BitReader(bytes)
  let objectType = readObjectType(r)
  const sampleRate = readSampleRate(r)
  const channelConfiguration = r.bits(4)
  let extensionSampleRate: number | undefined
  let ps = false
  // Explicit hierarchical signalling: the extension comes first, then the core.
  if (objectType === AOT_SBR || objectType === AOT_PS) {
    ps = objectType === AOT_PS
    extensionSampleRate = readSampleRate(r)
    objectType = readObjectType(r)
    if (objectType === AOT_ER_BSAC) r.skip(4) // extensionChannelConfiguration
  }
  const hierarchical = extensionSampleRate !== undefined
  const core = isGeneralAudio(objectType)
    ? readGaSpecificConfig(r, objectType, channelConfiguration)
    : { samplesPerFrame: 1024 as const, channels: 0 }
  const channels = core.channels || (CHANNELS[channelConfiguration] ?? 0)
  if (channels === 0) throw new MalformedError(`AudioSpecificConfig channelConfiguration ${channelConfiguration}`)

  // Explicit backward compatible signalling: the extension follows the core.
  if (!hierarchical && isGeneralAudio(objectType) && r.left >= 16 && r.bits(11) === 0x2b7) {
    if (readObjectType(r) === AOT_SBR && r.flag()) {
      extensionSampleRate = readSampleRate(r)
      if (r.left >= 12 && r.bits(11) === 0x548) ps = r.flag()
    }
  }
  return {
    objectType,
    sampleRate,
    channels,
    samplesPerFrame: core.samplesPerFrame,
    ...(extensionSampleRate === undefined ? {} : { extensionSampleRate }),
    sbr: extensionSampleRate !== undefined,
    ps,
  }
}

/** Writes the two-byte AudioSpecificConfig of AAC LC with a rate of the table and up to 7.1 channels. */
export function writeAacLcConfig(sampleRate: number, channels: number): Uint8Array {
  const index = SAMPLE_RATES.indexOf(sampleRate)
  const configuration = CHANNELS.indexOf(channels)
  if (index < 0 || configuration <= 0)
    throw new MalformedError(`no AAC LC of ${sampleRate} Hz and ${channels} channels`)
  return Uint8Array.of((2 << 3) | (index >> 1), ((index & 1) << 7) | (configuration << 3))
}

function readObjectType(r: BitReader): number {
  const type = r.bits(5)
  return type === AOT_ESCAPE ? 32 + r.bits(6) : type
}

function readSampleRate(r: BitReader): number {
  const index = r.bits(4)
  const rate = index === 15 ? r.bits(24) : (SAMPLE_RATES[index] ?? 0)
  if (rate === 0 || rate > MAX_SAMPLE_RATE) {
    throw new MalformedError(`AudioSpecificConfig sampling rate ${rate} (index ${index})`)
  }
  return rate
}

const isGeneralAudio = (objectType: number): boolean => [1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23].includes(objectType)

/** GASpecificConfig, ISO/IEC 14496-3 4.4.1. */
function readGaSpecificConfig(
  r: BitReader,
  objectType: number,
  channelConfiguration: number,
): { samplesPerFrame: 960 | 1024; channels: number } {
  const frameLengthFlag = r.flag()
  if (r.flag()) r.skip(14) // dependsOnCoreCoder, coreCoderDelay
  const extensionFlag = r.flag()
  const channels = channelConfiguration === 0 ? readProgramConfigElement(r) : 0
  if (objectType === 6 || objectType === 20) r.skip(3) // layerNr
  if (extensionFlag) {
    if (objectType === AOT_ER_BSAC) r.skip(5 + 11) // numOfSubFrame, layer_length
    if ([17, 19, 20, 23].includes(objectType)) r.skip(3) // resilience flags
    r.skip(1) // extensionFlag3
  }
  return { samplesPerFrame: frameLengthFlag ? 960 : 1024, channels }
}

/** Counts the channels of a program_config_element, ISO/IEC 14496-3 4.4.1.1. */
function readProgramConfigElement(r: BitReader): number {
  r.skip(4 + 2 + 4) // element_instance_tag, object_type, sampling_frequency_index
  const front = r.bits(4)
  const side = r.bits(4)
  const back = r.bits(4)
  const lfe = r.bits(2)
  const assocData = r.bits(3)
  const validCc = r.bits(4)
  if (r.flag()) r.skip(4) // mono_mixdown
  if (r.flag()) r.skip(4) // stereo_mixdown
  if (r.flag()) r.skip(3) // matrix_mixdown
  let channels = lfe
  for (let i = 0; i < front + side + back; i++) {
    channels += r.flag() ? 2 : 1 // is_cpe
    r.skip(4)
  }
  r.skip(lfe * 4 + assocData * 4 + validCc * 5)
  // byte_alignment() counts from the start of the AudioSpecificConfig; what is left of whole bytes tells where that is.
  r.skip(r.left % 8)
  const comment = r.bits(8)
  r.skip(comment * 8)
  return channels
}
