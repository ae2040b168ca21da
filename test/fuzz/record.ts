/**
 * Records what real encoders send, as seeds: `node test/fuzz/record.ts` (Node 26, FFmpeg, GStreamer). Small pictures and few of
 * them: a seed is changed byte by byte, and most of a large one would be picture.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { ChunkDecoder } from '../../src/formats/rtmp/chunk-decoder.ts'
import { ServerHandshake } from '../../src/formats/rtmp/handshake.ts'
import { KEY, runRtmp } from '../flow/rtmp-harness.ts'
import { SEEDS } from './target.ts'

const HANDSHAKE = 3073

const video = ['-f', 'lavfi', '-i', 'testsrc2=size=64x36:rate=10']
const audio = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100']
const coding = [
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-pix_fmt',
  'yuv420p',
  '-b:v',
  '20k',
  '-c:a',
  'aac',
  '-b:a',
  '16k',
]

const ENCODERS: Readonly<Record<string, (url: string) => readonly string[]>> = {
  ffmpeg: (url) => [
    'ffmpeg',
    '-nostdin',
    '-v',
    'error',
    ...video,
    ...audio,
    '-t',
    '2',
    ...coding,
    '-g',
    '10',
    '-f',
    'flv',
    url,
  ],
  'ffmpeg-b-frames': (url) => [
    'ffmpeg',
    '-nostdin',
    '-v',
    'error',
    ...video,
    '-t',
    '2',
    ...coding.slice(0, 8),
    '-g',
    '10',
    '-bf',
    '3',
    '-f',
    'flv',
    url,
  ],
  'ffmpeg-audio': (url) => [
    'ffmpeg',
    '-nostdin',
    '-v',
    'error',
    ...audio,
    '-t',
    '2',
    ...coding.slice(8),
    '-f',
    'flv',
    url,
  ],
  gstreamer: (url) => [
    ...['gst-launch-1.0', '-q', 'videotestsrc', 'num-buffers=20', '!', 'video/x-raw,width=64,height=36,framerate=10/1'],
    ...[
      '!',
      'x264enc',
      'key-int-max=10',
      'bitrate=20',
      '!',
      'h264parse',
      '!',
      'flvmux',
      'streamable=true',
      '!',
      'rtmp2sink',
      `location=${url}`,
    ],
  ],
}

await using server = await runRtmp()
for (const [name, command] of Object.entries(ENCODERS)) {
  const bytes = await recorded(command)
  await keep('rtmp-server', name, bytes)
  await keep('rtmp-session', name, bytes.subarray(HANDSHAKE))
  for (const [typeId, target] of [
    [9, 'video-tag'],
    [8, 'audio-tag'],
    [18, 'flv-metadata'],
    [20, 'rtmp-command'],
  ] as const) {
    await keep(target, name, firstOf(bytes, typeId))
  }
}

/** What the encoder sends when it publishes through us to a real server. */
async function recorded(command: (url: string) => readonly string[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  const proxy = createServer((socket) => {
    const inner = connect({ port: server.port, host: '127.0.0.1' })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.pipe(inner).pipe(socket)
    for (const each of [socket, inner]) each.on('error', () => {})
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const [program = '', ...args] = command(`rtmp://127.0.0.1:${(proxy.address() as AddressInfo).port}/live/${KEY}`)
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'close')
  proxy.close()
  const bytes = Buffer.concat(chunks)
  process.stdout.write(`${program}: exit ${code}, ${bytes.byteLength} bytes\n`)
  return bytes
}

/** The first message of a type. */
function firstOf(bytes: Uint8Array, typeId: number): Uint8Array {
  let found = new Uint8Array(0)
  const limits = { messageBytes: 1 << 20, heldBytes: 2 << 20, chunkStreams: 32 }
  const decoder = new ChunkDecoder(limits, (message) => {
    if (message.typeId === typeId && found.byteLength === 0) found = Uint8Array.from(message.payload)
  })
  const rest = new ServerHandshake()
  rest.push(bytes.subarray(0, HANDSHAKE))
  decoder.push(bytes.subarray(HANDSHAKE))
  return found
}

async function keep(target: string, name: string, bytes: Uint8Array): Promise<void> {
  if (bytes.byteLength === 0) return
  await mkdir(join(SEEDS, target), { recursive: true })
  await writeFile(join(SEEDS, target, `${name}.bin`), bytes)
}
