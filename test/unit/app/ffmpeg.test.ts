import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { extract } from '../../../src/app/ffmpeg.ts'

const program = Buffer.from('#!/bin/sh\necho a program\n')
const digest = createHash('sha256').update(program).digest('hex')

let dataDir = ''
let folder = ''
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streamhost-ffmpeg-'))
  folder = join(dataDir, 'cache')
})
after(() => rm(dataDir, { recursive: true }))

describe('the FFmpeg inside the single file', () => {
  test('is put into a folder that is only its user’s, under a name that says its content', async () => {
    const path = await extract(program, digest, folder)
    assert.equal(path, join(folder, `ffmpeg-${digest.slice(0, 16)}`))
    assert.deepEqual(await readFile(path), program)
    assert.deepEqual([(await stat(folder)).mode & 0o777, (await stat(path)).mode & 0o777], [0o700, 0o700])
  })

  test('is left alone when it is there and whole', async () => {
    const { ino } = await stat(await extract(program, digest, folder))
    assert.equal((await stat(await extract(program, digest, folder))).ino, ino)
  })

  test('is written again when it was damaged', async () => {
    const path = await extract(program, digest, folder)
    await writeFile(path, 'half of it')
    assert.deepEqual(await readFile(await extract(program, digest, folder)), program)
  })

  test('replaces the one of another version, and what a killed start left', async () => {
    await writeFile(join(folder, 'ffmpeg-0123456789abcdef'), 'older')
    await writeFile(join(folder, `ffmpeg-${digest.slice(0, 16)}.4711`), 'half of it')
    await rm(join(folder, `ffmpeg-${digest.slice(0, 16)}`))
    await extract(program, digest, folder)
    assert.deepEqual(await readdir(folder), [`ffmpeg-${digest.slice(0, 16)}`])
  })

  test('is refused when it is not what was built in', async () => {
    await assert.rejects(extract(program, '0'.repeat(64), folder), /is not what was written/)
  })

  test('says that it has no place in a directory that is not there', async () => {
    await assert.rejects(extract(program, digest, join(dataDir, 'none', 'cache')), /ENOENT/)
  })
})
