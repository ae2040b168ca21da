import { FRAME_RATE, HEIGHT, WIDTH } from './clock-picture.ts'
import { Encoder, type EncoderKind } from './encoder.ts'

/**
 * Encodes raw pictures as the reference encoders do, now, for their delay is part of what is measured: with OBS as it
 * comes, x264 looks ten pictures ahead.
 */
const X264: Readonly<Record<EncoderKind, readonly string[]>> = {
  gop2: ['-tune', 'zerolatency', '-g', '60', '-keyint_min', '60'],
  obs: ['-g', '250', '-bf', '2', '-profile:v', 'high'],
}

/** An encoder that takes raw pictures on its standard input. */
export function clockEncoder(kind: EncoderKind, url: string): Encoder {
  return new Encoder(
    [
      ...[
        '-thread_queue_size',
        '1',
        '-probesize',
        '32',
        '-analyzeduration',
        '0',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'yuv420p',
      ],
      ...['-s', `${WIDTH}x${HEIGHT}`, '-r', String(FRAME_RATE), '-i', 'pipe:0'],
      ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-map', '0:v', '-map', '1:a'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-sc_threshold', '0', ...X264[kind]],
      ...['-b:v', '700k', '-maxrate', '700k', '-bufsize', '700k', '-c:a', 'aac', '-ac', '2', '-b:a', '96k'],
      ...['-flush_packets', '1', '-f', 'flv', url],
    ],
    { input: true },
  )
}
