import { setTimeout as sleep } from 'node:timers/promises'
import { BitWriter } from '../../formats/h264/bit-writer.ts'
import { PcmEncoder } from '../../formats/h264/pcm-encoder.ts'
import type { RtmpPush } from './rtmp-push.ts'
import { background, drawPicture, HEIGHT, WIDTH } from './test-picture.ts'

const FRAMES_PER_SECOND = 25
const KEY_FRAME_EVERY = 50
const FRAME_MS = 1000 / FRAMES_PER_SECOND
/** AAC LC, 48000 Hz, stereo. */
const AUDIO_CONFIG = Uint8Array.of(0x11, 0x90)
const AUDIO_FRAME_MS = (1024 * 1000) / 48_000

/** Publishes colour bars with a clock, and silence, until the signal or the connection's end. Needs no other program. */
export async function publishPattern(push: RtmpPush, signal: AbortSignal): Promise<void> {
  const encoder = new PcmEncoder(WIDTH, HEIGHT)
  const picture = background()
  const silence = silentFrame()
  push.video(0, { kind: 'config', avcC: encoder.avcC })
  push.audio(0, { kind: 'config', audioSpecificConfig: AUDIO_CONFIG })
  let over = false
  void push.closed.then(() => {
    over = true
  })
  const startedAtMs = performance.now()
  let audioFrames = 0
  for (let frame = 0; !signal.aborted && !over; frame++) {
    const ms = frame * FRAME_MS
    drawPicture(picture, Date.now(), frame)
    const isKeyFrame = frame % KEY_FRAME_EVERY === 0
    push.video(ms, { kind: 'frame', isKeyFrame, compositionTime: 0, data: encoder.encode(picture, isKeyFrame) })
    for (; audioFrames * AUDIO_FRAME_MS <= ms; audioFrames++) {
      push.audio(Math.round(audioFrames * AUDIO_FRAME_MS), { kind: 'frame', data: silence })
    }
    const wait = startedAtMs + ms + FRAME_MS - performance.now()
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {})
  }
  push.close()
}

/** An AAC frame of two channels with no spectrum, ISO/IEC 14496-3 4.4.2: the shortest way to say nothing. */
export function silentFrame(): Uint8Array {
  const w = new BitWriter()
  w.bits(1, 3).bits(0, 4).bits(1, 1) // ID_CPE, element_instance_tag, common_window
  w.bits(0, 1).bits(0, 2).bits(0, 1).bits(0, 6).bits(0, 1) // ics_info: long window, max_sfb 0, no prediction
  w.bits(0, 2) // ms_mask_present
  for (let channel = 0; channel < 2; channel++) {
    w.bits(0, 8).bits(0, 3) // global_gain; no pulse, TNS or gain control data
  }
  w.bits(7, 3) // ID_END
  return w.done().slice()
}
