import { assertNever } from '../base/errors.ts'
import { parseAudioSpecificConfig } from './audio-specific-config.ts'
import { parseOpusHead } from './opus-head.ts'
import type { Aac, Codec, Opus } from './packet.ts'

/** Our Opus has 20 ms in each packet. */
export const OPUS_FRAME_TICKS = 960

export type SoundCodec = Aac | Opus

export const isSound = (codec: Codec): codec is SoundCodec => codec.kind !== 'h264'

/** What a frame lasts, in ticks of its track. */
export const frameTicksOf = ({ kind }: SoundCodec): number => (kind === 'opus' ? OPUS_FRAME_TICKS : 1024)

/** Speakers and Hz, as players are told before they decode. @throws MalformedError */
export function soundShape(codec: SoundCodec): { readonly channels: number; readonly sampleRate: number } {
  switch (codec.kind) {
    case 'aac': {
      const { channels, sampleRate } = parseAudioSpecificConfig(codec.audioSpecificConfig)
      return { channels, sampleRate }
    }
    case 'opus':
      return { channels: parseOpusHead(codec.opusHead).channels, sampleRate: 48_000 }
    default:
      return assertNever(codec)
  }
}

/** The codec's configuration record. */
export function configurationOf(codec: Codec): Uint8Array {
  switch (codec.kind) {
    case 'h264':
      return codec.avcC
    case 'aac':
      return codec.audioSpecificConfig
    case 'opus':
      return codec.opusHead
    default:
      return assertNever(codec)
  }
}
