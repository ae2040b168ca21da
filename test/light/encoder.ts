import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The two reference encoders: FFmpeg with a key frame every 2 s, and OBS as it comes, with one every 250 frames and B-frames. */
export type EncoderKind = 'gop2' | 'obs'

/**
 * What can be replayed: `hd` is 720p30 at 2.5 Mbit/s with B-frames, for measurements of what bytes cost, `forward` the same
 * without them, `full-hd` 1080p30 at 5 Mbit/s; `light` is 720p30 at 400 kbit/s, of which many fit on a machine, and no two frames of its picture or its sound
 * are the same bytes.
 */
export type EncodedName = EncoderKind | 'hd' | 'forward' | 'full-hd' | 'light'

const MADE = join(import.meta.dirname, '../fixtures/made')
const KEPT_OUTPUT = 16 * 1024

type Recipe = {
  readonly size?: string
  readonly rate?: string
  /** Of the sound, as FFmpeg names it. */
  readonly tone?: string
  readonly soundRate?: string
  readonly videoSeconds: number
  readonly audioSeconds: number
  readonly x264: readonly string[]
}

/**
 * A file that is sent again and again must end where both a group of pictures and an AAC frame end: 1920 pictures and
 * 3000 frames of 1024 samples are 64 s; 2000 and 3125 are 66.67 s. (The encoder adds one frame of priming.)
 */
const RECIPES: Readonly<Record<EncodedName, Recipe>> = {
  gop2: { videoSeconds: 64, audioSeconds: 63.975, x264: ['-g', '60', '-keyint_min', '60', '-bf', '0'] },
  obs: { videoSeconds: 66.66, audioSeconds: 66.64, x264: ['-g', '250', '-bf', '2', '-profile:v', 'high'] },
  hd: {
    ...{ size: '1280x720', rate: '2500k', videoSeconds: 64, audioSeconds: 63.975 },
    x264: ['-g', '60', '-keyint_min', '60', '-bf', '2', '-profile:v', 'high', '-nal-hrd', 'cbr'],
  },
  forward: {
    ...{ size: '1280x720', rate: '2500k', videoSeconds: 64, audioSeconds: 63.975 },
    x264: ['-g', '60', '-keyint_min', '60', '-bf', '0', '-profile:v', 'high', '-nal-hrd', 'cbr'],
  },
  'full-hd': {
    ...{ size: '1920x1080', rate: '5000k', videoSeconds: 32, audioSeconds: 31.975 },
    x264: ['-g', '60', '-keyint_min', '60', '-bf', '2', '-profile:v', 'high', '-nal-hrd', 'cbr'],
  },
  light: {
    ...{ size: '1280x720', rate: '400k', soundRate: '64k', videoSeconds: 64, audioSeconds: 63.975 },
    // A tone that rises all the time.
    tone: 'aevalsrc=0.3*sin(2*PI*(200+20*t)*t):s=48000',
    x264: ['-g', '60', '-keyint_min', '60', '-bf', '0'],
  },
}

const making = new Map<EncodedName, Promise<string>>()

/** The path of what an encoder sends, encoded once: 30 frames a second, AAC at 48 kHz in stereo. */
export function encoded(kind: EncodedName): Promise<string> {
  let path = making.get(kind)
  if (path === undefined) {
    path = encode(kind)
    making.set(kind, path)
  }
  return path
}

async function encode(kind: EncodedName): Promise<string> {
  const args = argumentsOf(RECIPES[kind])
  const hash = createHash('sha256').update(args.join('\0')).digest('hex').slice(0, 12)
  const path = join(MADE, `encoder-${kind}-${hash}.flv`)
  if (existsSync(path)) return path
  const scratch = `${path}.${process.pid}.flv`
  await mkdir(MADE, { recursive: true })
  try {
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args, scratch])
    await rename(scratch, path)
  } finally {
    await rm(scratch, { force: true })
  }
  return path
}

function argumentsOf({
  size = '640x360',
  rate = '700k',
  videoSeconds,
  audioSeconds,
  x264,
  ...sound
}: Recipe): string[] {
  const { tone = 'sine=frequency=440:sample_rate=48000', soundRate = '96k' } = sound
  return [
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30:duration=${videoSeconds}`],
    ...['-f', 'lavfi', '-i', `${tone}:duration=${audioSeconds}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-sc_threshold', '0', ...x264],
    ...['-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-c:a', 'aac', '-ac', '2', '-b:a', soundRate],
  ]
}

/** A running FFmpeg that publishes. */
export class Encoder implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #exited: Promise<void>
  #output = ''
  #running = true

  /** @param args what follows `ffmpeg`; `input: true` leaves standard input open for pictures */
  constructor(args: readonly string[], { input = false }: { readonly input?: boolean } = {}) {
    this.child = spawn('ffmpeg', ['-v', 'warning', ...args], { stdio: [input ? 'pipe' : 'ignore', 'ignore', 'pipe'] })
    this.#exited = new Promise((resolve) => {
      const gone = () => {
        this.#running = false
        resolve()
      }
      this.child.once('exit', gone)
      this.child.once('error', gone)
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-KEPT_OUTPUT)
    })
  }

  /** Publishes a made file in real time, over and over, without encoding it again. */
  static async replay(kind: EncodedName, url: string): Promise<Encoder> {
    const file = await encoded(kind)
    return new Encoder(['-re', '-stream_loop', '-1', '-i', file, '-c', 'copy', '-f', 'flv', url])
  }

  get running(): boolean {
    return this.#running
  }
  get output(): string {
    return this.#output
  }

  /** Says goodbye, as the stop button does. */
  async stop(): Promise<void> {
    if (this.#running) this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 5000)
    await this.#exited
    clearTimeout(late)
  }

  /** Is gone without a word, as a lost connection is. */
  async kill(): Promise<void> {
    if (this.#running) this.child.kill('SIGKILL')
    await this.#exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
