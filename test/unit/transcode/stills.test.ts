import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../../src/base/log.ts'
import type { Broadcast } from '../../../src/live/broadcast.ts'
import type { Moment } from '../../../src/transcode/stills/key-frame.ts'
import { Stills } from '../../../src/transcode/stills/stills.ts'
import { AVCC_360P } from '../../light/synthetic-media.ts'

const IDR = new Uint8Array([0, 0, 0, 3, 0x65, 0x88, 0x80])
const MOMENT: Moment = { time: 0, atMs: 0, read: async () => ({ avcC: AVCC_360P, data: IDR, atMs: 0 }) }

/** Stands in for FFmpeg: writes to each output something like a JPEG, once the file `go` is there. */
const PROGRAM = `#!/bin/sh
while [ ! -e "$(dirname "$0")/go" ]; do sleep 0.01; done
for word; do
  [ "$before" = mjpeg ] && eval "printf '\\\\377\\\\330 \\\\377\\\\331' >&\${word#pipe:}"
  before=$word
done
`

/** One broadcast, whose pictures are made when it is let go. */
async function onAir(moments: () => Iterable<Moment>, options: { withVideo?: boolean; ffmpeg?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-stills-'))
  await writeFile(join(folder, 'ffmpeg'), PROGRAM, { mode: 0o755 })
  const stills = new Stills({
    ffmpeg: () => options.ffmpeg ?? join(folder, 'ffmpeg'),
    settings: { dvrSeconds: 60, endedSeconds: 1 },
    moments,
    changed: () => {},
    log: silentLog,
  })
  const tap = stills.reader({ slug: 'hall', id: 'a', showsSlate: false } as Broadcast)
  if (options.withVideo !== false) {
    tap.track({ id: 1, codec: { kind: 'h264', avcC: AVCC_360P }, timescale: 90_000 })
    tap.packet({ trackId: 1, dts: 0, cts: 0, isSync: true, data: IDR })
  }
  return {
    stills,
    letGo: () => writeFile(join(folder, 'go'), ''),
    [Symbol.asyncDispose]: async () => {
      await stills.stop()
      await rm(folder, { recursive: true })
    },
  }
}

test('who asks for a storyboard first waits for it, also behind the picture that is made before it', async (t) => {
  // Nobody's patience ends, however busy the machine is.
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  await using all = await onAir(() => [MOMENT])
  const { stills, letGo } = all
  const poster = stills.poster('hall')
  const storyboard = stills.storyboard('hall')
  await letGo()
  assert.equal((await poster)?.jpeg.byteLength, 5)
  assert.match((await storyboard) ?? '', /^WEBVTT\n[\s\S]*storyboard\//)
})

test('without a picture yet the answer is that one may come, as long as one can', async () => {
  await using young = await onAir(() => [])
  assert.equal(await young.stills.storyboard('hall'), undefined)
  assert.deepEqual([young.stills.expects('hall', 'storyboard'), young.stills.expects('hall', 'poster')], [true, true])
  assert.equal(young.stills.expects('yard', 'poster'), false)
  await using soundAlone = await onAir(() => [], { withVideo: false })
  assert.equal(soundAlone.stills.expects('hall', 'storyboard'), false)
  await using without = await onAir(() => [MOMENT], { ffmpeg: '/nowhere/ffmpeg' })
  assert.equal(await without.stills.storyboard('hall'), undefined)
  assert.equal(without.stills.expects('hall', 'storyboard'), false)
})
