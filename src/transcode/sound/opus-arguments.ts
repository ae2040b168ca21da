import { FIRST_PIPE } from '../ffmpeg-arguments.ts'

/**
 * FFmpeg's command for the sound of one broadcast: AAC in FLV on standard input, Opus in Ogg on the first pipe, 20 ms in each
 * packet. Always in stereo: players keep what they began with.
 * - probesize: FLV may name tracks at any time, so that FFmpeg reads as much before it begins; of sound alone, seconds
 * - async, min_hard_comp: a frame that can't be decoded is silence, so that what follows stays where it was; without it
 *   the sound would be ahead for good (samples are counted, see `SampleTimes`)
 * - atrim: where packets begin, so that those of one child lie where those of the child before would have
 * - page_duration: each packet is on a page of its own; of just 20 ms every third would wait for the next
 * @param skip samples at 48 kHz to leave out at the beginning
 */
export function opusArguments(skip: number): string[] {
  const filters = [
    'aresample=48000:async=1:min_hard_comp=0.015',
    'aformat=sample_rates=48000:channel_layouts=stereo',
    `atrim=start_sample=${skip}`,
  ]
  return [
    ...['-hide_banner', '-nostats', '-nostdin', '-loglevel', 'warning'],
    ...['-probesize', '1000', '-analyzeduration', '1', '-copyts', '-f', 'flv', '-i', 'pipe:0'],
    ...['-map', '0:a:0', '-af', filters.join(','), '-c:a', 'libopus', '-b:a', '96k', '-frame_duration', '20'],
    ...['-map_metadata', '-1', '-page_duration', '1000', '-flush_packets', '1', '-f', 'ogg', `pipe:${FIRST_PIPE}`],
  ]
}
