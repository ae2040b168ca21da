import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { silentFrame } from '../../src/app/demo/built-in-pattern.ts'
import { background, drawPicture, HEIGHT, WIDTH } from '../../src/app/demo/test-picture.ts'
import { writeAudioTag } from '../../src/formats/flv/audio-tag.ts'
import { writeFlvHeader, writeFlvTag } from '../../src/formats/flv/flv-file.ts'
import { writeVideoTag } from '../../src/formats/flv/video-tag.ts'
import { PcmEncoder } from '../../src/formats/h264/pcm-encoder.ts'
import { ASC_48000, audioConfig, videoConfig } from '../light/synthetic-media.ts'

test('a decoder shows exactly the pictures that the built-in encoder was given', async () => {
  const encoder = new PcmEncoder(WIDTH, HEIGHT)
  const picture = background()
  const tags = [writeFlvHeader({ audio: true, video: true })]
  tags.push(writeFlvTag(videoConfig(0, Uint8Array.from(encoder.avcC))), writeFlvTag(audioConfig(0, ASC_48000)))
  const wanted: Uint8Array[] = []
  for (let frame = 0; frame < 40; frame++) {
    drawPicture(picture, 1_800_000_000_000 + frame * 40, frame)
    const isKeyFrame = frame % 25 === 0
    const data = encoder.encode(picture, isKeyFrame)
    assert.ok(isKeyFrame || data.byteLength < 30_000, 'what stands still costs nothing')
    wanted.push(picture.y.slice(), picture.cb.slice(), picture.cr.slice())
    const body = writeVideoTag({ kind: 'frame', isKeyFrame, compositionTime: 0, data })
    tags.push(writeFlvTag({ typeId: 9, timestamp: frame * 40, body }))
    const silence = writeAudioTag({ kind: 'frame', data: silentFrame() })
    tags.push(writeFlvTag({ typeId: 8, timestamp: Math.round(frame * 21.333), body: silence }))
  }
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-pcm-'))
  try {
    await writeFile(join(folder, 'in.flv'), Buffer.concat(tags))
    const args = ['-v', 'warning', '-i', join(folder, 'in.flv'), '-f', 'rawvideo', '-pix_fmt', 'yuv420p']
    const outputs = [join(folder, 'out.yuv'), '-map', '0:a', '-f', 's16le', join(folder, 'out.pcm')]
    const { stderr } = await promisify(execFile)('ffmpeg', [...args, '-map', '0:v', ...outputs])
    assert.equal(stderr, '')
    assert.equal(Buffer.compare(await readFile(join(folder, 'out.yuv')), Buffer.concat(wanted)), 0)
    const sound = await readFile(join(folder, 'out.pcm'))
    assert.equal(sound.byteLength, 40 * 1024 * 4)
    assert.ok(sound.every((byte) => byte === 0))
  } finally {
    await rm(folder, { recursive: true })
  }
})
