import { Program } from './program.ts'

export type GstOptions = {
  readonly url: string
  readonly fps: number
  readonly seconds: number
  /** Frames from key frame to key frame. */
  readonly gop: number
  readonly bFrames?: number
  /**
   * As a camera and a microphone are: what the encoder holds back comes too late for flvmux, which then moves pictures to
   * the times of the sound. Else all is sent in real time with its own times.
   */
  readonly live?: boolean
  /** An AAC encoder's element. */
  readonly aac?: string
  /** `rtmpsink` is librtmp's. */
  readonly sink?: 'rtmp2sink' | 'rtmpsink'
}

/** GStreamer publishes a test picture and a tone through its own RTMP client, then says goodbye. */
export function gstPublisher({
  url,
  fps,
  seconds,
  gop,
  bFrames = 0,
  live = false,
  aac = 'voaacenc',
  sink = 'rtmp2sink',
}: GstOptions): Program {
  const rate = 44_100
  const audioBuffers = Math.floor((seconds * rate) / 1024)
  return new Program('gst-launch-1.0', [
    '-e',
    ...`videotestsrc is-live=${live} num-buffers=${seconds * fps}`.split(' '),
    ...`! video/x-raw,format=I420,width=320,height=180,framerate=${fps}/1`.split(' '),
    ...`! x264enc speed-preset=ultrafast key-int-max=${gop} bitrate=300`.split(' '),
    ...['b-adapt=false', `bframes=${bFrames}`],
    ...'! h264parse ! queue ! mux.'.split(' '),
    ...`audiotestsrc is-live=${live} num-buffers=${audioBuffers} ! audio/x-raw,rate=${rate},channels=2`.split(' '),
    ...`! ${aac} ! aacparse ! queue ! mux.`.split(' '),
    ...`flvmux name=mux streamable=true ! ${sink} sync=${!live} location=${url}`.split(' '),
  ])
}
