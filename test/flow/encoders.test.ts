import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EncoderChoice } from '../../src/transcode/box/encoder-choice.ts'
import { HARDWARE, type VideoEncoder, X264 } from '../../src/transcode/box/encoders.ts'
import { findEncoders } from '../../src/transcode/box/find-encoders.ts'
import { KnownEncoders, programFile } from '../../src/transcode/box/known-encoders.ts'
import { testEncoder } from '../../src/transcode/box/test-encoder.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-encoders-'))
})
after(() => rm(folder, { recursive: true }))

test('on this box x264 encodes, and each chip that isn’t there is told with its reason', async () => {
  const devices = await folderWith()
  const { version, software, hardware } = await findEncoders('ffmpeg', { devices })
  assert.match(version, /^\d/)
  assert.equal(software.why, undefined)
  assert.deepEqual(
    hardware.map(({ encoder }) => encoder.kind),
    HARDWARE.filter((kind) => kind !== 'videotoolbox'),
  )
  for (const { why } of hardware) assert.match(why ?? '', /^(There is no |This FFmpeg was built without).*\.$/)
})

test('a device without a driver is told as what FFmpeg finds', async () => {
  const devices = await folderWith('nvidiactl', 'dri/renderD128')
  const { hardware } = await findEncoders('ffmpeg', { devices })
  for (const { why } of hardware) assert.match(why ?? '', /driver|built without|FFmpeg says/)
})

test('an encoder that works by another name is found, on each device', async () => {
  const devices = await folderWith('dri/renderD128', 'dri/renderD129')
  const ffmpeg = await standIn('exec ffmpeg "$@"', '-init_hw_device', 'vaapi')
  const { hardware } = await findEncoders(ffmpeg, { devices })
  const working = hardware
    .filter(({ why }) => why === undefined)
    .map(({ encoder }) => `${encoder.name} ${encoder.path}`)
  assert.deepEqual(working, [`h264_vaapi ${devices}/dri/renderD128`, `h264_vaapi ${devices}/dri/renderD129`])
})

const BROKEN: readonly { what: string; encoder: VideoEncoder; why: RegExp }[] = [
  { what: 'B-frames', encoder: encoder('-preset', 'fast', '-bf', '2', '-profile:v', 'main'), why: /B-frames/ },
  { what: 'another profile than it was told', encoder: encoder('-tune', 'zerolatency'), why: /profile 100/ },
  {
    ...{ what: 'key frames of its own', why: /where it is not told to/ },
    encoder: encoder('-tune', 'zerolatency', '-profile:v', 'main', '-x264-params', 'keyint=10'),
  },
  {
    what: 'nothing, because its options are wrong',
    encoder: encoder('-profile:v', 'none'),
    why: /^FFmpeg says: .*\.$/,
  },
]
for (const { what, encoder, why } of BROKEN) {
  test(`an encoder that makes ${what} is not used`, async () => {
    assert.match((await testEncoder('ffmpeg', encoder)) ?? '', why)
  })
}

test('an encoder that ends in the middle, or says nothing of why, is not used', async () => {
  assert.equal(await testEncoder(await script('exit 3'), X264), 'FFmpeg ended with status 3.')
  assert.equal(await testEncoder(await script('exit 0'), X264), 'It made no video.')
  const half = await script('ffmpeg "$@" | head -c 9000')
  assert.match((await testEncoder(half, X264)) ?? '', /^It made \d+ of 30 frames\.$/)
})

test('who stops looking isn’t waited for by a driver that hangs', async () => {
  const stop = new AbortController()
  const asked = testEncoder(await script('sleep 600'), X264, stop.signal)
  stop.abort(new Error('the server is stopping'))
  await assert.rejects(asked, /the server is stopping/)
})

test('without FFmpeg the look fails, and isn’t kept', async () => {
  const none = join(folder, 'none')
  const known = new KnownEncoders((ffmpeg) => findEncoders(ffmpeg))
  await assert.rejects(known.with(none), { code: 'ENOENT' })
  assert.equal(await programFile(none), undefined)
})

test('what was found is kept until FFmpeg is another file', async () => {
  const ffmpeg = await script('exit 0')
  let looks = 0
  const known = new KnownEncoders(async () => {
    looks++
    return { version: '1', software: { encoder: X264, why: undefined, isThere: true }, hardware: [], hasOpus: true }
  })
  await Promise.all([known.with(ffmpeg), known.with(ffmpeg)])
  assert.equal(looks, 1)
  await utimes(ffmpeg, 1, 1)
  await known.with(ffmpeg)
  assert.equal(looks, 2)
})

test('a chip that fails is left alone for ten minutes, by all broadcasts; x264 is always there', () => {
  const choice = new EncoderChoice(['nvenc', 'vaapi', 'x264'])
  assert.equal(choice.best(0), 'nvenc')
  assert.equal(choice.nextEncoder('nvenc', 1000), 'vaapi')
  assert.equal(choice.nextEncoder('vaapi', 2000), 'x264')
  assert.equal(choice.nextEncoder('x264', 3000), 'x264')
  assert.equal(choice.best(500_000), 'x264')
  assert.equal(choice.best(601_500), 'nvenc')
})

function encoder(...options: readonly string[]) {
  return { name: 'libx264', device: [], filter: 'format=yuv420p', options: () => ['-c:v', 'libx264', ...options] }
}

/** Devices that can be opened, and nothing else can be done with. */
async function folderWith(...files: readonly string[]): Promise<string> {
  const devices = await mkdtemp(join(folder, 'dev-'))
  await mkdir(join(devices, 'dri'))
  for (const file of files) await writeFile(join(devices, file), '')
  return devices
}

async function script(body: string): Promise<string> {
  const path = join(await mkdtemp(join(folder, 'bin-')), 'ffmpeg')
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

/** An FFmpeg whose encoder of a chip is x264 in truth: it leaves out the option of the device, and names x264 instead. */
function standIn(run: string, option: string, device: string): Promise<string> {
  return script(`
case "$*" in
  "-hide_banner -encoders") echo " V....D h264_${device} H.264"; echo " V....D libx264 H.264"; exit 0;;
  -version) echo "ffmpeg version 9.9"; exit 0;;
esac
set -- $(for word in "$@"; do
  case "$skip$word" in
    ${option}) skip=x;; x*) skip=;;
    -filter_hw_device|-async_depth|-idr_interval) skip=x;;
    format=nv12,hwupload) echo format=yuv420p;;
    h264_${device}) echo libx264; echo -tune; echo zerolatency;;
    *) echo "$word";;
  esac
done)
${run}`)
}
