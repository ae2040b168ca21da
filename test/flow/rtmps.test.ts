import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { ServerProcess, until } from '../light/server-process.ts'
import { getTls } from '../light/tls-client.ts'
import { ffmpeg } from './rtmp-harness.ts'

test('FFmpeg publishes over RTMPS as fast as it likes, and strangers in plain text do no harm', async () => {
  await using server = await ServerProcess.start({ https: 'mode: self-signed' })
  const stranger = connect(server.rtmpsPort, '127.0.0.1', () => stranger.write(Buffer.alloc(1537, 3)))
  stranger.on('error', () => {})
  // Ten seconds of 12 Mbit/s, not in real time: reading must not be the brake.
  const { code, errors } = await ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine', '-t', '10'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '60', '-b:v', '12M', '-minrate', '12M', '-maxrate', '12M'],
    ...[
      '-bufsize',
      '12M',
      '-nal-hrd',
      'cbr',
      '-c:a',
      'aac',
      '-f',
      'flv',
      `rtmps://127.0.0.1:${server.rtmpsPort}/live/demo`,
    ],
  ])
  assert.equal(code, 0, errors)
  await until(() => server.output.includes('closed: unpublished'), 5000, server.output)
  const playlist = await getTls(`https://127.0.0.1:${server.httpsPort}/live/demo/source.m3u8`)
  assert.match(playlist.body, /#EXTINF:/)
  stranger.destroy()
})
