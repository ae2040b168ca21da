import type { VideoEncoder } from './box/encoders.ts'
import type { PlannedRung } from './plan.ts'

/** The first pipe behind standard input, output and error: the first rung's. */
export const FIRST_PIPE = 3

export type ChildPlan = {
  readonly rungs: readonly ChildRung[]
  readonly encoder: VideoEncoder
}

export type ChildRung = PlannedRung & {
  /** What another child made already: frames before are decoded and left out. Milliseconds of the child's time. */
  readonly startMs: number | undefined
}

/**
 * FFmpeg's command for one broadcast: FLV with its video on standard input, decoded once, and an FLV for each rung on a pipe
 * of its own. Each option is there for a reason that was measured:
 * - low_delay, probesize, analyzeduration: the first picture after 0.2 s instead of 1.4, then each after 10 ms instead of 76
 *   (`-fflags nobuffer` would lose the first group of pictures). The duration is 1 µs, for 0 means 5 s or the probesize, which a
 *   picture that stands still has after as long
 * - copyts, passthrough, enc_time_base: times come out as they went in, and no frame is doubled or left out for the sake of
 *   a constant rate
 * - force_key_frames source, forced-idr, g, sc_threshold: key frames are those of the source and no others
 * - filter_complex_threads 1: a picture cut into slices for each processor takes a twentieth more of them in all
 * - zerolatency: no frame waits for later ones, so that there are no B-frames
 */
export function ffmpegArguments({ rungs, encoder }: ChildPlan): string[] {
  return [
    ...['-hide_banner', '-nostats', '-nostdin', '-loglevel', 'warning'],
    ...encoder.device,
    ...['-flags', 'low_delay', '-probesize', '32768', '-analyzeduration', '1', '-threads', '4', '-copyts'],
    ...['-f', 'flv', '-i', 'pipe:0'],
    ...['-filter_complex_threads', '1', '-filter_complex', filterGraph(rungs, encoder.filter)],
    ...rungs.flatMap((rung, index) => [
      ...['-map', `[out${index}]`, '-fps_mode', 'passthrough', '-enc_time_base', '-1'],
      ...encoder.options(rung),
      ...['-g', '9999', '-sc_threshold', '0', '-force_key_frames', 'source', '-forced-idr', '1'],
      ...['-map_metadata', '-1', '-flvflags', 'no_duration_filesize', '-flush_packets', '1'],
      ...['-f', 'flv', `pipe:${FIRST_PIPE + index}`],
    ]),
  ]
}

/**
 * One decoder for all. Frames are thinned before they are scaled, and before what another child made is left out: which ones
 * stay follows from the last key frame, so that two children agree. Sizes are fixed, and padded, because the source's may
 * change on the way; `dar` is the shape of the picture as it is shown.
 */
function filterGraph(rungs: readonly ChildRung[], last: string): string {
  const gaps = [...new Set(rungs.map(({ leastGapMs }) => leastGapMs))]
  const graph = [`[0:v:0]split=${gaps.length}${gaps.map((_, at) => `[rate${at}]`).join('')}`]
  for (const [at, gap] of gaps.entries()) {
    const those = rungs.flatMap((rung, index) => (rung.leastGapMs === gap ? [index] : []))
    const outputs = those.map((index) => `[in${index}]`).join('')
    graph.push(`[rate${at}]${gap === undefined ? '' : thin(gap)}split=${those.length}${outputs}`)
  }
  for (const [index, { startMs, width, height }] of rungs.entries()) {
    const start = startMs === undefined ? '' : `trim=start=${(startMs / 1000).toFixed(3)},`
    const size = `scale='${even(`min(${width},${height}*dar)`)}':'${even(`min(${height},${width}/dar)`)}'`
    graph.push(`[in${index}]${start}${size},pad=${width}:${height}:-1:-1,setsar=1,${last}[out${index}]`)
  }
  return graph.join(';')
}

const even = (expression: string): string => `2*trunc(${expression}/2+0.5)`

const thin = (gapMs: number): string =>
  `select='key+isnan(prev_selected_t)+gte(t-prev_selected_t,${(gapMs / 1000).toFixed(3)})',`
