import { assertNever } from '../base/errors.ts'
import { parseAudioSpecificConfig } from './audio-specific-config.ts'
import { parseAvcC } from './avcc.ts'
import type { Codec } from './packet.ts'

/**
 * The `codecs` parameter of RFC 6381 for one track: `avc1.PPCCLL` (3.3, profile, constraints and level in hexadecimal),
 * `mp4a.40.N` (3.3, N the audio object type; 5 with signalled SBR, 29 with PS), `opus` (as players and browsers ask for it, though
 * the sample entry is written `Opus`).
 * @throws MalformedError when the configuration record is not readable
 */
export function codecString(codec: Codec): string {
  switch (codec.kind) {
    case 'h264': {
      const { profileIdc, profileCompatibility, levelIdc } = parseAvcC(codec.avcC)
      return `avc1.${hex(profileIdc)}${hex(profileCompatibility)}${hex(levelIdc)}`
    }
    case 'aac': {
      const { objectType, sbr, ps } = parseAudioSpecificConfig(codec.audioSpecificConfig)
      return `mp4a.40.${ps ? 29 : sbr ? 5 : objectType}`
    }
    case 'opus':
      return 'opus'
    default:
      return assertNever(codec)
  }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
