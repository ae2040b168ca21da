import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { writeFlvHeader, writeFlvTag } from '../../src/formats/flv/flv-file.ts'
import { captionedSource, captionTexts } from '../light/captioned.ts'

test('the captions that tests put into a picture are what FFmpeg reads out of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-captions-'))
  try {
    const tags = await captionedSource()
    const header = writeFlvHeader({ audio: true, video: true })
    await writeFile(join(folder, 'captioned.flv'), Buffer.concat([header, ...tags.map((tag) => writeFlvTag(tag))]))
    const read = ['-f', 'lavfi', '-i', 'movie=captioned.flv[out0+subcc]', '-map', '0:s', '-f', 'srt', '-']
    const { stdout } = await promisify(execFile)('ffmpeg', ['-v', 'error', ...read], { cwd: folder })
    const lines = stdout.split('\n').map((line) => line.replaceAll(/<[^>]+>|\{[^}]+\}|\\h/g, '').trim())
    const found = lines.filter((line) => (captionTexts as readonly string[]).includes(line))
    assert.deepEqual(found.slice(0, 3), [...captionTexts])
  } finally {
    await rm(folder, { recursive: true })
  }
})
