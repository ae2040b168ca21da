import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Channel } from '../../src/contract/channel.ts'
import { FlvDecoder, TagType } from '../../src/formats/flv/flv-file.ts'
import { readVideoTag } from '../../src/formats/flv/video-tag.ts'
import { readPicture } from '../../src/formats/picture/read-picture.ts'
import { decodeStills } from '../../src/transcode/stills/decode-stills.ts'
import type { KeyFrame } from '../../src/transcode/stills/key-frame.ts'
import { Encoder, encoded } from '../light/encoder.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { CliProcess } from './cli-process.ts'

// Pictures of what is on air, of a real broadcast by a real FFmpeg.

const LATEST_MS = 60_000
const ADDRESS = /^storyboard\/[\w-]{16}\/\d+\.jpg$/

let server: ServerProcess
let encoder: Encoder
before(async () => {
  server = await ServerProcess.start({
    sections: {
      packaging: 'endedSeconds: 1',
      ingest: 'graceSeconds: 300',
      server: 'publicUrl: https://live.example.org',
    },
  })
  encoder = publish(server.publishUrl('hall'))
  await server.live('hall')
  // On a busy machine the first one takes longer than anybody waits.
  await until(async () => (await ask('/live/hall/poster.jpg')).ok, LATEST_MS, 'there is no picture')
})
after(async () => {
  await encoder?.stop()
  await server?.stop()
})

/** Red for eight seconds, then blue; standing upright, with pixels that are no squares. */
function publish(url: string): Encoder {
  const picture = "color=c=red:s=360x480:r=25,drawbox=color=blue:t=fill:enable='gte(t,8)',setsar=4/3"
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25']
  return new Encoder(['-re', '-f', 'lavfi', '-i', picture, ...video, '-f', 'flv', url])
}

const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { headers })
const channel = async (): Promise<Channel> => Channel.parse(await (await ask('/api/v1/channels/hall')).json())
const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer())

/** Red, green and blue of a picture on average, by FFmpeg. */
async function colourOf(jpeg: Uint8Array): Promise<readonly number[]> {
  const running = promisify(execFile)(
    'ffmpeg',
    ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-vf', 'scale=1:1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    { encoding: 'buffer' },
  )
  running.child.stdin?.end(jpeg)
  return [...(await running).stdout]
}

test('a channel on air has a picture of what it shows, as it is meant to be seen', async () => {
  const answer = await ask('/live/hall/poster.jpg')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'image/jpeg')
  assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=\d$/)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  const jpeg = await bytesOf(answer)
  const { width, height } = readPicture(jpeg)
  assert.deepEqual([width, height], [480, 480])
  const [red = 0, , blue = 0] = await colourOf(jpeg)
  assert.ok(Math.abs(red - blue) > 100)
  const again = await ask('/live/hall/poster.jpg', { 'if-none-match': answer.headers.get('etag') ?? '' })
  assert.ok(again.status === 304 || (await bytesOf(again)).compare(jpeg) !== 0)
})

test('the channel says where it is, and cards of other sites show it', async () => {
  assert.equal((await channel()).still, '/live/hall/poster.jpg')
  const page = await (await ask('/c/hall', { accept: 'text/html' })).text()
  assert.match(page, /<meta property="og:image" content="https:\/\/live\.example\.org\/live\/hall\/poster\.jpg" \/>/)
  assert.match(page, /<meta property="og:image:width" content="480" \/>/)
})

test('the picture changes with what is shown', async () => {
  const isBlue = async (): Promise<boolean> => {
    const [red = 0, , blue = 0] = await colourOf(await bytesOf(await ask('/live/hall/poster.jpg')))
    return blue > red
  }
  await until(isBlue, LATEST_MS, 'the picture is not blue')
})

test('small pictures for the rewind window are listed with their times, and never change', async () => {
  const list = async () => {
    const answer = await ask('/live/hall/storyboard.vtt')
    const text = await answer.text()
    return { answer, addresses: text.split('\n').filter((line) => ADDRESS.test(line)), text }
  }
  await until(async () => (await list()).addresses.length >= 2, LATEST_MS, 'there are no two small pictures')
  const { answer, addresses, text } = await list()
  assert.equal(answer.headers.get('content-type'), 'text/vtt; charset=utf-8')
  assert.match(text, /^WEBVTT\n\n\d{4}-\d\d-\d\dT[\d:.]+Z\n00:00:1\d\.\d{3} --> 00:00:2\d\.\d{3}\nstoryboard\//)
  const colours = await Promise.all(
    addresses.slice(0, 2).map(async (address) => {
      const picture = await ask(`/live/hall/${address}`)
      assert.match(picture.headers.get('cache-control') ?? '', /immutable/)
      const jpeg = await bytesOf(picture)
      const { width, height } = readPicture(jpeg)
      assert.deepEqual([width, height], [160, 160])
      const [red = 0, , blue = 0] = await colourOf(jpeg)
      return red > blue ? 'red' : 'blue'
    }),
  )
  assert.deepEqual(colours, ['red', 'blue'])
})

test('other addresses name no picture', async () => {
  const [address = ''] = (await (await ask('/live/hall/storyboard.vtt')).text()).match(/storyboard\/\S+/) ?? []
  const wrong = ['/live/nobody/poster.jpg', '/live/nobody/storyboard.vtt', '/live/hall/storyboard/x/0.jpg']
  for (const path of [...wrong, `/live/hall/${address.replace(/\d+\.jpg/, '999.jpg')}`, `/live/hall/${address}x`]) {
    const { status, headers } = await ask(path)
    assert.deepEqual([path, status, headers.get('cache-control')], [path, 404, 'public, max-age=1'])
  }
})

test('who comes before the first picture is told to ask again, not that there is none', async () => {
  await using encoder = publish(server.publishUrl('young'))
  await server.live('young')
  for (const path of ['/live/young/storyboard.vtt', '/live/young/poster.jpg']) {
    await until(
      async () => {
        const { status, headers } = await ask(path)
        if (status === 503) assert.match(headers.get('retry-after') ?? '', /^\d+$/)
        else assert.equal(status, 200, path)
        return status === 200
      },
      LATEST_MS,
      'there is no picture',
    )
  }
  await encoder.stop()
})

test('while the encoder is away the last picture stays; when the broadcast is over it goes', async () => {
  await encoder.kill()
  await until(async () => (await channel()).state === 'reconnecting', LATEST_MS, 'it is not reconnecting')
  assert.equal((await ask('/live/hall/poster.jpg')).status, 200)
  assert.equal((await channel()).still, '/live/hall/poster.jpg')
  await using asking = new CliProcess(['token', '--json'], { STREAMHOST_STORAGE_DATA_DIR: server.dataDir })
  const [token = ''] = /at_[\w-]+/.exec((await asking.ended()).stdout) ?? []
  const ended = await fetch(`${server.url}/api/v1/channels/hall/end`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${token}` } },
  })
  assert.ok(ended.ok, String(ended.status))
  await until(async () => (await ask('/live/hall/poster.jpg')).status === 404, LATEST_MS, 'the picture is still there')
  assert.equal((await channel()).still, null)
})

test('without FFmpeg there is none of it, and the log says so once', async () => {
  await using without = await ServerProcess.start({ yaml: 'transcode: { ffmpeg: /nowhere/ffmpeg }\n' })
  await using _ = await Encoder.replay('gop2', without.publishUrl('hall'))
  await without.live('hall')
  await until(() => /there are no pictures of what is on air/.test(without.output), LATEST_MS, 'nothing is said')
  for (const path of ['poster.jpg', 'storyboard.vtt', 'poster.jpg']) {
    assert.equal((await fetch(`${without.url}/live/hall/${path}`)).status, 404)
  }
  assert.equal(without.output.match(/there are no pictures of what is on air/g)?.length, 1)
})

test('one FFmpeg makes many pictures, and what can’t be decoded spoils no other', async () => {
  const frames = await keyFrames()
  const [first] = frames
  assert.ok(first)
  const half = first.data.byteLength / 2
  const noise: KeyFrame = { ...first, data: first.data.map((byte, at) => (at < half ? byte : (byte * 7 + at) & 0xff)) }
  const jobs = [...frames.slice(0, 5), noise, ...frames.slice(5, 9)].map((frame) => ({ frame, side: 160 }))
  const pictures = await decodeStills('ffmpeg', jobs)
  assert.equal(pictures.length, jobs.length)
  assert.ok(pictures.filter((jpeg) => jpeg !== undefined).length >= 9)
  for (const data of [new Uint8Array(0), first.data.subarray(1)]) {
    assert.deepEqual(await decodeStills('ffmpeg', [{ frame: { ...first, data }, side: 160 }]), [undefined])
  }
})

async function keyFrames(): Promise<KeyFrame[]> {
  const frames: KeyFrame[] = []
  let avcC = new Uint8Array(0)
  new FlvDecoder(({ typeId, body }) => {
    const tag = typeId === TagType.video ? readVideoTag(body) : undefined
    if (tag?.kind === 'config') avcC = Uint8Array.from(tag.avcC)
    if (tag?.kind === 'frame' && tag.isKeyFrame) frames.push({ avcC, data: tag.data, atMs: 0 })
  }).push(await readFile(await encoded('gop2')))
  return frames
}
