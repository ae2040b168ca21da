/** What a slate looks like: as what it stands for. */
export type SlateShape = {
  readonly width: number
  readonly height: number
  /** Frames in so many seconds: 30000 in 1001, say. */
  readonly rate: { readonly frames: number; readonly seconds: number }
  /** Undefined: the broadcast has no sound. */
  readonly sound: { readonly rate: number; readonly channels: number } | undefined
}

/** What FFmpeg decodes once and shows again and again; the rest it plays in a loop. */
const STILL = /\.(png|jpe?g|webp|bmp)$/i
const KEY_FRAME_SECONDS = 2
/** Above what a still picture needs, below what a moving one of this size would like: nobody's network shall notice. */
const BITS_A_PIXEL = 1.5

/**
 * FFmpeg's arguments for a picture or a loop in a shape, with silence, in real time, as FLV on standard output. It ends
 * when nobody reads that any more, and so with the server however that ends.
 */
export function slateArguments(source: string, { width, height, rate, sound }: SlateShape): string[] {
  // 4:2:0 has no odd sides.
  const size = `${width - (width % 2)}:${height - (height % 2)}`
  const perSecond = `${rate.frames}/${rate.seconds}`
  const still = STILL.test(source)
  const picture = [
    ...(still ? [] : [`fps=${perSecond}`]),
    `scale=${size}:force_original_aspect_ratio=decrease`,
    ...[`pad=${size}:-1:-1`, 'setsar=1', 'format=yuv420p'],
    ...(still ? ['loop=-1:1', `settb=${rate.seconds}/${rate.frames}`, 'setpts=N'] : []),
    'realtime',
  ]
  const bits = String(Math.round(BITS_A_PIXEL * width * height))
  const keyFrames = String(Math.round((KEY_FRAME_SECONDS * rate.frames) / rate.seconds))
  const layout = sound?.channels === 1 ? 'mono' : 'stereo'
  return [
    ...['-nostdin', '-hide_banner', '-v', 'error'],
    ...(still ? [] : ['-stream_loop', '-1']),
    // A relative name that looks like a protocol is a file all the same.
    ...['-i', `file:${source}`],
    ...(sound === undefined ? [] : ['-f', 'lavfi', '-i', `anullsrc=r=${sound.rate}:cl=${layout}`]),
    ...['-filter_complex', `[0:v:0]${picture.join(',')}[v]${sound === undefined ? '' : ';[1:a]arealtime[a]'}`],
    ...['-map', '[v]', '-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'high'],
    ...['-threads', '1', '-g', keyFrames, '-keyint_min', keyFrames, '-sc_threshold', '0', '-bf', '0'],
    ...['-b:v', bits, '-maxrate', bits, '-bufsize', bits],
    ...(sound === undefined ? [] : ['-map', '[a]', '-c:a', 'aac', '-b:a', '64k']),
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', 'pipe:1'],
  ]
}
