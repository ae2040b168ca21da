import assert from 'node:assert/strict'
import { test } from 'node:test'
import { howToInstallFfmpeg, withoutFfmpeg } from '../../../src/transcode/missing-ffmpeg.ts'

test('without FFmpeg it is told what there isn’t, and how to install it', () => {
  assert.match(
    withoutFfmpeg(false),
    /^Without it there is the source’s quality alone, and no pictures of what is on air\./,
  )
  assert.match(howToInstallFfmpeg(), /^Install it \(.+ install ffmpeg\), or set transcode\.ffmpeg to its path\.$/)
  assert.ok(withoutFfmpeg(false).endsWith(howToInstallFfmpeg()))
})

test('sound in Opus is among it only where it was asked for', () => {
  assert.match(withoutFfmpeg(true), /no sound in Opus/)
  assert.doesNotMatch(withoutFfmpeg(false), /Opus/)
})
