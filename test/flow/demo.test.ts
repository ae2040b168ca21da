import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Status } from '../../src/contract/insight.ts'
import { CliProcess } from './cli-process.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-demo-'))
})
after(() => rm(folder, { recursive: true }))

for (const [what, args, words] of [
  ['FFmpeg’s picture', [], { width: 1280, height: 720 }],
  ['the built-in picture', ['--built-in'], { width: 320, height: 192 }],
] as const) {
  test(`the demonstration puts ${what} on air, and says where to look`, async () => {
    const dataDir = join(folder, `data${args.length}`)
    const env = {
      ...{ STREAMHOST_STORAGE_DATA_DIR: dataDir, STREAMHOST_SERVER_HTTP_HOST: '127.0.0.1' },
      ...{ STREAMHOST_SERVER_HTTP_PORT: '0', STREAMHOST_INGEST_RTMP_HOST: '127.0.0.1' },
      ...{ STREAMHOST_INGEST_RTMP_PORT: '0', STREAMHOST_TRANSCODE_LADDER: 'off' },
    }
    await using demo = new CliProcess(['demo', ...args], env)
    const [, address = ''] = await demo.said(/A test picture is on air\. Open (http:\S+\/c\/demo)\n/)
    const playlist = address.replace('/c/demo', '/live/demo/index.m3u8')
    while ((await fetch(playlist)).status !== 200) await fetch(address)
    let video: Status['channels'][number]['video'] | undefined
    while (video === undefined || video === null || video.keyFrameSeconds === null) {
      await using asking = new CliProcess(['status', '--json'], env)
      const status = Status.parse(JSON.parse((await asking.ended()).stdout))
      video = status.channels.find(({ slug }) => slug === 'demo')?.video
    }
    assert.deepEqual({ width: video.width, height: video.height }, words)
    assert.deepEqual([video.keyFrameSeconds, video.bFrames], [2, false])
    assert.equal(await demo.stop(), 0)
  })
}
