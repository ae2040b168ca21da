import { writeAudioTag } from '../../src/formats/flv/audio-tag.ts'
import { type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { writeVideoTag } from '../../src/formats/flv/video-tag.ts'

/** H.264 Constrained Baseline, 640x360, 30 frames a second, as libx264 writes it. */
export const AVCC_360P = Uint8Array.from(
  Buffer.from('0142c01effe1001d6742c01eda0280bfe5ffc000c00104000003000400000300f03c58ba8001000468ce3c80', 'hex'),
)
/** The same encoder at 854x480, 25 frames a second. */
export const AVCC_480P = Uint8Array.from(
  Buffer.from('0142c01effe1001d6742c01eda0360f79bffc050006ac4000003000400000300c83c58ba8001000468ce3c80', 'hex'),
)
/** AAC LC, 44100 Hz, mono. */
export const ASC_44100 = Uint8Array.of(0x12, 0x08, 0x56, 0xe5, 0x00)
/** AAC LC, 48000 Hz, stereo. */
export const ASC_48000 = Uint8Array.of(0x11, 0x90)

/** A frame of one length-prefixed NAL unit whose content is not decodable. */
export function nalFrame(nalType: number, payloadBytes = 20): Uint8Array {
  const frame = new Uint8Array(5 + payloadBytes).fill(0x55)
  new DataView(frame.buffer).setUint32(0, 1 + payloadBytes)
  frame[4] = 0x60 | nalType
  return frame
}

export const videoConfig = (timestamp: number, avcC = AVCC_360P): FlvTag => ({
  typeId: TagType.video,
  timestamp,
  body: writeVideoTag({ kind: 'config', avcC }),
})

export const videoFrame = (timestamp: number, isKeyFrame: boolean, compositionTime = 0, bytes = 20): FlvTag => ({
  typeId: TagType.video,
  timestamp,
  body: writeVideoTag({ kind: 'frame', isKeyFrame, compositionTime, data: nalFrame(isKeyFrame ? 5 : 1, bytes) }),
})

export const audioConfig = (timestamp: number, audioSpecificConfig = ASC_44100): FlvTag => ({
  typeId: TagType.audio,
  timestamp,
  body: writeAudioTag({ kind: 'config', audioSpecificConfig }),
})

export const audioFrame = (timestamp: number, bytes = 100): FlvTag => ({
  typeId: TagType.audio,
  timestamp,
  body: writeAudioTag({ kind: 'frame', data: new Uint8Array(bytes).fill(0x21) }),
})
