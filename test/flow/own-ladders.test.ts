import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Encoder, encoded } from '../light/encoder.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { until } from '../light/server-process.ts'
import { CliProcess } from './cli-process.ts'

/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000

test('a ladder of one’s own is checked, taken by a reload, and made of the next broadcast', async () => {
  await encoded('gop2')
  await using server = await ReloadableServer.start()
  const cli = async (command: string) => {
    await using program = new CliProcess([command, '--config', server.file], {})
    return await program.ended()
  }
  const file = join(server.folder, 'ladders/mine.json')
  const put = (height: number): Promise<void> => {
    const rung = { name: 'tiny', height, framesPerSecond: 15, videoKbps: 100, peakKbps: 150, profile: 'main' }
    return writeFile(file, JSON.stringify({ description: 'The least.', rungs: [rung] }))
  }
  await mkdir(join(server.folder, 'ladders'))
  await put(121)
  await server.write({ transcode: { ladder: 'mine' } })
  const checked = await cli('check')
  assert.deepEqual([checked.status, checked.stderr], [2, `${file}: rungs[0].height is 121, expected an even number.\n`])
  const refused = await cli('reload')
  assert.deepEqual([refused.status, refused.stderr], [2, checked.stderr])
  await put(120)
  assert.equal((await cli('check')).status, 0)
  assert.match((await cli('reload')).stdout, /transcode\.ladder: off → mine \(from the next broadcast on\)/)
  await using _encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:${server.rtmpPort}/live/hall`)
  const playlist = `${server.url}/live/hall/tiny.m3u8`
  await until(async () => (await fetch(playlist)).ok, LONG_MS, 'nothing is made by that ladder')
})
